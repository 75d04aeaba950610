"""Control endpoints that only the cloud has."""

from collections.abc import Collection

from simulators.openstack.call import Call, Routes
from simulators.openstack.cinder import attachments
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row

routes = Routes("/_sim")


@routes.get("/hosts", public=True)
def hosts(call: Call) -> Row:
    return {"hosts": list(call.world.hosts)}


@routes.post("/hosts/<name>", public=True)
def change_host(call: Call, name: str) -> Row:
    """Take a host down, disable it, give it other RAM: any of its fields; `gone` has nova list it no more."""
    row = call.world.hosts.one(name=name)
    if row is None:
        raise Refused(404, f"No host {name}")
    changes, gone = asked_of(call, set(row) - {"id", "name"})
    row |= changes
    if gone:
        call.world.hosts.remove(row["id"])
    return {"host": row}


@routes.post("/pace", public=True)
def pace(call: Call) -> Row:
    """How long a build takes from now on, in seconds."""
    call.world.facts["build_seconds"] = float(call.body["build_seconds"])
    return {"build_seconds": call.world.facts["build_seconds"]}


@routes.post("/builds", public=True)
def builds(call: Call) -> Row:
    """Let the next `fail` builds end in ERROR, with `message` or nova's words for a driver that fails."""
    call.world.facts |= {"failing_builds": int(call.body.get("fail", 1)), "failure": call.body.get("message")}
    return {"fail": call.world.facts["failing_builds"]}


@routes.post("/servers/<id>", public=True)
def change_server(call: Call, id: str) -> Row:
    """What happens to a server without anybody's call: its status, its fault, its loss (`gone`)."""
    row = call.world.servers.get(id)
    if row is None:
        raise Refused(404, f"No server {id}")
    changes, gone = asked_of(call, ("status", "vm_state", "task_state", "power_state", "fault", "metadata"))
    row |= changes | {"updated": call.now}
    if gone:
        call.world.later(call.now, "nova.gone", id)
    return {"server": row}


@routes.post("/volumes/<id>", public=True)
def change_volume(call: Call, id: str) -> Row:
    """What happens to a volume without anybody's call: its status, or its loss (`gone`)."""
    row = call.world.volumes.get(id)
    if row is None:
        raise Refused(404, f"No volume {id}")
    changes, gone = asked_of(call, ("status", "metadata", "size"))
    if gone:
        for one in list(row["_attachments"]):
            attachments.detach(call.world, call.now, call.world.attachments[one])
        call.world.volumes.remove(id)
    row |= changes | {"updated": call.now}
    return {"volume": row}


def asked_of(call: Call, fields: Collection[str]) -> tuple[Row, bool]:
    """What to change, and whether the thing is `gone`. Raises 400 for another field, before anything is changed."""
    changes = dict(call.body)
    gone = bool(changes.pop("gone", False))
    if unknown := sorted(set(changes) - set(fields)):
        raise Refused(400, f"No field to change: {', '.join(unknown)}")
    return changes, gone
