"""The arithmetic of capacity: what a generation has and can still give. Pure; RAM in MiB, volumes in GiB."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from projects.amounts import NOTHING, Amount

OLDEST_OBSERVATION: Final = timedelta(minutes=10)
STORAGE_RATIO: Final = 1.5  # volumes are thin: so much of the raw space may be promised
OF_HOSTS: Final = ("vcpus", "ram_mib", "gpus")  # what hosts are short of; volumes are counted by cloud


@dataclass(frozen=True, slots=True)
class PoolFigures:
    """One generation of one cloud. `capacity` is what hosts that are up and enabled have for guests."""

    capacity: Amount = NOTHING
    foreign: Amount = NOTHING
    committed: Amount = NOTHING
    observed_at: datetime | None = None

    @property
    def free(self) -> Amount:
        """What can still be promised; a figure below nothing says that hosts were lost after promises were made."""
        return self.capacity - self.foreign - self.committed

    def after(self, more: Amount) -> "PoolFigures":
        """These figures with `more` promised."""
        return replace(self, committed=self.committed + more)

    def short_of(self, more: Amount) -> dict[str, int]:
        """By how much `more` is too much, by figure of the hosts; what shrinks is never too much."""
        free = self.free.as_json()
        wanted = more.as_json()
        return {
            name: wanted[name] - max(free[name], 0)
            for name in OF_HOSTS
            if wanted[name] > 0 and wanted[name] > free[name]
        }

    def stale(self, now: datetime) -> bool:
        """Whether these figures are too old to approve by without a reason."""
        return self.observed_at is None or now - self.observed_at > OLDEST_OBSERVATION


@dataclass(frozen=True, slots=True)
class StorageFigures:
    """The volumes of one cloud, GiB. `total` is the back end's raw figure; `known` says whether it tells one."""

    total: int = 0
    foreign: int = 0
    committed: int = 0
    used: int = 0

    @property
    def known(self) -> bool:
        """Whether the back end tells its size; where it does not, volumes are limited by quotas alone."""
        return self.total > 0

    @property
    def promised_most(self) -> int:
        """What may be promised in all."""
        return int(self.total * STORAGE_RATIO)

    @property
    def free(self) -> int:
        """What can still be promised."""
        return self.promised_most - self.foreign - self.committed

    def after(self, more: int) -> "StorageFigures":
        """These figures with `more` GiB promised."""
        return replace(self, committed=self.committed + more)

    def short_of(self, more: int) -> int:
        """By how many GiB `more` is too much; 0 where it fits."""
        return max(0, more - max(self.free, 0)) if self.known and more > 0 else 0


@dataclass(frozen=True, slots=True)
class Standing:
    """One allocation as capacity sees it: what it was granted, what the cloud shows, and whether it is gone."""

    granted: Amount
    observed: Amount = NOTHING
    gone: bool = False

    @property
    def committed(self) -> Amount:
        """Promised and not yet given back: growth counts at once, shrinking only when the cloud shows it."""
        return self.observed if self.gone else self.granted.greater(self.observed)


@dataclass(frozen=True, slots=True)
class FlavorSize:
    """A flavor as far as packing needs it. RAM in MiB; one that is not `offered` may stand, and is not chosen."""

    name: str
    ram_mib: int
    vcpus: int = 0
    gpus: int = 0
    offered: bool = True


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another choice that fits: a generation, or a smaller flavor of the same one."""

    generation: str
    flavors: tuple[tuple[str, str], ...] = field(default=())

    @property
    def words(self) -> str:
        """The choice in words."""
        swaps = ", ".join(f"{new} instead of {old}" for old, new in self.flavors)
        return f"{self.generation}: {swaps}" if swaps else self.generation


def committed(standing: Iterable[Standing]) -> Amount:
    """What all allocations of a pool hold together."""
    return sum((one.committed for one in standing), NOTHING)


def room_after_packing(free_by_host: Sequence[int], waiting: Iterable[int]) -> int:
    """The RAM of the largest server that still fits on one host, once `waiting` servers are placed, largest first.

    Each goes to the host with the most room, as nova's scheduler does. One that fits nowhere takes nothing.
    """
    heap = [-free for free in free_by_host]
    heapq.heapify(heap)
    for ram in sorted(waiting, reverse=True):
        if heap and -heap[0] >= ram:
            heapq.heapreplace(heap, heap[0] + ram)
    return max(0, -heap[0]) if heap else 0


def largest_flavor(flavors: Iterable[FlavorSize], room_mib: int) -> FlavorSize | None:
    """The flavor with the most RAM that fits into `room_mib`."""
    fitting = [one for one in flavors if one.offered and one.ram_mib <= room_mib]
    return max(fitting, key=lambda one: (one.ram_mib, one.vcpus, one.name), default=None)


def not_placed(lines: Iterable[tuple[int, int]], instances: int) -> list[int]:
    """RAM of the servers of (RAM, count) lines that the cloud does not show yet; the largest, for safety."""
    rams = sorted((ram for ram, count in lines for _ in range(count)), reverse=True)
    return rams[: max(0, len(rams) - instances)]


def same_size(flavor: FlavorSize, others: Iterable[FlavorSize]) -> FlavorSize | None:
    """The flavor of another generation that is most like this one: as much of all or more, and as little as may be."""
    enough = [
        one
        for one in others
        if one.offered and one.ram_mib >= flavor.ram_mib and one.vcpus >= flavor.vcpus and one.gpus >= flavor.gpus
    ]
    return min(enough, key=lambda one: (one.gpus, one.ram_mib, one.vcpus, one.name), default=None)
