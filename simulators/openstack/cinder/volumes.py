"""Volumes."""

from typing import Any

from simulators.openstack.call import Call
from simulators.openstack.cinder import quotas
from simulators.openstack.cinder.common import chosen, found, page, routes, when
from simulators.openstack.cinder.events import change, pace
from simulators.openstack.cinder.types import named
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row, World

FIELDS = {
    "status": "status",
    "name": "name",
    "bootable": "bootable",
    "volume_type": "volume_type",
    "id": "id",
    "user_id": "user_id",
    "host": "host",
    "size": "size",
}
DELETABLE = ("available", "error", "error_restoring", "error_extending", "error_managing")


def attachment_view(row: Row) -> Row:
    """An attachment as its volume lists it."""
    return {
        "id": row["volume_id"],
        "attachment_id": row["id"],
        "volume_id": row["volume_id"],
        "server_id": row["server_id"],
        "host_name": row["host"],
        "device": row["device"],
        "attached_at": when(row["attached"]),
    }


def shown(call: Call, row: Row) -> Row:
    """A volume as cinder shows it."""
    view = {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "size": row["size"],
        "status": row["status"],
        "attachments": [attachment_view(call.world.attachments[id]) for id in row["_attachments"]],
        "availability_zone": "nova",
        "bootable": "true" if row["bootable"] else "false",
        "created_at": when(row["created"]),
        "updated_at": when(row["updated"]),
        "encrypted": False,
        "multiattach": False,
        "metadata": row["metadata"],
        "volume_type": row["volume_type"],
        "snapshot_id": row["snapshot_id"],
        "source_volid": row["source_volid"],
        "replication_status": None,
        "consistencygroup_id": None,
        "migration_status": None,
        "user_id": row["user_id"],
        "os-vol-tenant-attr:tenant_id": row["project_id"],
        "links": [{"rel": "self", "href": f"{call.root}/volume/v3/{call.who.project_id}/volumes/{row['id']}"}],
    }
    return view | by_version(call, row)


def by_version(call: Call, row: Row) -> Row:
    """What only the admin or a newer version sees."""
    more: Row = {}
    if row["image"]:
        more["volume_image_metadata"] = row["image"]
    if call.who.admin:
        more |= {
            "os-vol-host-attr:host": row["host"],
            "os-vol-mig-status-attr:migstat": None,
            "os-vol-mig-status-attr:name_id": None,
        }
    if call.version >= (3, 13):
        more["group_id"] = None
    if call.version >= (3, 48):
        more |= {"shared_targets": False, "service_uuid": None}
    if call.version >= (3, 61):
        more["cluster_name"] = None
    if call.version >= (3, 63):
        more["volume_type_id"] = row["volume_type_id"]
    if call.version >= (3, 65):
        more["consumes_quota"] = True
    return more


def listing(call: Call, project: str) -> Row:
    rows = chosen(call, call.world.volumes, FIELDS, "Volume")
    body = page(call, rows, "volumes", lambda row: shown(call, row))
    if call.version >= (3, 45) and call.flag("with_count"):
        body["count"] = sum(1 for _ in chosen(call, call.world.volumes, FIELDS, "Volume"))
    return body


routes.get("/volumes/detail")(listing)


@routes.get("/volumes")
def brief(call: Call, project: str) -> Row:
    def short(row: Row) -> Row:
        return {name: shown(call, row)[name] for name in ("id", "name", "links")}

    return page(call, chosen(call, call.world.volumes, FIELDS, "Volume"), "volumes", short)


@routes.get("/volumes/summary")
def summary(call: Call, project: str) -> Row:
    rows = list(chosen(call, call.world.volumes, FIELDS, "Volume"))
    return {
        "volume-summary": {"total_count": len(rows), "total_size": sum(row["size"] for row in rows), "metadata": {}}
    }


@routes.get("/volumes/<id>")
def volume(call: Call, project: str, id: str) -> Row:
    return {"volume": shown(call, found(call, call.world.volumes, id, "Volume"))}


def source(call: Call, asked: Row) -> tuple[int, Row]:
    """The least size and the fields that come from a snapshot, volume or image."""
    if id := asked.get("snapshot_id"):
        snapshot = found(call, call.world.snapshots, id, "Snapshot")
        return snapshot["size"], {"snapshot_id": id}
    if id := asked.get("source_volid"):
        volume = found(call, call.world.volumes, id, "Volume")
        return volume["size"], {"source_volid": id, "bootable": volume["bootable"], "image": volume["image"]}
    if id := asked.get("imageRef"):
        image = call.world.images.get(id)
        if image is None:
            raise Refused(400, "Invalid image identifier or unable to access requested image.")
        about = {"image_id": id, "image_name": image["name"], "min_disk": str(image["min_disk"])}
        return image["min_disk"], {"bootable": True, "image": about}
    return 0, {}


