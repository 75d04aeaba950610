"""What a browser sees of the simulated GitHub: the consent page, keys, and plain pages behind its links."""

from html import escape
from itertools import groupby
from string import Template
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from werkzeug import Request, Response
from werkzeug.exceptions import NotFound

if TYPE_CHECKING:
    from simulators.github.app import GitHub

STYLE: Final = """
:root { color-scheme: light dark; --line: #c9ced6; --quiet: #57606a; --back: #f6f8fa; --card: #fff; --ink: #1f2328 }
@media (prefers-color-scheme: dark) {
  :root { --line: #3d444d; --quiet: #a6b0ba; --back: #0d1117; --card: #161b22; --ink: #e6edf3 }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
.note { border: 1px solid var(--line); border-left: 4px solid #bf8700; background: var(--card);
  padding: .75rem 1rem; border-radius: 6px }
h1 { font-size: 1.5rem; line-height: 1.25 } h2 { font-size: 1rem; margin: 1.5rem 0 .5rem }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem }
@media (min-width: 36rem) { ul { grid-template-columns: 1fr 1fr } }
li { display: flex }
button { width: 100%; min-height: 3.5rem; padding: .75rem 1rem; text-align: left; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--line); border-radius: 8px; cursor: pointer }
button:hover { border-color: #0969da } button:focus-visible { outline: 3px solid #0969da; outline-offset: 2px }
button strong, button span { display: block } button span, .quiet { color: var(--quiet) }
button.deny { text-align: center; margin-top: 2rem }
"""
PAGE: Final = Template(
    "<!doctype html>\n"
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>$title · simulated GitHub</title><style>$style</style></head><body><main>$body</main></body></html>\n"
)
CONSENT: Final = Template(
    '<p class="note">This is a <strong>simulated GitHub</strong> for demos and tests. It asks for no password.</p>'
    "<h1>Who signs in to $host?</h1>"
    "<p>The application will learn the account’s login and number$scopes.</p>"
    '<form method="post" action="$action">$hidden$groups'
    '<button class="deny" name="account" value="">Deny: sign nobody in</button></form>'
)


def register(app: "GitHub") -> None:
    """Add the pages of the web host."""

    @app.get("/")
    def home(_request: Request) -> Response:
        return plain_page("Simulated GitHub", "Sign-in starts in the application that uses it.")

    @app.get("/<login>.keys")
    def keys(_request: Request, login: str) -> Response:
        found = app.store.account(login)
        if found is None:
            raise NotFound("There is no such account.")
        text = "".join(f"{one['key']}\n" for one in found["keys"])
        return Response(text, content_type="text/plain; charset=utf-8")

    @app.get("/<login>")
    def profile(_request: Request, login: str) -> Response:
        found = app.store.account(login)
        if found is None:
            raise NotFound("There is no such account.")
        return plain_page(found["login"], f"{found['name']}. {found['may']}")

    @app.get("/<owner>/<name>")
    def repository(_request: Request, owner: str, name: str) -> Response:
        found, _ = app.store.repository(owner, name)
        if found is None:
            raise NotFound("There is no such repository.")
        return plain_page(app.store.full_name(found), found["description"])


def html_page(title: str, body: str, status: int = 200) -> Response:
    """A whole page around trusted markup; nothing but its own style may be loaded."""
    text = PAGE.substitute(title=escape(title), style=STYLE, body=body)
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Response(text, status, headers, content_type="text/html; charset=utf-8")


def plain_page(title: str, text: str, status: int = 200) -> Response:
    """A page of one heading and one sentence."""
    return html_page(title, f'<h1>{escape(title)}</h1><p class="quiet">{escape(text)}</p>', status)


def consent_page(action: str, asked: dict[str, str], accounts: list[dict[str, Any]]) -> Response:
    """The page that asks which account signs in, one big button each, grouped by what they may do."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in asked.items()
    )
    grouped = groupby(sorted(accounts, key=lambda one: one["id"]), key=lambda one: one["group"])
    body = CONSENT.substitute(
        host=escape(urlsplit(asked["redirect_uri"]).netloc or "the application"),
        scopes=" and its e-mail addresses" if "user:email" in asked["scope"] else "",
        action=escape(action),
        hidden=hidden,
        groups="".join(group_of(title, list(members)) for title, members in grouped),
    )
    return html_page("Choose an account", body)


def group_of(title: str, members: list[dict[str, Any]]) -> str:
    """A heading and the buttons below it."""
    return f"<h2>{escape(title)}</h2><ul>{''.join(map(button, members))}</ul>"


def button(account: dict[str, Any]) -> str:
    """One account: name, login, and what it is good for in the demo."""
    return (
        f'<li><button name="account" value="{escape(account["login"])}">'
        f"<strong>{escape(account['name'])}</strong> {escape(account['login'])}"
        f"<span>{escape(account['may'])}</span></button></li>"
    )
