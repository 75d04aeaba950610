"""The simulated Jenkins: who is asked what before every answer, and what every answer carries."""

import secrets
from html import escape
from typing import Any, Final

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, NotFound, ServiceUnavailable

from simulators.common import Simulator, json_response
from simulators.jenkins import (
    access,
    build_api,
    computer_pages,
    computers,
    control,
    crumbs,
    dispatch,
    home,
    inbound,
    item_api,
    item_pages,
    monitors,
    nodes,
    pace,
    people,
    queue_api,
    script,
    tree,
)
from simulators.jenkins.beans import Look
from simulators.jenkins.items import oops
from simulators.jenkins.pages import html_page, starting

VERSION: Final = "2.579"
API_TYPE: Final = "application/json;charset=utf-8"
# who may not even read the overview gets these all the same; an agent says by its secret who it is
OPEN_PATHS: Final = ("/login", access.SIGN_IN, "/jnlpJars/", "/wsagents", "/tcpSlaveAgentListener")
# who is signed in sees that Jenkins is there, and may build on the agents that are for everybody
EVERYBODY: Final = ("hudson.model.Hudson.Read", "hudson.model.Computer.Build")
# what the lab gives to a portal's account: never to administer
SERVICE: Final = (
    "hudson.model.Hudson.Read",
    "hudson.model.Computer.Configure",
    "hudson.model.Computer.Connect",
    "hudson.model.Computer.Create",
    "hudson.model.Computer.Delete",
    "hudson.model.Computer.Disconnect",
    "hudson.model.Computer.ExtendedRead",
    "hudson.model.Item.Build",
    "hudson.model.Item.Cancel",
    "hudson.model.Item.Configure",
    "hudson.model.Item.Create",
    "hudson.model.Item.Delete",
    "hudson.model.Item.Read",
    "hudson.model.Item.Workspace",
)


# item_api says how an item is written in an address, so it comes before whoever uses that
PAGES: Final = (people, item_pages, computer_pages)
ROOMS: Final = (control, home, crumbs, computers, inbound, item_api, queue_api, build_api, script, pace, *PAGES)


class Jenkins(Simulator):
    """A Jenkins that is closed to anonymous; its first user is the account that a portal uses, and no administrator.

    `token` is an API token, exempt from the crumb. Agents connect to it, builds run on them by the simulated clock.
    """

    def __init__(self, user: str, password: str, token: str) -> None:
        self.first_user = {user: {"password": password, "token": token, "groups": []}}
        self.channels = inbound.Channels()
        self.session = secrets.token_hex(4)
        super().__init__("jenkins", self.first_state)
        for room in ROOMS:
            room.register(self)

    def first_state(self) -> dict[str, Any]:
        """No agents and no jobs; the key of the agents' secrets, and a salt for crumbs."""
        own = [f"USER:{permission}:{user}" for user in self.first_user for permission in SERVICE]
        return {
            "users": {login: dict(user) for login, user in self.first_user.items()},
            "permissions": [*(f"GROUP:{permission}:authenticated" for permission in EVERYBODY), *own],
            "key": secrets.token_hex(32),
            "salt": secrets.token_hex(16),
            "sessions": {},
            "signed_in": {},
            "crumbs": True,
            "starting": False,
            "address": "",
            "controller": {"executors": 0, "mode": "NORMAL", "label": ""},
            "thresholds": dict(monitors.THRESHOLDS),
            "measure_at": 0.0,
            "nodes": {},
            "leaving": {},
            "items": {},
            "plugins": ["cloudbees-folder", "workflow-job", "matrix-auth", "authorize-project"],
            "queue": {},
            "next_queue_id": 1,
            "builds": {},
            "running": [],
            "pace": {},
        }

    # -- before each answer, and after it

    def prepare(self, request: Request) -> None:
        """Refuse while starting, then wrong credentials everywhere, missing ones where something is closed."""
        if self.state["starting"]:
            raise ServiceUnavailable(response=starting())
        access.authenticate(self.state, request)
        if not request.path.startswith(OPEN_PATHS) and not inbound.is_encrypted_jnlp(request):
            access.require(self.state, request, access.READ)
        crumbs.check(self, request)
        self.moved()

    def moved(self) -> None:
        """Let happen what is due by now: builds, measurements, then agents that are gone for good."""
        now = self.clock.now()
        dispatch.settle(self.state, now)
        monitors.settle(self.state, now)
        nodes.settle(self.state)

    def error(self, request: Request, error: HTTPException) -> Response:
        """Jenkins's HTML, never JSON."""
        if error.response is not None:
            return error.get_response(request.environ)
        # who calls is looked at before what is there: an absent address is no exception
        try:
            self.prepare(request)
        except HTTPException as refusal:
            return refusal.get_response(request.environ)
        if error.code == 405:
            page = html_page("Error 405", "<p>This URL requires POST</p>", 405)
            page.headers["Allow"] = "POST"
            return page
        title = "Not Found" if error.code == 404 else str(error.name)
        return html_page(title, f"<h1>{escape(title)}</h1>", error.code or 500)

    def finish(self, _request: Request, response: Response) -> Response:
        """What a call changed takes effect at once; then the headers that every answer of a running Jenkins has."""
        if not self.state["starting"]:
            self.moved()
            response.headers["X-Jenkins"] = VERSION
            response.headers["X-Hudson"] = "1.395"
            response.headers["X-Jenkins-Session"] = self.session
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    # -- what views ask

    def look(self, request: Request) -> Look:
        """The caller's eyes: the address it knows this Jenkins by is the one that Jenkins was told, if any."""
        return Look(
            self.state,
            access.who(request),
            f"{self.state['address'] or request.host_url.rstrip('/')}/",
            self.clock.now(),
        )

    def api(self, request: Request, value: Any) -> Response:
        """What `api/json` shows of an object, as deep as the call asks. Raises 500 where that is malformed."""
        try:
            body = tree.pruned(value, request.values)
        except ValueError as error:
            raise oops() from error
        response = json_response(body, headers={"X-Frame-Options": "deny"})
        response.headers["Content-Type"] = API_TYPE
        return response

    def post_only(self, rule: str) -> Any:
        """Serve POST on `rule`, and hide it from GET."""

        @self.get(rule)
        def hidden(_request: Request, **_values: str) -> Response:
            raise NotFound

        return self.post(rule)

    # -- ends and beginnings

    def load(self, saved: Any) -> None:
        """Take the state up again; sessions and connections ended with the process, the first user is today's."""
        self.state = self.first_state() | saved
        self.state["users"] |= self.first_user
        self.restarted()

    def reset(self) -> None:
        """Back to the first state; agents that are connected are cut off."""
        super().reset()
        self.restarted()

    def restarted(self) -> None:
        """What a restart ends: sessions, and with them crumbs, and every agent's connection."""
        self.session = secrets.token_hex(4)
        self.state |= {"sessions": {}, "signed_in": {}}
        self.channels.close_all()
        for node in self.state["nodes"].values():
            node |= {"channel": "", "cause": None}
