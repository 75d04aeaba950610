"""What happens to volumes, snapshots and backups with time."""

from collections.abc import Callable

from simulators.openstack.store import Row, World


def pace(world: World) -> float:
    """Seconds that cinder takes for one thing: a third of a server's build."""
    return float(world.facts["build_seconds"]) / 3


def change(row: Row, at: float, **fields: object) -> None:
    """Change a row and note when."""
    row |= fields
    row["updated"] = at


def becomes(world: World, at: float, table: str, id: str, was: str, now: str) -> None:
    """A status follows another, where nothing came between."""
    row = world.tables[table].get(id)
    if row and row["status"] == was:
        change(row, at, status=now)


def scheduled(world: World, at: float, id: str) -> None:
    """A backend with room takes the volume; where there is none it is in error."""
    row = world.volumes.get(id)
    if row is None:
        return
    kind = world.volume_types.get(row["volume_type_id"])
    backend = kind["extra_specs"].get("volume_backend_name", "ceph") if kind else "ceph"
    pool = world.pools.get(f"control@{backend}#{backend}")
    if pool is None or row["size"] > pool["free_capacity_gb"]:
        change(row, at, status="error")
        return
    change(row, at, host=pool["id"])
    world.later(at + pace(world) / 2, "cinder.becomes", "volumes", id, "creating", "available")


def goes(world: World, at: float, table: str, id: str) -> None:
    """The row is gone."""
    row = world.tables[table].get(id)
    if row and row["status"] == "deleting":
        world.tables[table].remove(id)


HANDLERS: dict[str, Callable[..., None]] = {
    "cinder.scheduled": scheduled,
    "cinder.becomes": becomes,
    "cinder.goes": goes,
}
