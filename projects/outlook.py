"""What an approval would leave: capacity before and after, the limit of operators, and what else would fit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from projects.amounts import NOTHING, Amount
from projects.capacity import Alternative, FlavorSize, PoolFigures, StorageFigures, largest_flavor, same_size
from projects.figures import PoolKey, committed_by_pool, flavors_by_pool, pool_figures, rooms, storage_figures
from projects.grants import Grant
from projects.models import Allocation, Cloud, Generation, Part

Chosen = Mapping[Part, Grant | None]
Swap = Mapping[str, FlavorSize]  # which flavor instead of the one of that name


@dataclass(frozen=True, slots=True)
class PoolOutlook:
    """One generation before and after. RAM in MiB; `largest_now` is the largest flavor that one host still takes."""

    cloud: Cloud
    generation: Generation
    now: PoolFigures
    after: PoolFigures
    short_of: Mapping[str, int]
    stale: bool
    largest_now: str
    largest_after: str
    alternatives: Sequence[Alternative]

    @property
    def fits(self) -> bool:
        """Whether all of it can be given."""
        return not self.short_of


@dataclass(frozen=True, slots=True)
class StorageOutlook:
    """The volumes of one cloud before and after, GiB."""

    cloud: Cloud
    now: StorageFigures
    after: StorageFigures
    short_of: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an approval would do: by generation, by storage, and against the limit of operators."""

    pools: Sequence[PoolOutlook]
    storage: Sequence[StorageOutlook]
    total: Amount
    operator_limit: Amount

    @property
    def over_limit(self) -> Mapping[str, int]:
        """By how much the total is above what an operator may grant."""
        return self.total.over(self.operator_limit)

    @property
    def fits(self) -> bool:
        """Whether there is room for all of it."""
        return all(pool.fits for pool in self.pools) and not any(one.short_of for one in self.storage)


@dataclass(frozen=True, slots=True)
class Books:
    """All figures that one outlook needs, read once: four queries, whatever the number of parts."""

    clouds: Mapping[int, Cloud]
    generations: Mapping[int, Generation]
    figures: Mapping[PoolKey, PoolFigures]
    flavors: Mapping[PoolKey, list[FlavorSize]]
    storage: Mapping[int, StorageFigures]

    def amount(self, part: Part, grant: Grant) -> Amount:
        """All that a grant takes."""
        sizes = {one.name: one for one in self.flavors.get(_pool(part), ())}
        return grant.amount(lambda name: _amount_of(sizes.get(name)))


def operator_limit() -> Amount:
    """What an operator may grant in one decision."""
    return Amount.from_json(settings.OPERATOR_LIMIT)


def growth(allocation: Allocation, new: Amount) -> Amount:
    """By how much what an allocation holds grows (or, below nothing, will shrink) with the new amount."""
    observed = Amount.from_json(allocation.observed)
    return new.greater(observed) - Amount.from_json(allocation.granted).greater(observed)


def outlook(parts: Iterable[Part], grants: Chosen, now: datetime) -> Outlook:
    """What granting this would leave. Parts come with `cloud` and `request__allocation` selected.

    A part that is absent from `grants` counts as asked, one with None as declined.
    """
    chosen = {part: grants.get(part, Grant.from_json(part.asked)) for part in parts}
    books = _read({part.cloud_id: part.cloud for part in chosen})
    more = {key: _growth_in(key, chosen, books) for key in dict.fromkeys(map(_pool, chosen))}
    standing = rooms(books.clouds, books.flavors)
    before, after = standing.largest(), standing.largest(_servers_of(chosen, books))
    pools = [
        PoolOutlook(
            cloud=books.clouds[key.cloud_id],
            generation=books.generations[key.generation_id],
            now=figures,
            after=figures.after(extra),
            short_of=(short := figures.short_of(extra)),
            stale=figures.stale(now),
            largest_now=_largest(key, before, books),
            largest_after=_largest(key, after, books),
            alternatives=_alternatives(key, chosen, more, books) if short else (),
        )
        for key, extra in more.items()
        for figures in [books.figures.get(key, PoolFigures())]
    ]
    total = sum((books.amount(part, grant) for part, grant in chosen.items() if grant), NOTHING)
    return Outlook(pools, _storage(more, books), total, operator_limit())


def _pool(part: Part) -> PoolKey:
    return PoolKey(part.cloud_id, part.generation_id)


def _amount_of(size: FlavorSize | None) -> Amount:
    return Amount(vcpus=size.vcpus, ram_mib=size.ram_mib, gpus=size.gpus) if size else NOTHING


def _read(clouds: Mapping[int, Cloud]) -> Books:
    held = committed_by_pool(clouds)
    return Books(
        clouds=clouds,
        generations={one.pk: one for one in Generation.objects.all()},
        figures=pool_figures(clouds, held),
        flavors=flavors_by_pool(clouds),
        storage=storage_figures(clouds.values(), held),
    )


