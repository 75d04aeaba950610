"""The REST calls: who am I, e-mail addresses, accounts, keys, repositories; at /api/v3 and at the root."""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, NotFound

from simulators.common import json_response
from simulators.github.budget import count
from simulators.github.cases import page_instead, refused
from simulators.github.facts import email_facts, repository_facts, user_facts

if TYPE_CHECKING:
    from simulators.github.app import GitHub

PREFIX: Final = "/api/v3"
ROOTS: Final = ("/user", "/users/", "/repos/", "/repositories/", "/rate_limit")
View = Callable[..., Any]


class Caller:
    """Who makes a call: the address, and the token with its account where one was sent."""

    def __init__(self, app: "GitHub", request: Request) -> None:
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        self.token = value.strip() if kind.lower() in ("token", "bearer") else ""
        self.account = app.store.account_of(self.token)
        self.scopes = app.store.scopes_of(self.token)
        self.address = request.remote_addr or ""


def asks(request: Request) -> bool:
    """Whether a call is meant for the API."""
    return request.path.startswith((PREFIX, *ROOTS))


def register(app: "GitHub") -> None:
    """Add the calls, each under both prefixes."""

    def endpoint(rule: str) -> Callable[[View], View]:
        def add(view: View) -> View:
            for prefix in ("", PREFIX):
                app.get(prefix + rule)(lambda request, **values: guarded(app, request, view, values))
            return view

        return add

    @endpoint("/user")
    def me(request: Request, caller: Caller) -> Any:
        return user_facts(signed_in(caller), base_of(request))

    @endpoint("/user/emails")
    def emails(_request: Request, caller: Caller) -> Any:
        return emails_of(app, caller)

    @endpoint("/users/<login>")
    def user(request: Request, _caller: Caller, login: str) -> Any:
        return user_facts(named(app, login), base_of(request))

    @endpoint("/users/<login>/keys")
    def keys(_request: Request, _caller: Caller, login: str) -> Any:
        return named(app, login)["keys"]

    @endpoint("/repos/<owner>/<name>")
    def repository(request: Request, _caller: Caller, owner: str, name: str) -> Any:
        found, moved = app.store.repository(owner, name)
        return moved_to(request, found) if found and moved else repository_answer(app, request, found)

    @endpoint("/repositories/<int:number>")
    def by_number(request: Request, _caller: Caller, number: int) -> Any:
        return repository_answer(app, request, app.state["repositories"].get(str(number)))


def guarded(app: "GitHub", request: Request, view: View, values: dict[str, Any]) -> Response:
    """What every call goes through: user agent, case, token, budget, ETag."""
    if not request.headers.get("User-Agent"):
        return refused(
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent.", 403
        )
    caller = Caller(app, request)
    if caller.token and caller.account is None:
        return refused("Bad credentials", 401)
    response = case_answer(app) or view_answer(app, request, caller, view, values)
    fresh = response.status_code == 200 and unchanged(request, response)
    allowed = count(app, caller, free=fresh, response=response)
    if allowed is not None:
        return allowed
    response.headers["X-OAuth-Scopes"] = ", ".join(caller.scopes)
    response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
    return not_modified(response) if fresh else response


def case_answer(app: "GitHub") -> Response | None:
    """The refusal that a case orders for this call."""
    on = app.case_at("api")
    if on is None:
        return None
    name, case = on
    if name in ("server_error", "not_json"):
        return page_instead(case)
    headers = dict(case.headers)
    if name.startswith("rate_limited"):
        headers |= {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(app.clock.now()) + 1800)}
    return refused(case.says, case.status, headers)


def view_answer(app: "GitHub", request: Request, caller: Caller, view: View, values: dict[str, Any]) -> Response:
    """The view's own answer, refusals included, so that these are counted too."""
    try:
        answer = view(request, caller, **values)
    except HTTPException as error:
        return app.error(request, error)
    return answer if isinstance(answer, Response) else json_response(answer)


def unchanged(request: Request, response: Response) -> bool:
    """Tag an answer, and say whether the client has this very one already."""
    tag = hashlib.sha256(response.get_data()).hexdigest()
    response.headers["ETag"] = f'W/"{tag}"'
    response.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
    return request.if_none_match.contains_weak(tag)


def not_modified(response: Response) -> Response:
    """The same headers without the body."""
    response.set_data(b"")
    response.status_code = 304
    del response.headers["Content-Type"]
    return response


def signed_in(caller: Caller) -> dict[str, Any]:
    """The caller's account; without a token the call is refused."""
    if caller.account is None:
        raise NotFound(response=refused("Requires authentication", 401))
    return caller.account


def emails_of(app: "GitHub", caller: Caller) -> Any:
    """The caller's addresses; hidden as 404 from a token that may not read them."""
    account = signed_in(caller)
    on = app.case_at("emails")
    case = on[0] if on else ""
    if case == "email_private" or "user:email" not in caller.scopes:
        return refused("Not Found", 404)
    return email_facts(account, case)


def named(app: "GitHub", login: str) -> dict[str, Any]:
    """The account of this login, or 404."""
    found = app.store.account(login)
    if found is None:
        raise NotFound
    return found


def base_of(request: Request) -> str:
    """Scheme, host and port that the client used."""
    return request.host_url.rstrip("/")


def moved_to(request: Request, repository: dict[str, Any]) -> Response:
    """A renamed repository: its address by number, which stays."""
    prefix = PREFIX if request.path.startswith(PREFIX) else ""
    target = f"{base_of(request)}{prefix}/repositories/{repository['id']}"
    body = {"message": "Moved Permanently", "url": target, "documentation_url": "https://docs.github.com/rest"}
    return json_response(body, 301, {"Location": target})


def repository_answer(app: "GitHub", request: Request, repository: dict[str, Any] | None) -> Any:
    """The facts of a repository; absent and private look alike, blocked is 451."""
    if repository is None:
        raise NotFound
    if repository.get("blocked"):
        return refused("Repository access blocked", 451)
    owner = app.state["accounts"][str(repository["owner"])]
    return repository_facts(repository, owner, base_of(request))
