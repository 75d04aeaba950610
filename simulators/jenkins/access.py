"""Who calls, and what they may do."""

import base64
import binascii
import hmac
from collections.abc import Iterator
from typing import Any, Final

from werkzeug import Request
from werkzeug.exceptions import Forbidden, HTTPException

from simulators.jenkins import matrix
from simulators.jenkins.pages import html_page, sign_in_first

COOKIE: Final = "JSESSIONID.simulated"
SIGN_IN: Final = "/j_spring_security_check"  # where a browser says who signs in
SYSTEM: Final = "SYSTEM"  # whoever the controller itself is
ADMINISTER: Final = "hudson.model.Hudson.Administer"
READ: Final = "hudson.model.Hudson.Read"
IMPLIED_BY: Final = {
    "hudson.model.Item.Discover": "hudson.model.Item.Read",
    "hudson.model.Item.ExtendedRead": "hudson.model.Item.Configure",
    "hudson.model.Computer.ExtendedRead": "hudson.model.Computer.Configure",
}
GROUPS: Final = {"Hudson": "Overall", "Computer": "Agent", "Item": "Job", "CredentialsProvider": "Credentials"}


def who(request: Request) -> str:
    """The authenticated user of this call, empty for anonymous."""
    return str(request.environ.get("jenkins.user", ""))


def in_browser(request: Request) -> bool:
    """Whether the caller is somebody who signed in on the page."""
    return bool(request.environ.get("jenkins.in_browser"))


def authenticate(state: dict[str, Any], request: Request) -> None:
    """Write down whose credentials were sent; raises 401 for wrong or malformed ones, on every address."""
    header = request.headers.get("Authorization", "")
    if not header:
        user = state["signed_in"].get(request.cookies.get(COOKIE), "")
        request.environ |= {"jenkins.user": user, "jenkins.in_browser": bool(user)}
        return
    login, secret = decoded(header)
    user = state["users"].get(login, {})
    for kind in ("token", "password"):
        if user.get(kind) and hmac.compare_digest(secret.encode(), user[kind].encode()):
            request.environ |= {"jenkins.user": login, "jenkins.by_token": kind == "token"}
            return
    page = html_page("Error 401 Unauthorized", "<h2>HTTP ERROR 401 Unauthorized</h2>", 401)
    page.headers["WWW-Authenticate"] = 'Basic realm="Jenkins"'
    raise HTTPException(response=page)


def decoded(header: str) -> tuple[str, str]:
    """User and secret of a Basic header, two empty strings where it is malformed."""
    kind, _, value = header.partition(" ")
    try:
        text = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    user, _, secret = text.partition(":")
    return (user, secret) if kind.lower() == "basic" else ("", "")


def may(state: dict[str, Any], user: str, permission: str, item: str = "", node: str = "") -> bool:
    """Whether a user ("" anonymous) holds a permission, by its whole id, on an item (`A/B`), a node or everywhere."""
    if user == SYSTEM:
        return True
    lines = matrix.node_lines(state, node) if node else matrix.lines_of(state, item)
    ways = [line for each in ways_to(permission) for line in lines_for(state, user, each)]
    return any(line in lines for line in ways) or any(
        # an administrator keeps access whatever an item or node inherits
        line in state["permissions"]
        for line in lines_for(state, user, ADMINISTER)
    )


def ways_to(permission: str) -> Iterator[str]:
    """The permission, and each that implies it."""
    step: str | None = permission
    while step:
        yield step
        step = IMPLIED_BY.get(step)


def lines_for(state: dict[str, Any], user: str, permission: str) -> Iterator[str]:
    """Every line that would give a permission to a user; what anonymous has, everybody has."""
    groups = ["authenticated", *state["users"].get(user, {}).get("groups", [])] if user else []
    for kind, names in (("USER", [user or "anonymous", "anonymous"]), ("GROUP", groups)):
        for name in names:
            yield f"{kind}:{permission}:{name}"
            yield f"{permission}:{name}"


def require(state: dict[str, Any], request: Request, permission: str, item: str = "", node: str = "") -> None:
    """Raise Jenkins's 403 where the caller lacks a permission."""
    user = who(request)
    if may(state, user, permission, item, node):
        return
    if not user:
        raise Forbidden(response=sign_in_first(request, permission))
    body = f"<h1>Access Denied</h1><p>{user} is missing the {title(permission)} permission</p>"
    page = html_page("Access Denied", body, 403)
    page.headers["X-You-Are-Authenticated-As"] = user
    page.headers["X-Required-Permission"] = permission
    for way in [*ways_to(permission), ADMINISTER][1:]:
        page.headers.add("X-Permission-Implied-By", way)
    raise Forbidden(response=page)


def title(permission: str) -> str:
    """`Agent/Configure` for `hudson.model.Computer.Configure`."""
    *_, group, name = permission.split(".")
    return f"{GROUPS.get(group, group)}/{name}"