def _growth_in(key: PoolKey, chosen: Chosen, books: Books) -> Amount:
    taken = _taken_from(key, chosen)
    return sum((_growth(part, books.amount(part, grant)) for part, grant in taken.items()), NOTHING)


def _taken_from(key: PoolKey, chosen: Chosen) -> dict[Part, Grant]:
    """What of the chosen takes from one pool."""
    return {part: grant for part, grant in chosen.items() if grant is not None and _pool(part) == key}


def _growth(part: Part, amount: Amount) -> Amount:
    held = part.request.allocation
    return growth(held, amount) if held else amount


def _servers_of(chosen: Chosen, books: Books) -> dict[PoolKey, list[int]]:
    """RAM of each server that needs a place, by pool: the new ones, and those that stand and get another flavor."""
    found: dict[PoolKey, list[int]] = {}
    for part, grant in chosen.items():
        sizes = {one.name: one.ram_mib for one in books.flavors.get(_pool(part), ())}
        held = part.request.allocation
        placed = _flavor_by_server(Grant.from_json(held.grant)) if held else {}
        wanted = _flavor_by_server(grant) if grant else {}
        rams = [sizes.get(flavor, 0) for server, flavor in wanted.items() if placed.get(server) != flavor]
        found.setdefault(_pool(part), []).extend(rams)
    return found


def _flavor_by_server(grant: Grant) -> dict[tuple[str, int], str]:
    return {(line.key, number): line.flavor for line in grant.lines for number in line.numbers}


def _largest(key: PoolKey, room: Mapping[PoolKey, int], books: Books) -> str:
    found = largest_flavor(books.flavors.get(key, ()), room.get(key, 0))
    return found.name if found else ""


def _alternatives(key: PoolKey, chosen: Chosen, more: Mapping[PoolKey, Amount], books: Books) -> list[Alternative]:
    """Other generations of the same architecture that have room for it, else a smaller flavor of this one.

    What stands already cannot go to another generation.
    """
    taken = _taken_from(key, chosen)
    names = {line.flavor for grant in taken.values() for line in grant.lines}
    used = [one for one in books.flavors.get(key, ()) if one.name in names]
    found = []
    for other in () if any(part.request.allocation for part in taken) else _alike(key, books):
        swaps = [(one.name, same_size(one, books.flavors.get(other, ()))) for one in used]
        swap = {name: new for name, new in swaps if new}
        if len(swap) == len(used) and _fits(other, taken, swap, more.get(other, NOTHING), books):
            found.append(_alternative(other, swap, books))
    return found or _smaller(key, taken, used, books)


def _alike(key: PoolKey, books: Books) -> list[PoolKey]:
    """The other pools of the cloud that are of the same architecture and still lent."""
    here = books.generations[key.generation_id]
    offered = [one.pk for one in books.generations.values() if one.offered and one.architecture == here.architecture]
    return [
        other
        for other in books.figures
        if other != key and other.cloud_id == key.cloud_id and other.generation_id in offered
    ]


def _fits(key: PoolKey, taken: Mapping[Part, Grant], swap: Swap, beside: Amount, books: Books) -> bool:
    """Whether a pool has room for these grants with other flavors, `beside` what the request takes of it anyway."""
    amounts = ((part, grant.amount(lambda name: _amount_of(swap.get(name)))) for part, grant in taken.items())
    extra = sum((_growth(part, amount) for part, amount in amounts), beside)
    return not books.figures.get(key, PoolFigures()).short_of(extra)


def _smaller(key: PoolKey, taken: Mapping[Part, Grant], used: Sequence[FlavorSize], books: Books) -> list[Alternative]:
    """The largest flavor with which all of it fits, in the place of larger ones with as many GPUs."""
    offered = (one for one in books.flavors.get(key, ()) if one.offered)
    for new in sorted(offered, key=lambda one: one.ram_mib, reverse=True):
        swap = {one.name: new if new.ram_mib < one.ram_mib and new.gpus == one.gpus else one for one in used}
        if new in swap.values() and _fits(key, taken, swap, NOTHING, books):
            return [_alternative(key, swap, books)]
    return []


def _alternative(key: PoolKey, swap: Swap, books: Books) -> Alternative:
    swaps = tuple((old, new.name) for old, new in swap.items() if old != new.name)
    return Alternative(books.generations[key.generation_id].title, swaps)


def _storage(more: Mapping[PoolKey, Amount], books: Books) -> list[StorageOutlook]:
    found = []
    for pk, figures in books.storage.items():
        gib = sum(extra.volume_gib for key, extra in more.items() if key.cloud_id == pk)
        found.append(StorageOutlook(books.clouds[pk], figures, figures.after(gib), figures.short_of(gib)))
    return found
