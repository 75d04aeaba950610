"""One call as a view sees it: who makes it, of which version, with which body."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug import Request

from simulators.common import Answer
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row, World

if TYPE_CHECKING:
    from simulators.openstack.cloud import Cloud

# service: (lowest, highest, the word in the header)
VERSIONS = {
    "compute": ((2, 1), (2, 93), "compute"),
    "volume": ((3, 0), (3, 70), "volume"),
    "placement": ((1, 0), (1, 39), "placement"),
}


@dataclass(frozen=True, slots=True)
class Who:
    """The holder of a token."""

    token: Row
    user_id: str
    project_id: str | None
    roles: frozenset[str]

    @property
    def admin(self) -> bool:
        """May do everything."""
        return "admin" in self.roles


class Call:
    """A request with the world it acts on."""

    def __init__(self, cloud: "Cloud", request: Request, who: Who | None) -> None:
        self.cloud, self.request = cloud, request
        self.world: World = cloud.world
        self.now: float = cloud.clock.now()
        self.args = request.args
        self.caller = who
        self.service = request.path.split("/", 2)[1]
        self.version = microversion(self.service, request)

    @property
    def who(self) -> Who:
        """The caller. Raises 401 where there is none."""
        if self.caller is None:
            raise Refused(401, "")
        return self.caller

    @property
    def project_id(self) -> str:
        """The project of the caller's token. Raises 400 for a token without one."""
        if not self.who.project_id:
            raise Refused(400, "Malformed request: the token has no project.")
        return self.who.project_id

    @property
    def root(self) -> str:
        """Where the cloud is, as the caller reached it."""
        return self.request.host_url.rstrip("/")

    @property
    def body(self) -> Row:
        """The JSON object that was sent. Raises 400."""
        body = self.request.get_json(silent=True, force=True)
        if not isinstance(body, dict):
            raise Refused(400, "Malformed request body")
        return body

    def part(self, name: str) -> Row:
        """The object under `name` in the body. Raises 400."""
        part = self.body.get(name)
        if not isinstance(part, dict):
            raise Refused(400, f"Invalid input for field/attribute {name}. '{name}' is a required property")
        return part

    def flag(self, name: str) -> bool:
        """A yes or no of the query."""
        return self.args.get(name, "").lower() in ("1", "true", "yes", "t", "on")

    def admin(self, policy: str) -> None:
        """Let only the admin pass. Raises 403 in the service's words."""
        if not self.who.admin:
            raise Refused(403, FORBIDDEN.get(self.service, FORBIDDEN["compute"]).format(policy))

    def owns(self, row: Row) -> bool:
        """Whether the caller may see a row of some project."""
        return self.who.admin or row.get("project_id") == self.who.project_id


FORBIDDEN = {
    "identity": "You are not authorized to perform the requested action: {}.",
    "compute": "Policy doesn't allow {} to be performed.",
    "volume": "Policy doesn't allow {} to be performed.",
    "network": "{} is disallowed by policy",
    "image": "You are not authorized to complete {} action.",
    "placement": "Policy does not allow {} to be performed.",
}


def microversion(service: str, request: Request) -> tuple[int, int]:
    """The version that the call asks for, else the lowest. Raises 406 outside the range."""
    if service not in VERSIONS:
        return (0, 0)
    lowest, highest, word = VERSIONS[service]
    for part in request.headers.get("OpenStack-API-Version", "").split(","):
        name, _, version = part.strip().partition(" ")
        if name == word and version:
            return parsed(version, lowest, highest)
    old = request.headers.get("X-OpenStack-Nova-API-Version") if service == "compute" else None
    return parsed(old, lowest, highest) if old else lowest


def parsed(text: str, lowest: tuple[int, int], highest: tuple[int, int]) -> tuple[int, int]:
    """`2.88` or `latest` as a pair."""
    if text == "latest":
        return highest
    major, _, minor = text.partition(".")
    if not (major.isdigit() and minor.isdigit()):
        raise Refused(400, f"API Version String '{text}' is of invalid format. Must be of format 'MajorNum.MinorNum'.")
    version = (int(major), int(minor))
    if not lowest <= version <= highest:
        low, high = (".".join(map(str, bound)) for bound in (lowest, highest))
        raise Refused(406, f"Version {text} is not supported by the API. Minimum is {low} and maximum is {high}.")
    return version


View = Callable[..., Answer]


class Routes:
    """The views of one service, to be mounted under its prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.views: list[tuple[str, list[str], View, bool]] = []

    def route(self, rule: str, methods: Iterable[str], *, public: bool = False) -> Callable[[View], View]:
        """Serve `rule` by the decorated view; `public` needs no token."""

        def add(view: View) -> View:
            self.views.append((self.prefix + rule, list(methods), view, public))
            return view

        return add

    def get(self, rule: str, *, public: bool = False) -> Callable[[View], View]:
        """Serve GET and HEAD."""
        return self.route(rule, ["GET"], public=public)

    def post(self, rule: str, *, public: bool = False) -> Callable[[View], View]:
        """Serve POST."""
        return self.route(rule, ["POST"], public=public)

    def put(self, rule: str) -> Callable[[View], View]:
        """Serve PUT."""
        return self.route(rule, ["PUT"])

    def patch(self, rule: str) -> Callable[[View], View]:
        """Serve PATCH."""
        return self.route(rule, ["PATCH"])

    def delete(self, rule: str) -> Callable[[View], View]:
        """Serve DELETE."""
        return self.route(rule, ["DELETE"])
