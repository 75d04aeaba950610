"""Steps carried out one at a time on a cloud under contract, as the engine would: positions in, outcomes kept."""

import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from provisioning.adapters.openstack import OpenStackCloud, listing
from provisioning.outcomes import Missing, Outcome, Pending, Ready
from provisioning.ports import Position, Snapshot
from provisioning.spec import (
    CredentialWant,
    GroupWant,
    ProjectWant,
    PurgeWant,
    QuotaWant,
    RoleWant,
    ServerWant,
    Tag,
    UserWant,
    VolumeWant,
    Want,
)
from provisioning.steps import KINDS
from provisioning.steps.purge import Home
from tests.contract.cloud import Cloud

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1v0b0ZJ0m0b0ZJ0m0b0ZJ0m0b0ZJ0m0b0ZJ0m0b0ZJ ada@example.org"
QUOTAS = {
    "compute": (("instances", 4), ("cores", 16), ("ram", 65536)),
    "volume": (("volumes", 4), ("gigabytes", 20)),
    "network": (("port", 20), ("floatingip", 2), ("security_group", 5), ("security_group_rule", 50)),
}


def snapshot(cloud: OpenStackCloud) -> Snapshot:
    """A full look of this moment."""
    seen, now = listing.everything(cloud), datetime.now(UTC)
    addresses = {row.id: row for row in seen.addresses or ()}
    servers, volumes = {row.id: row for row in seen.servers}, {row.id: row for row in seen.volumes}
    return Snapshot(cloud.name, now, now, servers, volumes, addresses, {row.id: row for row in seen.ports or ()})


@dataclass
class Bench:
    """One allocation on one cloud. `cloud` is ours, `wire` the same cloud as plain HTTP."""

    cloud: OpenStackCloud
    wire: Cloud
    deployment: uuid.UUID = field(default_factory=uuid.uuid4)
    allocation: uuid.UUID = field(default_factory=uuid.uuid4)
    made: dict[str, Want] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.secrets = {"user": f"pw-{uuid.uuid4().hex}", "credential": f"secret-{uuid.uuid4().hex}"}

    @property
    def project_id(self) -> str:
        return str(self.facts["project"]["id"])

    @property
    def home(self) -> Home:
        return Home(self.project_id, str(self.facts["user"]["id"]))

    def position(self, key: str, want: Want, *, called: bool = True, look: bool = True, lost: bool = False) -> Position:
        """Where a step stands; `lost` forgets what it had made, as a cut call does."""
        own = {} if lost else self.facts.get(key, {})
        return Position(
            tag=Tag(self.deployment, self.allocation, key, 1),
            want=want,
            external_id=str(own.get("id", "")),
            called=called,
            facts=self.facts,
            own=own,
            secrets=self.secrets,
            seen=snapshot(self.cloud) if look else None,
        )

    def ensure(self, key: str, want: Want, **how: Any) -> Outcome:
        """One try; what it answers is kept."""
        outcome = KINDS[kind(key)].ensure(self.cloud, self.position(key, want, **how))
        self.made[key] = want
        if isinstance(outcome, (Ready, Pending)):
            mine = self.facts.setdefault(key, {})
            mine |= {**outcome.facts, **({"id": outcome.id} if outcome.id else {})}
        return outcome

    def make(self, key: str, want: Want, **how: Any) -> Ready:
        """Try until it is ready; only the first may be told that nothing was called before."""
        return self._until(lambda: self.ensure(key, want, **(how if key not in self.made else {})), key)

    def undo(self, key: str) -> Ready:
        """Take it back until it is gone, and once more, which must change nothing."""

        def once() -> Outcome:
            outcome = KINDS[kind(key)].undo(self.cloud, self.position(key, self.made[key]))
            self.facts.setdefault(key, {}).update(outcome.facts)
            return outcome

        self._until(once, f"undo of {key}")
        ready = self._until(once, f"second undo of {key}")
        self.facts.pop(key)
        return ready

    def watch(self, key: str) -> Outcome | None:
        return KINDS[kind(key)].watch(self.position(key, self.made[key]))

    def absent(self, key: str) -> bool:
        return KINDS[kind(key)].prove_absent(self.cloud, self.position(key, self.made[key], look=False))

    def check(self, key: str) -> Outcome | None:
        return KINDS[kind(key)].check(self.cloud, self.position(key, self.made[key], look=False))

    def door(self) -> None:
        """A cloud project with its service user, who may use 4 servers and 20 GiB."""
        first = {"called": False, "look": False}
        self.make("project", ProjectWant("Ada’s port"), **first)
        self.make("user", UserWant("Ada’s port"), **first)
        self.make("role", RoleWant(), **first)
        for service, limits in QUOTAS.items():
            self.make(f"quota:{service}", QuotaWant(service, limits), **first)

    def server(self, *, volume: str = "", flavor: str = "p9.small", image: str = "debian-12-ppc64le") -> ServerWant:
        return ServerWant(
            flavor_id=self.wire.id_of("flavor", flavor),
            flavor=flavor,
            image_id=self.wire.id_of("image", image),
            image=image,
            network_id=self.wire.id_of("network", "shared"),
            group="group:web",
            volume=volume,
            people=(("Ada", (KEY,)),),
            architecture="ppc64le",
            generation="power9",
        )

    def credential(self) -> CredentialWant:
        end = datetime.now(UTC) + timedelta(days=30)
        return CredentialWant(("member",), end.isoformat(timespec="seconds"))

    def release(self) -> None:
        """Take all back, last made first, whatever a test had got to."""
        self.made.setdefault("purge", PurgeWant())
        order = sorted(self.made, key=lambda key: (RANK.get(kind(key), 0), key))
        for key in order:
            self.undo(key)

    def _until(self, act: Any, what: str) -> Ready:
        end = time.monotonic() + self.wire.patience
        while not isinstance(outcome := act(), Ready):
            assert not isinstance(outcome, Missing), (what, outcome)
            assert time.monotonic() < end, (what, outcome)
            self.wire.pass_time(1)
        return outcome


# The engine takes back by needs; here the order of the kinds is enough. What is not named comes first.
RANK = {"server": 1, "volume": 2, "group": 3, "purge": 4, "flavor": 5, "quota": 6, "role": 7, "user": 8, "project": 9}
GROUP, VOLUME = GroupWant((443,)), VolumeWant(1, "ceph")


def kind(key: str) -> str:
    return key.partition(":")[0]
