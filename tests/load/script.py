"""The best script by hand for what ten allocations need: plain keystoneauth, eight calls in flight, shared polls.

Each unit is the calls that the portal makes for one managed server with a volume, each begun as soon as what it needs
is there; no state is kept, nothing is looked for first, nothing is repeated.
"""

import base64
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from keystoneauth1.identity import v3
from keystoneauth1.session import Session
from openstack.config import OpenStackConfig

IN_FLIGHT, POLL = 8, 1.0
VERSIONS = {"compute": "compute 2.79", "block-storage": "volume 3.60"}
# What of a unit needs what, in the order in which a free thread takes them.
NEEDS = {
    "project": (),
    "user": ("project",),
    "role": ("user",),
    "limit:volume": ("project",),
    "volume": ("role", "limit:volume"),
    "limit:network": ("project",),
    "group": ("project", "limit:network"),
    "rules": ("group",),
    "limit:compute": ("project",),
    "flavor": ("project",),
    "server": ("volume:available", "rules", "limit:compute", "flavor", "role"),
}


@dataclass(frozen=True)
class Names:
    """What is looked up once: ids of flavor, image, network, domain and role."""

    flavor: str
    image: str
    network: str
    domain: str
    role: str


@dataclass
class Unit:
    """What one unit has so far, by the names of NEEDS."""

    name: str
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    done: dict[str, Any] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    auth: Any = None

    def next(self) -> Iterator[str]:
        for step, needs in NEEDS.items():
            if step not in self.begun and all(need in self.done for need in needs):
                yield step


