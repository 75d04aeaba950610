"""The simulated GitHub: web host and REST API on one port."""

from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException

from simulators.common import Simulator
from simulators.github import api, control, oauth, web
from simulators.github.cases import CASES, Case, refused
from simulators.github.store import Store, fresh_state


class GitHub(Simulator):
    """Accounts, sign-in and REST.

    Without `client_id` any application may sign people in; without `callback` any http(s) address may be its
    callback. `hourly` is how many REST calls an address may make in an hour without a token.
    """

    def __init__(self, client_id: str = "", client_secret: str = "", callback: str = "", hourly: int = 60) -> None:
        super().__init__("github", fresh_state)
        self.client_id, self.client_secret = client_id, client_secret
        self.callback = callback
        self.hourly = hourly
        for room in (control, oauth, api, web):
            room.register(self)

    @property
    def store(self) -> Store:
        """The accounts, codes and tokens of now."""
        return Store(self.state, self.clock.now)

    def case_at(self, place: str) -> tuple[str, Case] | None:
        """The case that acts at this place, counted as used; None where none does."""
        on: dict[str, Any] = self.state["case"]
        case = CASES[on["case"]]
        if place not in case.places or on["times"] == 0:
            return None
        if on["times"] is not None:
            on["times"] -= 1
        return on["case"], case

    def error(self, request: Request, error: HTTPException) -> Response:
        """GitHub's JSON for its API, a plain page for the web host."""
        if error.response is not None:
            return error.get_response(request.environ)
        if api.asks(request):
            return refused("Not Found" if error.code == 404 else str(error.description), error.code or 500)
        return web.plain_page(str(error.name), str(error.description), error.code or 500)
