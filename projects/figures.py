"""The figures of capacity as the rows hold them now: one query for all pools, one for all storage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final, NamedTuple

from django.db import connection

from projects.amounts import Amount
from projects.capacity import FlavorSize, PoolFigures, StorageFigures, not_placed, room_after_packing
from projects.grants import Grant
from projects.models import Allocation, Cloud, Flavor, Host, Pool
from projects.states import Desired, Kind, Phase

# SQL of projects.capacity.Standing.committed, written out since it runs while an approval holds the pools: to build it
# from expressions takes many times as long as to run it. `greatest` passes over a figure that is not there.
SUMS: Final = ", ".join(
    f"sum(greatest((promised->>'{name}')::int, (observed->>'{name}')::int))" for name in Amount().as_json()
)
COMMITTED: Final = f"""
    SELECT cloud_id, generation_id, {SUMS}
    FROM (
        SELECT cloud_id, generation_id, observed,
            CASE WHEN desired = 'absent' AND phase = 'released' THEN '{{}}' ELSE granted END AS promised
        FROM projects_allocation WHERE %(all)s OR cloud_id = ANY(%(clouds)s)
    ) AS standing GROUP BY cloud_id, generation_id
"""  # noqa: S608  names of our own


class PoolKey(NamedTuple):
    """Which pool: primary keys of cloud and generation."""

    cloud_id: int
    generation_id: int


def committed_by_pool(cloud_ids: Iterable[int] | None = None) -> dict[PoolKey, Amount]:
    """What allocations hold, by pool; of all clouds, or of these."""
    with connection.cursor() as cursor:
        cursor.execute(COMMITTED, {"all": cloud_ids is None, "clouds": list(cloud_ids or ())})
        return {
            PoolKey(cloud_id, generation_id): Amount(*(figure or 0 for figure in figures))
            for cloud_id, generation_id, *figures in cursor.fetchall()
        }


def pool_figures(
    cloud_ids: Iterable[int] | None = None, held: Mapping[PoolKey, Amount] | None = None
) -> dict[PoolKey, PoolFigures]:
    """All pools with what they have, hold and can give: two queries, or one where `held` is known already."""
    ids = None if cloud_ids is None else list(cloud_ids)
    pools = Pool.objects.all() if ids is None else Pool.objects.filter(cloud__in=ids)
    held = committed_by_pool(ids) if held is None else held
    found = {}
    for pool in pools.order_by("id"):
        key = PoolKey(pool.cloud_id, pool.generation_id)
        found[key] = figures_of(pool, held.get(key, Amount()))
    return found


def figures_of(pool: Pool, held: Amount) -> PoolFigures:
    """One pool's figures, given what its allocations hold."""
    return PoolFigures(Amount.from_json(pool.capacity), Amount.from_json(pool.foreign), held, pool.observed_at)


def storage_figures(clouds: Iterable[Cloud], held: Mapping[PoolKey, Amount]) -> dict[int, StorageFigures]:
    """The volumes of each cloud, given what committed_by_pool told; no query."""
    return {
        cloud.pk: StorageFigures(
            total=cloud.storage_total_gib,
            foreign=cloud.storage_foreign_gib,
            committed=sum(amount.volume_gib for key, amount in held.items() if key.cloud_id == cloud.pk),
            used=max(0, cloud.storage_total_gib - cloud.storage_free_gib),
        )
        for cloud in clouds
    }


def flavors_by_pool(cloud_ids: Iterable[int]) -> dict[PoolKey, list[FlavorSize]]:
    """All flavors that were ever there, by pool, smallest first; of one name, the one that is offered or was last."""
    rows = Flavor.objects.filter(cloud__in=cloud_ids, generation__isnull=False).order_by("present", "pk")
    found: dict[PoolKey, dict[str, FlavorSize]] = {}
    for row in sorted(rows, key=lambda row: row.offered):
        size = FlavorSize(row.name, row.ram_mib, row.vcpus, row.gpus, row.offered)
        found.setdefault(PoolKey(row.cloud_id, row.generation_id or 0), {})[row.name] = size
    by_size = attrgetter("ram_mib", "vcpus", "name")
    return {key: sorted(sizes.values(), key=by_size) for key, sizes in found.items()}


@dataclass(frozen=True, slots=True)
class Rooms:
    """Free RAM (MiB) of each host by pool, and the servers that were approved and are not placed yet."""

    free: Mapping[PoolKey, Sequence[int]]
    waiting: Mapping[PoolKey, Sequence[int]]

    def largest(self, more: Mapping[PoolKey, Sequence[int]] | None = None) -> dict[PoolKey, int]:
        """The RAM of the largest server that one host of each pool still takes, once `more` are placed too."""
        extra = more or {}
        return {
            key: room_after_packing(hosts, [*self.waiting.get(key, ()), *extra.get(key, ())])
            for key, hosts in self.free.items()
        }


def rooms(cloud_ids: Iterable[int], flavors: Mapping[PoolKey, list[FlavorSize]]) -> Rooms:
    """What hosts still take, in two queries: advice, see projects.capacity."""
    ids = list(cloud_ids)
    free: dict[PoolKey, list[int]] = {}
    hosts = Host.objects.filter(cloud__in=ids, present=True, up=True, enabled=True, generation__isnull=False)
    for host in hosts:
        left = max(0, host.ram_mib - host.ram_reserved_mib - host.ram_used_mib)
        free.setdefault(PoolKey(host.cloud_id, host.generation_id or 0), []).append(left)
    return Rooms(free, _waiting_by_pool(ids, flavors))


def _waiting_by_pool(ids: list[int], flavors: Mapping[PoolKey, list[FlavorSize]]) -> dict[PoolKey, list[int]]:
    """RAM of the servers that were approved and that the cloud does not show yet."""
    found: dict[PoolKey, list[int]] = {}
    rows = Allocation.objects.filter(cloud__in=ids, kind=Kind.MANAGED, phase__in=(Phase.BUILDING, Phase.CHANGING))
    for row in rows.exclude(desired=Desired.ABSENT):
        key = PoolKey(row.cloud_id, row.generation_id)
        sizes = {one.name: one.ram_mib for one in flavors.get(key, ())}
        lines = [(sizes.get(line.flavor, 0), line.count) for line in Grant.from_json(row.grant).lines]
        found.setdefault(key, []).extend(not_placed(lines, Amount.from_json(row.observed).instances))
    return found


def oldest(figures: Iterable[PoolFigures]) -> datetime | None:
    """When the oldest of these was observed; None where one never was."""
    times = [one.observed_at for one in figures]
    return None if not times or None in times else min(time for time in times if time is not None)
