"""Crumbs: what a POST by password must carry, good for one user's session and gone with it."""

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from werkzeug import Request, Response
from werkzeug.exceptions import Forbidden, NotFound

from simulators.jenkins.access import COOKIE, SIGN_IN, who
from simulators.jenkins.pages import html_page
from simulators.jenkins.tree import Bean

if TYPE_CHECKING:
    from simulators.jenkins.app import Jenkins

FIELD: Final = "Jenkins-Crumb"  # a header's name, or a form field's


def register(app: "Jenkins") -> None:
    """Add the crumb issuer, which is there while crumbs are asked for."""

    @app.get("/crumbIssuer/api/json")
    def crumb(request: Request) -> Response:
        if not app.state["crumbs"]:
            raise NotFound
        session = request.cookies.get(COOKIE, "")
        known = session in app.state["sessions"]
        session = session if known else secrets.token_hex(16)
        app.state["sessions"][session] = who(request)
        kind = "hudson.security.csrf.DefaultCrumbIssuer"
        values = {"_class": kind, "crumb": crumb_of(app, request, session), "crumbRequestField": FIELD}
        response = app.api(request, Bean(values))
        if not known:
            response.set_cookie(COOKIE, session, path="/", httponly=True)
        return response


def check(app: "Jenkins", request: Request) -> None:
    """Raise 403 for a POST that carries no crumb of its own session; an API token needs none."""
    free = request.environ.get("jenkins.by_token") or request.path == SIGN_IN
    if request.method != "POST" or not app.state["crumbs"] or free:
        return
    session = request.cookies.get(COOKIE, "")
    right = crumb_of(app, request, session).encode()
    sent = (request.headers.get(FIELD) or request.form.get(FIELD, "")).encode()
    if app.state["sessions"].get(session) != who(request) or not hmac.compare_digest(sent, right):
        raise Forbidden(response=html_page("Error 403", "<p>No valid crumb was included in the request</p>", 403))


def crumb_of(app: "Jenkins", request: Request, session: str) -> str:
    """What Jenkins makes of user, session and salt."""
    return hashlib.sha256(f"{who(request)};{session}{app.state['salt']}".encode()).hexdigest()