class Script:
    """One run over `count` units."""

    def __init__(self, cloud: str, config_file: str, names: Names, count: int) -> None:
        self.region = OpenStackConfig(config_files=[config_file], load_envvars=False).get_one(cloud)
        self.admin, self.session, self.names = self.region.get_auth(), Session(), names
        self.units = [Unit(f"byhand-{secrets.token_hex(4)}-{number}") for number in range(count)]
        self.home = str(self.session.get_project_id(self.admin))

    def call(self, service: str, method: str, path: str, body: Any = None, unit: Unit | None = None) -> Any:
        root = str(self.session.get_endpoint(self.admin, service_type=service, interface="public")).rstrip("/")
        root += "/v2.0" if service == "network" and not root.endswith("/v2.0") else ""
        if unit and service == "block-storage":
            root = root.replace(self.home, unit.done["project"])
        headers = {"OpenStack-API-Version": VERSIONS[service]} if service in VERSIONS else {}
        answer = self.session.request(
            root + path, method, auth=unit.auth if unit else self.admin, json=body, headers=headers
        )
        return answer.json() if answer.content else {}

    def run(self) -> float:
        """Seconds until all servers are ACTIVE with their volume."""
        began, polled = time.monotonic(), 0.0
        flights: dict[Future[Any], tuple[Unit, str]] = {}
        with ThreadPoolExecutor(IN_FLIGHT) as pool:
            while not all("server:ACTIVE" in unit.done for unit in self.units):
                for unit, step in self._startable(IN_FLIGHT - len(flights)):
                    unit.begun.add(step)
                    flights[pool.submit(self._step, unit, step)] = (unit, step)
                if time.monotonic() - polled >= POLL:
                    self._poll()
                    polled = time.monotonic()
                done, _ = wait(flights, timeout=POLL / 4, return_when=FIRST_COMPLETED)
                if not flights:
                    time.sleep(POLL / 4)
                for future in done:
                    unit, step = flights.pop(future)
                    unit.done[step] = future.result()
        return time.monotonic() - began

    def undo(self) -> None:
        """Take everything back."""
        with ThreadPoolExecutor(IN_FLIGHT) as pool:
            list(pool.map(self._undo, self.units))

    def _startable(self, most: int) -> list[tuple[Unit, str]]:
        """First come, first ready: those that are furthest on go first."""
        return [(unit, step) for unit in self.units for step in unit.next()][:most]

    def _poll(self) -> None:
        """One listing each of what is being made, shared by all units."""
        volumes, servers = self._waiting("volume", "available"), self._waiting("server", "ACTIVE")
        kinds = (("volume", "available", volumes, "block-storage"), ("server", "ACTIVE", servers, "compute"))
        for kind, wanted, units, service in kinds:
            if units:
                rows = self.call(service, "GET", f"/{kind}s/detail?all_tenants=1&limit=100")[f"{kind}s"]
                shown = {row["id"]: row["status"] for row in rows}
                for unit in units:
                    if shown.get(unit.done[kind]) == wanted:
                        unit.done[f"{kind}:{wanted}"] = True

    def _waiting(self, kind: str, wanted: str) -> list[Unit]:
        return [unit for unit in self.units if kind in unit.done and f"{kind}:{wanted}" not in unit.done]

    def _step(self, unit: Unit, step: str) -> Any:
        kind, _, service = step.partition(":")
        method: Callable[..., Any] = getattr(self, f"_{kind}")
        return method(unit, service) if service else method(unit)

    def _project(self, unit: Unit) -> str:
        body = {"name": unit.name, "domain_id": self.names.domain}
        return str(self.call("identity", "POST", "/projects", {"project": body})["project"]["id"])

    def _user(self, unit: Unit) -> str:
        body = {"name": unit.name, "domain_id": self.names.domain, "password": unit.password}
        return str(self.call("identity", "POST", "/users", {"user": body})["user"]["id"])

    def _role(self, unit: Unit) -> None:
        project, user = unit.done["project"], unit.done["user"]
        self.call("identity", "PUT", f"/projects/{project}/users/{user}/roles/{self.names.role}")
        url = self.region.auth["auth_url"]
        unit.auth = v3.Password(url, user_id=user, password=unit.password, project_id=project)

    def _limit(self, unit: Unit, service: str) -> None:
        project = unit.done["project"]
        if service == "network":
            limits = {"port": 1, "floatingip": 0, "security_group": 2, "security_group_rule": 10}
            self.call("network", "PUT", f"/quotas/{project}", {"quota": limits})
            return
        small = {"instances": 1, "cores": 2, "ram": 4096}
        limits = small if service == "compute" else {"volumes": 1, "gigabytes": 1, "snapshots": 0}
        to = "compute" if service == "compute" else "block-storage"
        self.call(to, "PUT", f"/os-quota-sets/{project}", {"quota_set": limits})

    def _flavor(self, unit: Unit) -> None:
        body = {"addTenantAccess": {"tenant": unit.done["project"]}}
        self.call("compute", "POST", f"/flavors/{self.names.flavor}/action", body)

    def _group(self, unit: Unit) -> str:
        body = {"name": unit.name, "project_id": unit.done["project"]}
        found = self.call("network", "POST", "/security-groups", {"security_group": body})
        return str(found["security_group"]["id"])

    def _rules(self, unit: Unit) -> None:
        ssh = {"direction": "ingress", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22}
        mine = {**ssh, "security_group_id": unit.done["group"], "project_id": unit.done["project"]}
        rules = [{**mine, "ethertype": ethertype} for ethertype in ("IPv4", "IPv6")]
        self.call("network", "POST", "/security-group-rules", {"security_group_rules": rules})

    def _volume(self, unit: Unit) -> str:
        body = {"volume": {"name": unit.name, "size": 1}}
        return str(self.call("block-storage", "POST", "/volumes", body, unit)["volume"]["id"])

    def _server(self, unit: Unit) -> str:
        root = {"uuid": self.names.image, "source_type": "image", "destination_type": "local", "boot_index": 0}
        data = {"uuid": unit.done["volume"], "source_type": "volume", "destination_type": "volume", "boot_index": -1}
        body = {
            "name": unit.name,
            "flavorRef": self.names.flavor,
            "imageRef": self.names.image,
            "networks": [{"uuid": self.names.network}],
            "security_groups": [{"name": unit.done["group"]}],
            "user_data": base64.b64encode(b"#cloud-config\n").decode(),
            "block_device_mapping_v2": [{**root, "delete_on_termination": True}, data],
        }
        return str(self.call("compute", "POST", "/servers", {"server": body}, unit)["server"]["id"])

    def _undo(self, unit: Unit) -> None:
        project = unit.done["project"]
        self._remove("compute", f"/servers/{unit.done['server']}")
        self._remove("block-storage", f"/volumes/{unit.done['volume']}")
        for group in self.call("network", "GET", f"/security-groups?project_id={project}")["security_groups"]:
            self.call("network", "DELETE", f"/security-groups/{group['id']}")
        self.call("identity", "DELETE", f"/users/{unit.done['user']}")
        self.call("identity", "DELETE", f"/projects/{project}")

    def _remove(self, service: str, path: str) -> None:
        """Delete, and wait until it is gone. Raises AssertionError after two minutes."""
        from keystoneauth1.exceptions import NotFound

        ends = time.monotonic() + 120
        self.call(service, "DELETE", path)
        while time.monotonic() < ends:
            try:
                self.call(service, "GET", path)
            except NotFound:
                return
            time.sleep(POLL)
        raise AssertionError(f"{path} is not gone after two minutes")
