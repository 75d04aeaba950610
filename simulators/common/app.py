"""A simulated web service: routes by decorator, one lock around each effect."""

import threading
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.routing import Map, Rule

from simulators.common import control
from simulators.common.answers import json_response
from simulators.common.calls import Calls
from simulators.common.clock import Clock
from simulators.common.faults import Fault, Faults

Answer = Response | dict[str, Any] | list[Any] | str | tuple[Any, int] | None
View = Callable[..., Answer]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CONTROL = "/_sim/"


class Simulator:
    """Routes, state, clock, faults and counted calls of one simulated service.

    A view takes the werkzeug Request and the route's values. It returns a Response, something that becomes
    JSON (alone or with a status), or None for 204. A subclass, or an instance given `fresh`, says how its
    state begins: any JSON value. Views run one at a time, so they may change `state` as they like.
    """

    def __init__(self, name: str, fresh: Callable[[], Any] | None = None) -> None:
        self.name = name
        self.clock = Clock()
        self.calls = Calls()
        self.faults = Faults()
        self.lock = threading.RLock()
        self.changes = 0
        self.map = Map(strict_slashes=False, merge_slashes=False)
        self.views: dict[str, View] = {}
        self.fresh = fresh or dict
        self.state: Any = self.fresh()
        control.register(self)

    # -- routes

    def route(self, rule: str, methods: Iterable[str] = ("GET",)) -> Callable[[View], View]:
        """Serve `rule` (werkzeug's syntax) by the decorated view."""

        def add(view: View) -> View:
            endpoint = f"{rule} {' '.join(methods)}"
            self.views[endpoint] = view
            self.map.add(Rule(rule, methods=list(methods), endpoint=endpoint))
            return view

        return add

    def get(self, rule: str) -> Callable[[View], View]:
        """Serve GET (and HEAD) on `rule`."""
        return self.route(rule, ["GET"])

    def post(self, rule: str) -> Callable[[View], View]:
        """Serve POST on `rule`."""
        return self.route(rule, ["POST"])

    def put(self, rule: str) -> Callable[[View], View]:
        """Serve PUT on `rule`."""
        return self.route(rule, ["PUT"])

    def patch(self, rule: str) -> Callable[[View], View]:
        """Serve PATCH on `rule`."""
        return self.route(rule, ["PATCH"])

    def delete(self, rule: str) -> Callable[[View], View]:
        """Serve DELETE on `rule`."""
        return self.route(rule, ["DELETE"])

    # -- what a service may say differently

    def prepare(self, request: Request) -> None:
        """Run before each view, under the lock; may raise an HTTPException."""

    def moved(self) -> None:
        """Run after the clock was moved, under the lock: let happen what is due."""

    def error(self, request: Request, error: HTTPException) -> Response:
        """The answer for a refused call; services override it with their own shape."""
        return json_response({"message": error.description}, error.code or 500)

    def finish(self, request: Request, response: Response) -> Response:
        """Last touch on each answer, such as headers that all answers have."""
        return response

    def dump(self) -> Any:
        """The state as JSON values, for the state file."""
        return self.state

    def load(self, saved: Any) -> None:
        """Take the state up again from what `dump` gave."""
        self.state = saved

    def reset(self) -> None:
        """Back to the first state: no faults, no calls, real time."""
        with self.lock:
            self.clock.offset = 0.0
            self.state = self.fresh()
            self.faults.clear()
            self.calls.clear()
            self.changes += 1

    # -- one call

    def answer(self, request: Request) -> Response:
        """Answer one call, faults and counting included. Raises Cut."""
        if request.path.startswith(CONTROL):
            with self.lock:
                self.changes += request.method not in SAFE
                return self.run(request)[0]
        began, cpu = time.time(), time.thread_time()
        status, rule = 0, request.path
        try:
            response, rule = self.with_fault(request)
            status = response.status_code
            return response
        finally:
            self.count(request, began, rule, status, (time.thread_time() - cpu) * 1000)

    def count(self, request: Request, began: float, rule: str, status: int, cpu_ms: float) -> None:
        """Write the call down."""
        query = request.query_string.decode("latin-1")
        with self.lock:
            self.calls.add(
                at=began,
                method=request.method,
                path=request.path,
                query=query,
                rule=rule,
                status=status,
                cpu_ms=cpu_ms,
            )

    def with_fault(self, request: Request) -> tuple[Response, str]:
        """The answer as a fault rule bends it."""
        with self.lock:
            fault = self.faults.take(request)
        if fault is None:
            return self.run(request)
        return self.bent(request, fault)

    def bent(self, request: Request, fault: Fault) -> tuple[Response, str]:
        """Refuse before the effect, or carry it out and hide the answer; waits outside the lock, others go on."""
        if not fault.late:
            time.sleep(fault.delay)
        refusal = fault.before()
        if refusal is not None:
            return refusal, self.rule_of(request)
        response, rule = self.run(request)
        if fault.late:
            time.sleep(fault.delay)
        return fault.after() or response, rule

    def rule_of(self, request: Request) -> str:
        """The route a call would take, else its path."""
        try:
            rule, _ = self.map.bind("").match(request.path, request.method, return_rule=True)
        except HTTPException:
            return request.path
        return str(rule.rule)

    def run(self, request: Request) -> tuple[Response, str]:
        """Find the view and run it under the lock."""
        name = request.path
        with self.lock:
            try:
                rule, values = self.map.bind("").match(request.path, request.method, return_rule=True)
                name = str(rule.rule)
                if not name.startswith(CONTROL):
                    self.prepare(request)
                response = as_response(self.views[str(rule.endpoint)](request, **values))
            except HTTPException as error:
                response = self.error(request, error)
            except Exception:  # noqa: BLE001 - a bug here must be seen as a 500, not as a lost connection
                traceback.print_exc()
                response = self.error(request, InternalServerError("The simulator has a bug."))
            if request.method not in SAFE:
                self.changes += 1
            return self.finish(request, response), name


def as_response(value: Answer) -> Response:
    """What a view returned, as a response."""
    if isinstance(value, Response):
        return value
    if value is None:
        return Response("", 204)
    if isinstance(value, tuple):
        return json_response(value[0], value[1])
    return json_response(value)
