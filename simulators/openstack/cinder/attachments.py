"""Which volume is in use by which server."""

from simulators.openstack.call import Call
from simulators.openstack.cinder.common import found, page, routes, when
from simulators.openstack.cinder.events import change
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row, World


def attach(world: World, now: float, volume: Row, server: Row, device: str, *, own: bool = False) -> Row:
    """A server has the volume from now on; `own` means it goes with the server."""
    row = world.attachments.add(
        {
            "volume_id": volume["id"],
            "server_id": server["id"],
            "project_id": volume["project_id"],
            "device": device,
            "host": server["host"],
            "attached": now,
            "own": own,
        }
    )
    volume["_attachments"].append(row["id"])
    server["_volumes"].append(row["id"])
    change(volume, now, status="in-use")
    return row


def detach(world: World, now: float, row: Row) -> None:
    """The volume is free again."""
    world.attachments.remove(row["id"])
    if volume := world.volumes.get(row["volume_id"]):
        volume["_attachments"] = [id for id in volume["_attachments"] if id != row["id"]]
        change(volume, now, status="available" if not volume["_attachments"] else "in-use")
    if server := world.servers.get(row["server_id"]):
        server["_volumes"] = [id for id in server["_volumes"] if id != row["id"]]


def shown(row: Row) -> Row:
    """An attachment as cinder shows it."""
    return {
        "id": row["id"],
        "volume_id": row["volume_id"],
        "instance": row["server_id"],
        "status": "attached",
        "attach_mode": "rw",
        "attached_at": when(row["attached"]),
        "detached_at": None,
        "connection_info": {},
    }


def newer(call: Call) -> None:
    """Attachments came with 3.27. Raises 404 before."""
    if call.version < (3, 27):
        raise Refused(404, "The resource could not be found.")


@routes.get("/attachments")
def attachments(call: Call, project: str) -> Row:
    newer(call)
    everything = call.flag("all_tenants") and call.who.admin
    rows = [row for row in call.world.attachments if everything or row["project_id"] == call.project_id]
    for name, field in (("volume_id", "volume_id"), ("instance_id", "server_id")):
        if name in call.args:
            rows = [row for row in rows if row[field] == call.args[name]]
    return page(call, iter(rows), "attachments", shown)


routes.get("/attachments/detail")(attachments)


@routes.get("/attachments/<id>")
def attachment(call: Call, project: str, id: str) -> Row:
    newer(call)
    return {"attachment": shown(found(call, call.world.attachments, id, "Volume attachment"))}


@routes.delete("/attachments/<id>")
def delete(call: Call, project: str, id: str) -> Row:
    newer(call)
    row = found(call, call.world.attachments, id, "Volume attachment")
    if row["server_id"] in call.world.servers:
        # nova's attachments are nova's to end: a guard against a known hole
        raise Refused(409, "Detach volume from instance {} using the Compute API".format(row["server_id"]))
    detach(call.world, call.now, row)
    return {"attachments": []}
