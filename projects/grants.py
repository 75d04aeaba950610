"""What is asked for and what is granted: server lines for managed servers, an amount for cloud access, or CI."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import count as counted
from itertools import islice
from typing import Any, Self

from projects.amounts import NOTHING, Amount

RESERVED = "about-the-agents"  # the job that every CI folder has


@dataclass(frozen=True, slots=True)
class ServerLine:
    """Servers that are alike: `count` of one flavor and image, each with a volume of `volume_gib` GiB (0: none).

    `key` names the line within its allocation and never changes; flavor and image are names in the catalog of the
    part's cloud. `ports` are the TCP ports open to the world besides SSH. `gone` are the numbers of servers that left,
    never to be used again.
    """

    key: str
    flavor: str
    image: str
    count: int = 1
    volume_gib: int = 0
    ports: tuple[int, ...] = ()
    floating_ip: bool = False
    gone: tuple[int, ...] = ()

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """A line from its stored form."""
        return cls(**{**stored, "ports": tuple(stored.get("ports", ())), "gone": tuple(stored.get("gone", ()))})

    def as_json(self) -> dict[str, Any]:
        """The form that is stored."""
        return {**asdict(self), "ports": list(self.ports), "gone": list(self.gone)}

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of its servers, which are called `<key>-<number>`: the first ones that are not gone."""
        return tuple(islice((number for number in counted(1) if number not in self.gone), self.count))


@dataclass(frozen=True, slots=True)
class CiGrant:
    """A folder in Jenkins with a job for each of `repositories` (web addresses), on the lab's shared agents.

    `logins` are the GitHub logins of those who shall build there besides the project's members: they become members.
    `gpu` says that its jobs may run on agents with GPUs.
    """

    repositories: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    gpu: bool = False

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The grant from its stored form."""
        return cls(tuple(stored.get("repositories", ())), tuple(stored.get("logins", ())), bool(stored.get("gpu")))

    def as_json(self) -> dict[str, Any]:
        """The form that is stored."""
        return {"repositories": list(self.repositories), "logins": list(self.logins), "gpu": self.gpu}

    @property
    def jobs(self) -> tuple[tuple[str, str], ...]:
        """Its repositories as (name of the job, address)."""
        return tuple((job_name(address), address) for address in self.repositories)


def job_name(address: str) -> str:
    """What the job of a repository is called: the last part of its address, as far as Jenkins takes it.

    In small letters: Jenkins does not tell names apart by case.
    """
    last = address.rstrip("/").rpartition("/")[2].removesuffix(".git")
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip(".-")[:60].lower()


@dataclass(frozen=True, slots=True)
class Grant:
    """Server lines (managed servers), an amount (cloud access) or CI; the others are empty."""

    lines: tuple[ServerLine, ...] = ()
    access: Amount = field(default=NOTHING)
    ci: CiGrant | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """A grant from its stored form."""
        return cls(
            lines=tuple(ServerLine.from_json(line) for line in stored.get("lines", ())),
            access=Amount.from_json(stored.get("access", {})),
            ci=CiGrant.from_json(stored["ci"]) if stored.get("ci") else None,
        )

    def as_json(self) -> dict[str, Any]:
        """The form that is stored."""
        ci = {"ci": self.ci.as_json()} if self.ci else {}
        return {"lines": [line.as_json() for line in self.lines], "access": self.access.as_json(), **ci}

    @property
    def lasting(self) -> "Grant":
        """What an allocation keeps of it: who was to build there is a member by then, and members come and go."""
        return replace(self, ci=replace(self.ci, logins=())) if self.ci else self

    def amount(self, flavor_amount: Callable[[str], Amount]) -> Amount:
        """All that this grant takes; `flavor_amount` tells vCPUs, RAM and GPUs of one server of a flavor by name."""
        total = self.access
        for line in self.lines:
            volumes = Amount(volumes=1, volume_gib=line.volume_gib) if line.volume_gib else NOTHING
            total += (flavor_amount(line.flavor) + Amount(instances=1) + volumes) * line.count
        return total