def size_of(asked: Row, least: int) -> int:
    """How many GiB. Raises 400 for what is no size or too little for the source."""
    size = asked.get("size", least or None)
    if isinstance(size, str) and size.isdigit():
        size = int(size)
    if isinstance(size, int) and size < 1:
        raise Refused(
            400, f"Invalid input for field/attribute size. Value: {size}. {size} is less than the minimum of 1"
        )
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise Refused(
            400,
            f"Invalid input for field/attribute size. Value: {size}. "
            f"{size} is not valid under any of the given schemas",
        )
    if size < least:
        raise Refused(
            400, f"Invalid input received: Volume size {size}GB cannot be smaller than the source's {least}GB."
        )
    return size


def blank(*, project: str, user: str, size: int, kind: Row, now: float) -> Row:
    """A volume before anything has happened to it."""
    return {
        "name": "",
        "description": None,
        "status": "creating",
        "size": size,
        "project_id": project,
        "user_id": user,
        "volume_type": kind["name"],
        "volume_type_id": kind["id"],
        "metadata": {},
        "bootable": False,
        "image": None,
        "snapshot_id": None,
        "source_volid": None,
        "host": None,
        "created": now,
        "updated": None,
        "_attachments": [],
    }


def make(world: World, now: float, *, project: str, user: str, size: int, kind: Row, **fields: Any) -> Row:
    """Keep a volume that is being created."""
    row = world.volumes.add(blank(project=project, user=user, size=size, kind=kind, now=now) | fields)
    world.later(now + pace(world) / 2, "cinder.scheduled", row["id"])
    return row


@routes.post("/volumes")
def create(call: Call, project: str) -> tuple[Row, int]:
    asked = call.part("volume")
    least, fields = source(call, asked)
    size = size_of(asked, least)
    kind = named(call, asked.get("volume_type"))
    quotas.check(call.world, call.project_id, "volumes", 1, size, kind["name"])
    metadata = asked.get("metadata") or {}
    row = make(
        call.world,
        call.now,
        project=call.project_id,
        user=call.who.user_id,
        size=size,
        kind=kind,
        name=asked.get("name") or "",
        description=asked.get("description"),
        metadata={str(key): str(value) for key, value in metadata.items()},
        **fields,
    )
    return {"volume": shown(call, row)}, 202


@routes.put("/volumes/<id>")
def update(call: Call, project: str, id: str) -> Row:
    row = found(call, call.world.volumes, id, "Volume")
    asked = call.part("volume")
    change(row, call.now, **{name: asked[name] for name in ("name", "description", "metadata") if name in asked})
    return {"volume": shown(call, row)}


@routes.delete("/volumes/<id>")
def delete(call: Call, project: str, id: str) -> tuple[Row, int]:
    row = found(call, call.world.volumes, id, "Volume")
    if row["host"] is None and row["status"] in ("creating", "error"):
        # what no backend has yet is deleted by the API itself
        call.world.volumes.remove(id)
        return {}, 202
    snapshots = call.world.snapshots.where(volume_id=id)
    if call.flag("cascade"):
        for snapshot in snapshots:
            call.world.snapshots.remove(snapshot["id"])
        snapshots = []
    if row["status"] not in DELETABLE or row["_attachments"] or snapshots:
        raise Refused(
            400,
            "Invalid volume: Volume status must be available or error or error_restoring or error_extending or "
            "error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a "
            "transfer, or be disassociated from snapshots after volume transfer.",
        )
    remove(call.world, call.now, row)
    return {}, 202


def remove(world: World, now: float, row: Row) -> None:
    """Begin to delete."""
    change(row, now, status="deleting")
    world.later(now + pace(world) / 2, "cinder.goes", "volumes", row["id"])


@routes.route("/volumes/<id>/metadata", ["GET", "POST", "PUT"])
def metadata(call: Call, project: str, id: str) -> Row:
    row = found(call, call.world.volumes, id, "Volume")
    if call.request.method != "GET":
        kept = row["metadata"] if call.request.method == "POST" else {}
        change(row, call.now, metadata=kept | call.part("metadata"))
    return {"metadata": row["metadata"]}


@routes.delete("/volumes/<id>/metadata/<key>")
def delete_metadata(call: Call, project: str, id: str, key: str) -> None:
    row = found(call, call.world.volumes, id, "Volume")
    if row["metadata"].pop(key, None) is None:
        raise Refused(404, f"Volume {id} has no metadata with key {key}.")
    change(row, call.now)
