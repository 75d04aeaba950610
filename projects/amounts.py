"""Amounts of what a cloud lends, as values with arithmetic."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, Self

NAMES: Final = ("vcpus", "ram_mib", "volumes", "volume_gib", "instances", "gpus")
FIGURES: Final = attrgetter(*NAMES)  # dataclasses' own way copies deep, at many times the cost


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of a cloud: vCPUs, RAM in MiB, volumes, volume GiB, instances, GPUs."""

    vcpus: int = 0
    ram_mib: int = 0
    volumes: int = 0
    volume_gib: int = 0
    instances: int = 0
    gpus: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(*(a + b for a, b in zip(FIGURES(self), FIGURES(other), strict=True)))

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(*(a - b for a, b in zip(FIGURES(self), FIGURES(other), strict=True)))

    def __mul__(self, times: int) -> "Amount":
        return Amount(*(a * times for a in FIGURES(self)))

    def greater(self, other: "Amount") -> "Amount":
        """The larger figure of each pair: what is committed while a shrink has not arrived in the cloud."""
        return Amount(*(max(a, b) for a, b in zip(FIGURES(self), FIGURES(other), strict=True)))

    def fits(self, limit: "Amount") -> bool:
        """Whether no figure is above the limit's."""
        return all(a <= b for a, b in zip(FIGURES(self), FIGURES(limit), strict=True))

    def over(self, limit: "Amount") -> dict[str, int]:
        """By how much each figure is above the limit's; only those that are."""
        return {
            name: mine - theirs
            for name, mine, theirs in zip(NAMES, FIGURES(self), FIGURES(limit), strict=True)
            if mine > theirs
        }

    def as_json(self) -> dict[str, int]:
        """The form that is stored."""
        return dict(zip(NAMES, FIGURES(self), strict=True))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """An amount from its stored form; absent figures are 0, unknown names are ignored."""
        return cls(*(int(stored.get(name, 0)) for name in NAMES))


NOTHING = Amount()
