"""Refusals, each in the words and shape of the service that gives them."""

from html import escape
from typing import Any

from werkzeug import Response
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from simulators.common import json_response

NOVA_NAMES = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    429: "overLimit",
    501: "notImplemented",
    503: "serviceUnavailable",
}
UNAUTHORIZED = "The request you have made requires authentication."


class Refused(HTTPException):
    """A refusal with the service's own text; `kind` is neutron's exception name."""

    def __init__(self, code: int, message: str, kind: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.code, self.kind, self.extra = code, kind, headers or {}


def title(code: int) -> str:
    """The status in words."""
    return HTTP_STATUS_CODES.get(code, "Error")


def keystone(code: int, message: str, kind: str) -> Any:
    """Also what keystone's middleware answers in front of the others."""
    return {"error": {"code": code, "message": message, "title": title(code)}}


def nova(code: int, message: str, kind: str) -> Any:
    """Nova and cinder name the class of the error."""
    return {NOVA_NAMES.get(code, "computeFault"): {"code": code, "message": message}}


def cinder(code: int, message: str, kind: str) -> Any:
    """As nova, and over quota says when to try again."""
    body = nova(code, message, kind)
    if code == 413:
        body["overLimit"]["retryAfter"] = "0"
    return body


def neutron(code: int, message: str, kind: str) -> Any:
    """Neutron gives the name of its exception."""
    names = {400: "BadRequest", 403: "PolicyNotAuthorized", 404: "HTTPNotFound", 409: "Conflict"}
    return {"NeutronError": {"type": kind or names.get(code, "HTTPError"), "message": message, "detail": ""}}


def placement(code: int, message: str, kind: str) -> Any:
    """Placement lists its errors."""
    code_name = kind or "placement.undefined_code"
    return {"errors": [{"status": code, "title": title(code), "detail": message, "code": code_name}]}


def glance(code: int, message: str) -> Response:
    """Glance answers in HTML."""
    words = f"{code} {title(code)}"
    text = (
        f"<html>\n <head>\n  <title>{words}</title>\n </head>\n <body>\n"
        f"  <h1>{words}</h1>\n  {escape(message)}<br /><br />\n\n\n </body>\n</html>"
    )
    return Response(text, code, content_type="text/html; charset=UTF-8")


SHAPES = {
    "identity": keystone,
    "compute": nova,
    "network": neutron,
    "volume": cinder,
    "placement": placement,
}


def answer(path: str, error: HTTPException) -> Response:
    """The refusal as the service behind `path` words it."""
    service = path.split("/", 2)[1]
    code, message = error.code or 500, error.description or ""
    kind = getattr(error, "kind", "")
    headers = dict(getattr(error, "extra", {}))
    if code == 401:
        headers.setdefault("WWW-Authenticate", 'Keystone uri="/identity"')
        return json_response(keystone(code, UNAUTHORIZED, ""), code, headers)
    if service == "image":
        return glance(code, message)
    if code == 413 and service == "volume":
        headers["Retry-After"] = "0"
    return json_response(SHAPES.get(service, keystone)(code, message, kind), code, headers)
