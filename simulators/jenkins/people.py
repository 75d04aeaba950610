"""How people sign in with a browser: they choose one of the accounts that have no password."""

import re
import secrets
from html import escape
from typing import TYPE_CHECKING

from werkzeug import Request, Response

from simulators.jenkins.access import COOKIE, SIGN_IN
from simulators.jenkins.item_api import gone_to
from simulators.jenkins.items import failure
from simulators.jenkins.pages import html_page

if TYPE_CHECKING:
    from simulators.jenkins.app import Jenkins


def register(app: "Jenkins") -> None:
    """Add the page that asks who signs in, and both ways through the door."""

    @app.get("/login")
    def choose(request: Request) -> Response:
        return html_page("Sign in [Jenkins]", choice(app, request.args.get("from", "/")))

    @app.post(SIGN_IN)
    def sign_in(request: Request) -> Response:
        login = request.form.get("j_username", "")
        if login not in choices(app):
            raise failure("Invalid username or password", 401)
        session = secrets.token_hex(16)
        app.state["sessions"][session] = app.state["signed_in"][session] = login
        response = gone_to(here(request.form.get("from", "")))
        response.set_cookie(COOKIE, session, path="/", httponly=True, samesite="Lax")
        return response

    @app.get("/logout")
    def sign_out(request: Request) -> Response:
        for kind in ("sessions", "signed_in"):
            app.state[kind].pop(request.cookies.get(COOKIE), None)
        return gone_to("/login")


def choices(app: "Jenkins") -> list[str]:
    """Who may be chosen."""
    return [login for login, user in app.state["users"].items() if not user["password"]]


def choice(app: "Jenkins", target: str) -> str:
    """A button for each of them, that leads on to `target`."""
    named = [f'name="j_username" value="{escape(login)}">{escape(login)}' for login in choices(app)]
    buttons = "".join(f"<p><button {one}</button></p>" for one in named)
    return (
        "<main><p>This is a <strong>simulated Jenkins</strong> for demos and tests. It asks for no password.</p>"
        f'<h1>Who signs in to Jenkins?</h1><form method="post" action="{SIGN_IN}">'
        f'<input type="hidden" name="from" value="{escape(target)}">'
        f"{buttons or '<p>Nobody can sign in with a browser here.</p>'}</form></main>"
    )


def here(target: str) -> str:
    """An address on this host; the dashboard instead of one that leads elsewhere."""
    return target if re.fullmatch(r"/([^/\\].*)?", target) else "/"
