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
            alternatives=_alternatives(key, extra, chosen, books) if short else (),
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
    total = NOTHING
    for part, grant in chosen.items():
        if grant is not None and _pool(part) == key:
            amount, held = books.amount(part, grant), part.request.allocation
            total += growth(held, amount) if held else amount
    return total


def _servers_of(chosen: Chosen, books: Books) -> dict[PoolKey, list[int]]:
    """RAM of each server that would be new, by pool; a change counts with all of its servers."""
    found: dict[PoolKey, list[int]] = {}
    for part, grant in chosen.items():
        sizes = {one.name: one.ram_mib for one in books.flavors.get(_pool(part), ())}
        lines = grant.lines if grant else ()
        rams = [sizes.get(line.flavor, 0) for line in lines for _ in range(line.count)]
        found.setdefault(_pool(part), []).extend(rams)
    return found


def _largest(key: PoolKey, room: Mapping[PoolKey, int], books: Books) -> str:
    found = largest_flavor(books.flavors.get(key, ()), room.get(key, 0))
    return found.name if found else ""


def _alternatives(key: PoolKey, extra: Amount, chosen: Chosen, books: Books) -> list[Alternative]:
    """Other generations of the same architecture that could take it, else a smaller flavor of this one."""
    here = books.generations[key.generation_id]
    used = _used(key, chosen, books)
    found = []
    for other, figures in books.figures.items():
        there = books.generations[other.generation_id]
        alike = there.offered and there.architecture == here.architecture and other != key
        if alike and other.cloud_id == key.cloud_id and not figures.short_of(extra):
            swaps = [(one.name, same_size(one, books.flavors.get(other, ()))) for one in used]
            found.append(Alternative(there.title, tuple((name, new.name) for name, new in swaps if new)))
    return found or _smaller(key, used, books)


def _used(key: PoolKey, chosen: Chosen, books: Books) -> list[FlavorSize]:
    names = {line.flavor for part, grant in chosen.items() if grant and _pool(part) == key for line in grant.lines}
    return [one for one in books.flavors.get(key, ()) if one.name in names]


def _smaller(key: PoolKey, used: Iterable[FlavorSize], books: Books) -> list[Alternative]:
    """The largest flavor that the sum still has room for, in the place of larger ones."""
    free = books.figures.get(key, PoolFigures()).free.ram_mib
    fitting = largest_flavor(books.flavors.get(key, ()), max(0, free))
    swaps = tuple((one.name, fitting.name) for one in used if fitting and one.ram_mib > fitting.ram_mib)
    return [Alternative(books.generations[key.generation_id].title, swaps)] if swaps else []


def _storage(more: Mapping[PoolKey, Amount], books: Books) -> list[StorageOutlook]:
    found = []
    for pk, figures in books.storage.items():
        gib = sum(extra.volume_gib for key, extra in more.items() if key.cloud_id == pk)
        found.append(StorageOutlook(books.clouds[pk], figures, figures.after(gib), figures.short_of(gib)))
    return found
