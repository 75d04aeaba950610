"""Sign-in by OAuth: the consent page, the code, the token."""

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from werkzeug import Request, Response
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.utils import redirect

from simulators.common import json_response
from simulators.github import web
from simulators.github.cases import APP_ERRORS, CASES, TOKEN_ERRORS, page_instead

if TYPE_CHECKING:
    from simulators.github.app import GitHub

PATH: Final = "/login/oauth/authorize"
ASKED: Final = ("client_id", "redirect_uri", "state", "scope", "code_challenge", "code_challenge_method")


def register(app: "GitHub") -> None:
    """Add the pages and the token endpoint."""

    @app.get(PATH)
    def consent(request: Request) -> Response:
        return begin(app, {name: request.args.get(name, "") for name in ASKED})

    @app.post(PATH)
    def decide(request: Request) -> Response:
        asked = {name: request.form.get(name, "") for name in ASKED}
        return grant(app, asked, request.form.get("account", ""))

    @app.post("/login/oauth/access_token")
    def access_token(request: Request) -> Response:
        form = request.get_json(silent=True) if request.is_json else request.form.to_dict()
        return exchange(app, request, form if isinstance(form, dict) else {})


def begin(app: "GitHub", asked: dict[str, str]) -> Response:
    """The consent page, always shown: a demo wants to choose each time who signs in."""
    check(app, asked)
    case = app.case_at("authorize")
    if case:
        return back_with_error(app, asked, case[0], case[1].says)
    if app.callback and not within(asked["redirect_uri"], app.callback):
        return back_with_error(app, asked, "redirect_uri_mismatch", CASES["redirect_uri_mismatch"].says)
    return web.consent_page(PATH, asked, list(app.state["accounts"].values()))


def check(app: "GitHub", asked: dict[str, str]) -> None:
    """Raise NotFound for an unknown application, BadRequest where there is nowhere to go back to."""
    if app.client_id and asked["client_id"] != app.client_id:
        raise NotFound("There is no application with this client_id.")
    target = urlsplit(callback_of(app, asked))
    if target.scheme not in ("http", "https") or not target.hostname:
        raise BadRequest("redirect_uri must be a complete http or https address.")
    if asked["code_challenge"] and asked["code_challenge_method"] != "S256":
        raise BadRequest("code_challenge_method must be S256.")


def within(address: str, registered: str) -> bool:
    """GitHub's rule: same scheme, host and port as the registered callback, and its path or one below it."""
    asked, known = urlsplit(address), urlsplit(registered)
    same_host = (asked.scheme, asked.netloc) == (known.scheme, known.netloc)
    return not address or (same_host and f"{asked.path}/".startswith(f"{known.path.rstrip('/')}/"))


def callback_of(app: "GitHub", asked: dict[str, str]) -> str:
    """Where the browser goes back to."""
    return asked["redirect_uri"] or app.callback


def back(address: str, **query: str) -> Response:
    """Send the browser back to the application."""
    sign = "&" if urlsplit(address).query else "?"
    return redirect(f"{address}{sign}{urlencode(query)}", 302)


def back_with_error(app: "GitHub", asked: dict[str, str], error: str, says: str) -> Response:
    """Send the browser back with an error; to the registered callback, where there is one."""
    return back(
        app.callback or asked["redirect_uri"],
        error=error,
        error_description=says,
        error_uri=f"{APP_ERRORS}/#{error.replace('_', '-')}",
        state=asked["state"],
    )


def grant(app: "GitHub", asked: dict[str, str], login: str) -> Response:
    """What the person chose on the consent page: an account, or none of them."""
    check(app, asked)
    account = app.store.account(login)
    if account is None:
        return back_with_error(app, asked, "access_denied", "The user has denied your application access.")
    code = app.store.new_code(account["id"], asked)
    return back(callback_of(app, asked), code=code, state=asked["state"])


def exchange(app: "GitHub", request: Request, form: dict[str, Any]) -> Response:
    """A token for a code; every refusal is a 200 that names its error."""
    case = app.case_at("token")
    if case and case[0] in ("server_error", "not_json"):
        return page_instead(case[1])
    fewer = case is not None and case[0] == "fewer_scopes"
    error = case[0] if case and not fewer else credentials_error(app, form)
    known = None if error else app.store.redeem(str(form.get("code", "")), form)
    if not error and known is None:
        error = "bad_verification_code"
    elif known and form.get("redirect_uri") not in (None, "", known["redirect_uri"]):
        error = "redirect_uri_mismatch"
    if error or known is None:
        return shaped(request, {"error": error, "error_description": CASES[error].says, "error_uri": error_uri(error)})
    scopes = [] if fewer else [scope for scope in known["scope"].replace(" ", ",").split(",") if scope]
    token = app.store.new_token(known["account"], scopes)
    return shaped(request, {"access_token": token, "scope": ",".join(sorted(scopes)), "token_type": "bearer"})


def credentials_error(app: "GitHub", form: dict[str, Any]) -> str:
    """The error for an application that is not the one we know, else an empty string."""
    sent = (form.get("client_id"), form.get("client_secret"))
    wrong = app.client_id and sent != (app.client_id, app.client_secret)
    return "incorrect_client_credentials" if wrong else ""


def error_uri(error: str) -> str:
    """The page that explains an error."""
    return f"{TOKEN_ERRORS}/#{error.replace('_', '-')}"


def shaped(request: Request, body: dict[str, str]) -> Response:
    """JSON where the client accepts it, else a form."""
    if "application/json" in request.headers.get("Accept", ""):
        return json_response(body)
    return Response(urlencode(body), content_type="application/x-www-form-urlencoded; charset=utf-8")
