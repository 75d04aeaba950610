"""The simulated Jenkins's HTML."""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from werkzeug import Request, Response

if TYPE_CHECKING:
    from simulators.jenkins.beans import Look

STYLE: Final = """
:root { color-scheme: light dark }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif }
nav, main { max-width: 60rem; margin: 0 auto; padding: .5rem 1rem; overflow-wrap: anywhere }
nav { display: flex; flex-wrap: wrap; gap: 0 1.5rem }
table { border-collapse: collapse } th, td { padding: .25rem 1rem .25rem 0; text-align: left; vertical-align: top }
td:not(:last-child), th { overflow-wrap: normal }
pre { overflow-x: auto; padding: .5rem; border: 1px solid }
button { font: inherit; padding: .25rem 1rem }
"""


def html_page(title: str, body: str, status: int = 200, *, refresh: str = "") -> Response:
    """A page around trusted markup; `refresh` is an escaped address that the browser goes on to."""
    goes_on = f"<meta http-equiv='refresh' content='1;url={refresh}'/>" if refresh else ""
    small = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f'<meta charset="utf-8">{small}{goes_on}<title>{escape(title)}</title><style>{STYLE}</style>'
    text = f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'
    return Response(text, status, content_type="text/html;charset=utf-8")


def page(look: "Look", title: str, inside: str) -> Response:
    """A page for people, around trusted markup: the ways to everything, and who looks."""
    ways = f"{link(look.base, 'Dashboard')} {link(f'{look.base}computer/', 'Nodes')}"
    person = f"<span>{escape(look.user)}</span> {link(f'{look.base}logout', 'log out')}"
    body = f"<nav><strong>simulated Jenkins</strong> {ways} {person}</nav><main><h1>{escape(title)}</h1>{inside}</main>"
    return html_page(f"{title} [Jenkins]", body)


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


def link(address: str, text: str) -> str:
    """A way to somewhere."""
    return f'<a href="{escape(address)}">{escape(text)}</a>'


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table around trusted markup."""
    columns = "".join(f'<th scope="col">{name}</th>' for name in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{lines}</tbody></table>"
