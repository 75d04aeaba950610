"""The simulated Jenkins's HTML."""

from html import escape
from urllib.parse import urlencode

from werkzeug import Request, Response


def html_page(title: str, body: str, status: int = 200, *, refresh: str = "") -> Response:
    """A page around trusted markup; `refresh` is an escaped address that the browser goes on to."""
    goes_on = f"<meta http-equiv='refresh' content='1;url={refresh}'/>" if refresh else ""
    head = f'<meta charset="utf-8">{goes_on}<title>{escape(title)}</title>'
    text = f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'
    return Response(text, status, content_type="text/html;charset=utf-8")


def sign_in_first(request: Request, permission: str) -> Response:
    """A closed page to somebody anonymous: 403 with a way to the login page, never 401."""
    target = escape(f"/login?{urlencode({'from': request.path})}")
    body = f"<p>Authentication required</p><p>You are authenticated as: anonymous</p><a href='{target}'>Sign in</a>"
    page = html_page("Authentication required", body, 403, refresh=target)
    page.headers["X-You-Are-Authenticated-As"] = "anonymous"
    page.headers["X-Required-Permission"] = permission
    return page


def starting() -> Response:
    """Every answer of a Jenkins that is not up yet; it does not even say its version."""
    page = html_page("Starting Jenkins", "<h1>Please wait while Jenkins is getting ready to work</h1>", 503)
    page.headers["Cache-Control"] = "no-cache,no-store,must-revalidate"
    return page
