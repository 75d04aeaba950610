"""What is asked for and what is granted: server lines for managed servers, an amount for cloud access."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import count as counted
from itertools import islice
from typing import Any, Self

from projects.amounts import NOTHING, Amount


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
class Grant:
    """Server lines (managed servers) or an amount (cloud access); one of the two is empty."""

    lines: tuple[ServerLine, ...] = ()
    access: Amount = field(default=NOTHING)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """A grant from its stored form."""
        return cls(
            lines=tuple(ServerLine.from_json(line) for line in stored.get("lines", ())),
            access=Amount.from_json(stored.get("access", {})),
        )

    def as_json(self) -> dict[str, Any]:
        """The form that is stored."""
        return {"lines": [line.as_json() for line in self.lines], "access": self.access.as_json()}

    def amount(self, flavor_amount: Callable[[str], Amount]) -> Amount:
        """All that this grant takes; `flavor_amount` tells vCPUs, RAM and GPUs of one server of a flavor by name."""
        total = self.access
        for line in self.lines:
            volumes = Amount(volumes=1, volume_gib=line.volume_gib) if line.volume_gib else NOTHING
            total += (flavor_amount(line.flavor) + Amount(instances=1) + volumes) * line.count
        return total
