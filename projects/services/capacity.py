"""Capacity as an approval commits it: the pools locked, the sum checked, in the approving transaction."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from projects.amounts import Amount
from projects.capacity import PoolFigures
from projects.errors import DoesNotFit, StaleObservation
from projects.figures import PoolKey, committed_by_pool, figures_of, storage_figures
from projects.models import Cloud, Generation, Pool

UNITS = {"vcpus": "vCPUs", "ram_mib": "MiB of RAM", "gpus": "GPUs"}


def locked_figures(pools_asked: Iterable[PoolKey]) -> dict[PoolKey, PoolFigures]:
    """The figures of every pool of the clouds concerned, locked in id order until the transaction ends.

    All pools of a cloud, since they share its storage; in one order, so that two approvals never wait for each other.
    """
    clouds = {key.cloud_id for key in pools_asked}
    pools = list(Pool.objects.select_for_update().filter(cloud__in=clouds).order_by("id"))
    held = committed_by_pool(clouds)  # after the lock: a commit before us is counted, one after us waits
    return {
        key: figures_of(pool, held.get(key, Amount()))
        for pool in pools
        for key in [PoolKey(pool.cloud_id, pool.generation_id)]
    }


def require_room(
    more: Mapping[PoolKey, Amount],
    figures: Mapping[PoolKey, PoolFigures],
    clouds: Collection[Cloud],
    now: datetime,
    *,
    stale_allowed: bool,
) -> None:
    """Raise DoesNotFit where a pool or a cloud's storage cannot take `more`, StaleObservation where nobody knows.

    `clouds` are those that `more` is of.
    """
    for key, extra in more.items():
        standing = figures.get(key, PoolFigures())
        if standing.stale(now) and not stale_allowed:
            raise StaleObservation(field="override_reason")
        if short := standing.short_of(extra):
            raise DoesNotFit(_sentence(key, short), generation_id=key.generation_id, short_of=short)
    storage = storage_figures(clouds, {key: standing.committed for key, standing in figures.items()})
    for cloud in clouds:
        wanted = sum(extra.volume_gib for key, extra in more.items() if key.cloud_id == cloud.pk)
        if gib := storage[cloud.pk].short_of(wanted):
            raise DoesNotFit(f"{cloud} is short of {gib:,} GiB for volumes.", short_of={"volume_gib": gib})


def _sentence(key: PoolKey, short: Mapping[str, int]) -> str:
    generation = Generation.objects.get(pk=key.generation_id)
    lacking = ", ".join(f"{figure:,} {UNITS[name]}" for name, figure in short.items())
    return f"{generation} is short of {lacking}; grant less, or another generation."
