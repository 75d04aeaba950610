"""The cloud: one simulator that mounts all services and keeps one world."""

from collections.abc import Callable
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException

from simulators.common import Answer, Simulator
from simulators.openstack import cinder, errors, fill, glance, keystone, neutron, nova, placement
from simulators.openstack.call import Call, Routes, microversion
from simulators.openstack.cinder import events as cinder_events
from simulators.openstack.discovery import routes as discovery
from simulators.openstack.keystone.tokens import holder
from simulators.openstack.nova import events as nova_events
from simulators.openstack.nova.parts import outside
from simulators.openstack.seed import seeded
from simulators.openstack.store import Row, World

ALL = (
    discovery,
    keystone.routes,
    nova.routes,
    outside,
    neutron.routes,
    glance.routes,
    cinder.routes,
    placement.routes,
    fill.routes,
)
EVENTS: dict[str, Callable[..., None]] = {**nova_events.HANDLERS, **cinder_events.HANDLERS}


class Cloud(Simulator):
    """A whole OpenStack in one process; `size` is lab or small, builds take `build_seconds` simulated seconds."""

    def __init__(self, size: str = "small", build_seconds: float = 5.0) -> None:
        self.size, self.build_seconds = size, build_seconds
        self.password: str | None = None
        super().__init__("openstack", self.begin)
        for routes in ALL:
            self.mount(routes)

    @property
    def world(self) -> World:
        """The state, by its own name."""
        return self.state  # type: ignore[no-any-return]

    def begin(self) -> World:
        """A fresh world; a reset keeps the portal's password."""
        world = seeded(self.size, self.clock.now(), self.password)
        world.facts["build_seconds"] = self.build_seconds
        self.password = world.facts["password"]
        return world

    def dump(self) -> Row:
        """The world as JSON values."""
        return self.world.dump()

    def load(self, saved: Any) -> None:
        """Take the world up again; the length of builds is this start's."""
        self.state = World.load(saved)
        self.password = self.world.facts["password"]
        self.world.facts["build_seconds"] = self.build_seconds

    def mount(self, routes: Routes) -> None:
        """Serve a service's views."""
        for rule, methods, view, public in routes.views:
            self.route(rule, methods)(self.bound(view, public=public))

    def bound(self, view: Callable[..., Answer], *, public: bool) -> Callable[..., Answer]:
        """A view that gets a Call, and a 401 before it where a token is due."""

        def answer(request: Request, **values: str) -> Answer:
            self.moved()
            call = Call(self, request, None if public else holder(self.world, request, self.clock.now()))
            if not public:
                call.who  # noqa: B018 - raises 401
            return view(call, **values)

        return answer

    def prepare(self, request: Request) -> None:
        """Let happen first what is due by now."""
        self.moved()

    def moved(self) -> None:
        """Let happen what is due by now."""
        if self.world.settle(self.clock.now(), EVENTS):
            self.changes += 1

    def error(self, request: Request, error: HTTPException) -> Response:
        """A refusal in the service's words."""
        return errors.answer(request.path, error)

    def finish(self, request: Request, response: Response) -> Response:
        """The headers that the services put on each answer."""
        service = request.path.split("/", 2)[1]
        response.headers["X-Openstack-Request-Id"] = f"req-{self.calls.number}"
        try:
            version = microversion(service, request)
        except HTTPException:
            return response
        if version > (0, 0):
            response.headers["OpenStack-API-Version"] = f"{service} {version[0]}.{version[1]}"
            response.headers["Vary"] = "OpenStack-API-Version"
        return response
