"""What a test or a demo may change about the simulated GitHub, under /_sim/."""

from typing import TYPE_CHECKING, Any

from werkzeug import Request

from simulators.github.cases import CASES

if TYPE_CHECKING:
    from simulators.github.app import GitHub


def register(app: "GitHub") -> None:
    """Add the endpoints for cases, accounts and tokens."""

    @app.route("/_sim/case", methods=["GET", "POST"])
    def case(request: Request) -> Any:
        if request.method == "POST":
            asked = asked_of(request)
            if asked.get("case") not in CASES:
                return {"error": f"The cases are: {', '.join(CASES)}."}, 400
            app.state["case"] = {"case": asked["case"], "times": asked.get("times")}
        return app.state["case"] | {"cases": list(CASES)}

    @app.route("/_sim/accounts", methods=["GET", "POST"])
    def accounts(request: Request) -> Any:
        if request.method == "POST":
            asked = asked_of(request)
            return refusable(lambda: app.store.add_account(asked["login"], asked.get("id")))
        return list(app.state["accounts"].values())

    @app.post("/_sim/accounts/<login>/rename")
    def rename(request: Request, login: str) -> Any:
        return refusable(lambda: app.store.rename(login, asked_of(request)["login"]))

    @app.post("/_sim/accounts/<login>/emails")
    def emails(request: Request, login: str) -> Any:
        return refusable(lambda: app.store.set_emails(login, asked_of(request)["emails"]))

    @app.post("/_sim/accounts/<login>/revoke")
    def revoke(_request: Request, login: str) -> Any:
        return {"revoked": app.store.revoke(login)}

    @app.post("/_sim/accounts/<login>/token")
    def token(request: Request, login: str) -> Any:
        scopes = asked_of(request).get("scopes", [])
        return refusable(lambda: {"token": app.store.new_token(app.store.known(login)["id"], scopes)})


def asked_of(request: Request) -> dict[str, Any]:
    """The JSON object in the body, an empty one where there is none."""
    body = request.get_json(silent=True, force=True)
    return body if isinstance(body, dict) else {}


def refusable(change: Any) -> Any:
    """Run a change; an absent name is 404, a taken one 409."""
    try:
        return change()
    except KeyError as error:
        return {"error": f"There is no {error}."}, 404
    except ValueError as error:
        return {"error": str(error)}, 409
