"""Snapshots."""

from simulators.openstack.call import Call
from simulators.openstack.cinder import quotas
from simulators.openstack.cinder.common import chosen, found, page, routes, when
from simulators.openstack.cinder.events import change, pace
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row

FIELDS = {"status": "status", "name": "name", "volume_id": "volume_id"}


def shown(row: Row) -> Row:
    """A snapshot as cinder shows it."""
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "size": row["size"],
        "status": row["status"],
        "volume_id": row["volume_id"],
        "metadata": row["metadata"],
        "created_at": when(row["created"]),
        "updated_at": when(row["updated"]),
        "user_id": row["user_id"],
        "group_snapshot_id": None,
        "consumes_quota": True,
        "os-extended-snapshot-attributes:project_id": row["project_id"],
        "os-extended-snapshot-attributes:progress": "100%" if row["status"] == "available" else "0%",
    }


@routes.get("/snapshots/detail")
def detail(call: Call, project: str) -> Row:
    return page(call, chosen(call, call.world.snapshots, FIELDS, "Snapshot"), "snapshots", shown)


routes.get("/snapshots")(detail)


@routes.get("/snapshots/<id>")
def snapshot(call: Call, project: str, id: str) -> Row:
    return {"snapshot": shown(found(call, call.world.snapshots, id, "Snapshot"))}


@routes.post("/snapshots")
def create(call: Call, project: str) -> tuple[Row, int]:
    asked = call.part("snapshot")
    volume = found(call, call.world.volumes, asked.get("volume_id") or "", "Volume")
    force = call.version >= (3, 66) or str(asked.get("force")).lower() == "true"
    if volume["status"] != "available" and not (force and volume["status"] == "in-use"):
        text = f"Volume {volume['id']} status must be available, but current status is: {volume['status']}."
        raise Refused(400, f"Invalid volume: {text}")
    quotas.check(call.world, volume["project_id"], "snapshots", 1, volume["size"], volume["volume_type"])
    row = call.world.snapshots.add(
        {
            "name": asked.get("name") or "",
            "description": asked.get("description"),
            "size": volume["size"],
            "status": "creating",
            "volume_id": volume["id"],
            "metadata": asked.get("metadata") or {},
            "project_id": volume["project_id"],
            "user_id": call.who.user_id,
            "created": call.now,
            "updated": None,
        }
    )
    due = call.now + pace(call.world)
    call.world.later(due, "cinder.becomes", "snapshots", row["id"], "creating", "available")
    return {"snapshot": shown(row)}, 202


@routes.put("/snapshots/<id>")
def update(call: Call, project: str, id: str) -> Row:
    row = found(call, call.world.snapshots, id, "Snapshot")
    asked = call.part("snapshot")
    change(row, call.now, **{name: asked[name] for name in ("name", "description") if name in asked})
    return {"snapshot": shown(row)}


@routes.post("/snapshots/<id>/action")
def action(call: Call, project: str, id: str) -> tuple[Row, int]:
    call.admin("volume_extension:snapshot_admin_actions:reset_status")
    row = found(call, call.world.snapshots, id, "Snapshot")
    name, asked = next(iter(call.body.items()))
    if name == "os-reset_status":
        change(row, call.now, status=asked["status"])
    elif name == "os-force_delete":
        call.world.snapshots.remove(id)
    else:
        raise Refused(400, f"There is no such action: {name}")
    return {}, 202


@routes.delete("/snapshots/<id>")
def delete(call: Call, project: str, id: str) -> tuple[Row, int]:
    row = found(call, call.world.snapshots, id, "Snapshot")
    if row["status"] not in ("available", "error"):
        raise Refused(400, "Invalid snapshot: Snapshot status must be available or error.")
    change(row, call.now, status="deleting")
    call.world.later(call.now + pace(call.world) / 2, "cinder.goes", "snapshots", id)
    return {}, 202
