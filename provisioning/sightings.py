"""What the clouds showed, stored for pages and shared by all processes: frozen rows to JSON and back, changes only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from provisioning.models import Sighting
from provisioning.ports import SeenAddress, SeenPort, SeenServer, SeenVolume, Snapshot

Row = SeenServer | SeenVolume | SeenAddress | SeenPort
KINDS: Final[Mapping[str, type[Any]]] = {
    "server": SeenServer,
    "volume": SeenVolume,
    "address": SeenAddress,
    "port": SeenPort,
}
NAMES: Final = {kind: tuple(one.name for one in fields(row)) for kind, row in KINDS.items()}
TUPLES: Final = {"server": ("addresses", "volumes"), "volume": ("servers",)}
WRITTEN: Final = ("project_id", "name", "row", "allocation", "seen_at", "gone_at")
BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Changes:
    """What one look changed, by kind: rows that are new or other than before, and ids no longer there."""

    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    gone: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(self.rows.values()) or any(self.gone.values())

    def projects(self, before: Snapshot) -> set[str]:
        """The cloud projects that they concern."""
        told = {row.project_id for rows in self.rows.values() for row in rows}
        return told | {by_kind(before)[kind][one].project_id for kind, ids in self.gone.items() for one in ids}


def by_kind(snapshot: Snapshot) -> Mapping[str, Mapping[str, Any]]:
    return {
        "server": snapshot.servers,
        "volume": snapshot.volumes,
        "address": snapshot.addresses,
        "port": snapshot.ports,
    }


def compare(before: Snapshot, listed: Mapping[str, Iterable[Row]], gone: Iterable[str], *, full: bool) -> Changes:
    """What a look changes. In a full one what is not listed is gone; else only the servers that are said to be."""
    known, rows, lost = by_kind(before), {}, {}
    for kind, found in listed.items():
        now = {row.id: row for row in found}
        rows[kind] = tuple(row for row in now.values() if known[kind].get(row.id) != row)
        lost[kind] = frozenset(known[kind].keys() - now.keys()) if full else frozenset()
    lost["server"] = lost.get("server", frozenset()) | (frozenset(gone) & known["server"].keys())
    return Changes(rows, lost)


def applied(before: Snapshot, changes: Changes, *, taken_at: datetime, full_at: datetime) -> Snapshot:
    """The snapshot after a look; the one before stays as it is for those who read it."""
    now = {kind: _applied(rows, changes, kind) for kind, rows in by_kind(before).items()}
    return replace(
        before,
        taken_at=taken_at,
        full_at=full_at,
        servers=now["server"],
        volumes=now["volume"],
        addresses=now["address"],
        ports=now["port"],
    )


def _applied(rows: Mapping[str, Any], changes: Changes, kind: str) -> Mapping[str, Any]:
    new, gone = changes.rows.get(kind, ()), changes.gone.get(kind, frozenset())
    if not new and not gone:
        return rows
    return {**{key: row for key, row in rows.items() if key not in gone}, **{row.id: row for row in new}}


def store(cloud: str, changes: Changes, at: datetime) -> None:
    """Write what changed, in the caller's transaction."""
    for kind, found in changes.rows.items():
        for start in range(0, len(found), BATCH):  # a first look at a large cloud must not fill the memory
            write_sightings([_sighting(cloud, kind, row, at) for row in found[start : start + BATCH]])
    for kind, gone in changes.gone.items():
        if gone:
            Sighting.objects.filter(cloud=cloud, kind=kind, external_id__in=gone).update(gone_at=at)


def write_sightings(rows: list[Sighting]) -> None:
    """Make or renew rows of what was seen."""
    Sighting.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["cloud", "kind", "external_id"],
        update_fields=list(WRITTEN),
    )


def load(cloud: str, known: Snapshot, *, taken_at: datetime, full_at: datetime) -> Snapshot:
    """What other processes have stored since `known`, put on top of it."""
    since = Q(seen_at__gt=known.taken_at) | Q(gone_at__gt=known.taken_at)
    rows: dict[str, list[Row]] = {kind: [] for kind in KINDS}
    gone: dict[str, set[str]] = {kind: set() for kind in KINDS}
    stored = Sighting.objects.filter(since, cloud=cloud, kind__in=KINDS).values_list(
        "kind", "external_id", "row", "gone_at"
    )
    for kind, external_id, row, gone_at in stored.iterator(chunk_size=2000):
        if gone_at is None:
            rows[kind].append(from_json(kind, row))
        else:
            gone[kind].add(external_id)
    changes = Changes({k: tuple(v) for k, v in rows.items()}, {k: frozenset(v) for k, v in gone.items()})
    return applied(known, changes, taken_at=taken_at, full_at=full_at)


def as_json(kind: str, row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in NAMES[kind]}


def from_json(kind: str, stored: Mapping[str, Any]) -> Row:
    """A frozen row from its stored form; what an older version did not store keeps its default."""
    values = {name: stored[name] for name in NAMES[kind] if name in stored}
    for name in TUPLES.get(kind, ()):
        values[name] = tuple(tuple(one) if isinstance(one, list) else one for one in values.get(name, ()))
    found: Row = KINDS[kind](**values)
    return found


def _sighting(cloud: str, kind: str, row: Row, at: datetime) -> Sighting:
    metadata = getattr(row, "metadata", {})
    return Sighting(
        cloud=cloud,
        kind=kind,
        external_id=row.id,
        project_id=row.project_id,
        name=str(getattr(row, "name", "") or getattr(row, "address", ""))[:255],
        row=as_json(kind, row),
        allocation=_uuid(metadata.get("portico_allocation", "")),
        seen_at=at,
        gone_at=None,
    )


def _uuid(text: str) -> UUID | None:
    """Metadata is what anybody may write in a cloud project of theirs."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
