"""The control endpoints under /_sim/, never counted and never at fault."""

import re
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response

if TYPE_CHECKING:
    from simulators.common.app import Simulator


def register(app: "Simulator") -> None:
    """Add the control endpoints that each simulator has."""

    @app.route("/_sim/time", methods=["GET", "POST"])
    def time(request: Request) -> Any:
        if request.method == "POST":
            app.clock.move(float((asked_of(request) or {}).get("seconds", 0)))
            app.moved()
        return {"now": app.clock.now(), "offset": app.clock.offset}

    @app.route("/_sim/faults", methods=["GET", "POST", "DELETE"])
    def faults(request: Request) -> Any:
        if request.method == "DELETE":
            app.faults.clear()
        elif request.method == "POST":
            return add_faults(app, request)
        return {"faults": app.faults.as_json()}

    @app.route("/_sim/calls", methods=["GET", "DELETE"])
    def calls(request: Request) -> Any:
        if request.method == "DELETE":
            app.calls.clear()
        return app.calls.as_json(request.args.get("after", 0, type=int))

    @app.route("/_sim/reset", methods=["POST"])
    def reset(request: Request) -> Any:
        app.reset()
        return {"reset": True}

    @app.route("/_sim/health")
    def health(request: Request) -> Any:
        return {"name": app.name, "now": app.clock.now()}


def asked_of(request: Request) -> Any:
    """The JSON in the body, whatever type it was sent as; None where there is none."""
    return request.get_json(silent=True, force=True)


def add_faults(app: "Simulator", request: Request) -> Response | dict[str, Any]:
    """Add one rule or a list of rules; 400 with the reason where one is not understood."""
    asked = asked_of(request)
    try:
        app.faults.add(*(asked if isinstance(asked, list) else [asked]))
    except (TypeError, ValueError, re.error) as error:
        return Response(f"Not a fault rule: {error}\n", 400)
    return {"faults": app.faults.as_json()}
