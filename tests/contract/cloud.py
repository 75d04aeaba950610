"""A cloud under contract: plain HTTP through keystoneauth, no code of the app, and waiting with a deadline."""

import pathlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests
from keystoneauth1 import discover
from keystoneauth1.adapter import Adapter
from keystoneauth1.identity import v3
from keystoneauth1.session import Session

T = TypeVar("T")
VERSIONS = {"compute": "2.93", "volume": "3.70", "placement": "1.39"}
TYPES = {
    "identity": "identity",
    "compute": "compute",
    "network": "network",
    "image": "image",
    "volume": "volumev3",
    "placement": "placement",
}
ROOTS = {"network": "/v2.0", "image": "/v2"}


def unique(prefix: str = "contract") -> str:
    """A name that nothing else has."""
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


class Service:
    """One API as one person sees it; answers of every status come back as they are, nothing is raised."""

    def __init__(self, session: Session, kind: str, region: str) -> None:
        self.kind = kind
        self.root = ROOTS.get(kind, "")
        self.adapter = Adapter(
            session,
            service_type=TYPES[kind],
            interface="public",
            region_name=region,
            default_microversion=VERSIONS.get(kind),
            # keystone's address in a catalog has its version or not; the one we sign in at has it
            endpoint_override=session.auth.auth_url if kind == "identity" else None,
            raise_exc=False,
            connect_retries=0,
        )

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        # a version in the path is written by the tests where the catalog's address has none
        url = path if path.startswith("http") else self.root + path
        return self.adapter.request(url, method, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self("POST", path, json=body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self("PUT", path, json=body, **options) if body is not None else self("PUT", path, **options)

    def patch(self, path: str, body: Any) -> requests.Response:
        return self("PATCH", path, json=body)

    def delete(self, path: str) -> requests.Response:
        return self("DELETE", path)


class Person:
    """Somebody signed in: one attribute for each API."""

    def __init__(self, auth: Any, region: str) -> None:
        self.session = Session(auth=auth, timeout=120)
        self.identity, self.compute, self.network, self.image, self.volume, self.placement = (
            Service(self.session, kind, region) for kind in TYPES
        )

    @property
    def project_id(self) -> str:
        return str(self.session.get_project_id())

    @property
    def user_id(self) -> str:
        return str(self.session.get_user_id())


@dataclass
class Cloud:
    """One OpenStack: `admin` may all; `simulator` is its address where it is the simulated one, else None."""

    name: str
    file: pathlib.Path
    auth_url: str
    region: str
    admin: Person
    simulator: str | None = None
    patience: float = 150.0  # seconds
    found: dict[tuple[str, str], str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def sign_in(self, **how: Any) -> Person:
        """A person by user_id, password and project_id (or as keystoneauth's v3.Password has it)."""
        return Person(v3.Password(auth_url=self.auth_url, **how), self.region)

    def sign_in_by_credential(self, identity: str, secret: str) -> Person:
        auth = v3.ApplicationCredential(
            self.auth_url, application_credential_id=identity, application_credential_secret=secret
        )
        return Person(auth, self.region)

    def tokens(self, body: dict[str, Any]) -> requests.Response:
        """POST to keystone's /auth/tokens, without a library between."""
        return requests.post(self.auth_url.rstrip("/") + "/auth/tokens", json={"auth": body}, timeout=60)

    def pass_time(self, seconds: float) -> None:
        """Let time pass: the simulator's clock moves at once, the real one as it does."""
        if self.simulator:
            requests.post(f"{self.simulator}/_sim/time", json={"seconds": seconds}, timeout=10).raise_for_status()
        else:
            time.sleep(0.3)

    def until(self, what: str, look: Callable[[], T | None]) -> T:
        """Look again and again until the answer is true; fails with `what` after the cloud's patience."""
        end = time.monotonic() + self.patience
        while not (answer := look()):
            if time.monotonic() > end:
                raise AssertionError(f"not within {self.patience:.0f} s: {what}")
            self.pass_time(1)
        return answer

    def id_of(self, kind: str, name: str) -> str:
        """The id of what the catalog offers by that name: kind is flavor, image, network, subnet, role or domain."""
        if (kind, name) not in self.found:
            service, path, key = CATALOG[kind]
            rows = getattr(self.admin, service).get(path).json()[key]
            self.found.update({(kind, row["name"]): row["id"] for row in rows})
        return self.found[kind, name]


CATALOG = {
    "flavor": ("compute", "/flavors/detail?is_public=None", "flavors"),
    "image": ("image", "/images?limit=200", "images"),
    "network": ("network", "/networks", "networks"),
    "subnet": ("network", "/subnets", "subnets"),
    "role": ("identity", "/roles", "roles"),
    "domain": ("identity", "/domains", "domains"),
}


def versions(service: Service, person: Person) -> tuple[str, str]:
    """Oldest and newest microversion that an API offers."""
    data = service.adapter.get_endpoint_data()
    return tuple(discover.version_to_string(one) for one in (data.min_microversion, data.max_microversion))
