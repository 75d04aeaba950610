"""Backups."""

from simulators.openstack.call import Call
from simulators.openstack.cinder import quotas
from simulators.openstack.cinder.common import chosen, found, page, routes, when
from simulators.openstack.cinder.events import change, pace
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row

FIELDS = {"status": "status", "name": "name", "volume_id": "volume_id"}


def shown(row: Row) -> Row:
    """A backup as cinder shows it."""
    names = ("id", "name", "description", "size", "status", "volume_id", "user_id")
    return {name: row[name] for name in names} | {
        "created_at": when(row["created"]),
        "updated_at": when(row["updated"]),
        "os-backup-project-attr:project_id": row["project_id"],
        "is_incremental": False,
        "has_dependent_backups": False,
        "container": "backups",
        "fail_reason": None,
        "object_count": 1,
        "snapshot_id": None,
    }


@routes.get("/backups/detail")
def detail(call: Call, project: str) -> Row:
    return page(call, chosen(call, call.world.backups, FIELDS, "Backup"), "backups", shown)


routes.get("/backups")(detail)


@routes.get("/backups/<id>")
def backup(call: Call, project: str, id: str) -> Row:
    return {"backup": shown(found(call, call.world.backups, id, "Backup"))}


@routes.post("/backups")
def create(call: Call, project: str) -> tuple[Row, int]:
    asked = call.part("backup")
    volume = found(call, call.world.volumes, asked.get("volume_id") or "", "Volume")
    if volume["status"] != "available" and not (asked.get("force") and volume["status"] == "in-use"):
        text = f'Volume to be backed up must be available or in-use, but the current status is "{volume["status"]}".'
        raise Refused(400, f"Invalid volume: {text}")
    quotas.check(call.world, volume["project_id"], "backups", 1, volume["size"])
    row = call.world.backups.add(
        {
            "name": asked.get("name"),
            "description": asked.get("description"),
            "size": volume["size"],
            "status": "creating",
            "volume_id": volume["id"],
            "project_id": volume["project_id"],
            "user_id": call.who.user_id,
            "metadata": {},
            "created": call.now,
            "updated": None,
        }
    )
    due = call.now + pace(call.world)
    call.world.later(due, "cinder.becomes", "backups", row["id"], "creating", "available")
    return {"backup": {"id": row["id"], "name": row["name"]}}, 202


@routes.delete("/backups/<id>")
def delete(call: Call, project: str, id: str) -> tuple[Row, int]:
    row = found(call, call.world.backups, id, "Backup")
    if row["status"] not in ("available", "error"):
        raise Refused(400, "Invalid backup: Backup status must be available or error.")
    change(row, call.now, status="deleting")
    call.world.later(call.now + pace(call.world) / 2, "cinder.goes", "backups", id)
    return {}, 202
