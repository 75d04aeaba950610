"""Control endpoints that only the cloud has."""

from itertools import cycle
from uuid import uuid4

from simulators.openstack.call import Call, Routes
from simulators.openstack.cinder import attachments, volumes
from simulators.openstack.errors import Refused
from simulators.openstack.nova.create import blank
from simulators.openstack.store import Row

routes = Routes("/_sim")


@routes.get("/hosts", public=True)
def hosts(call: Call) -> Row:
    return {"hosts": list(call.world.hosts)}


@routes.post("/hosts/<name>", public=True)
def change_host(call: Call, name: str) -> Row:
    """Take a host down, disable it, give it other RAM: any of its fields."""
    row = call.world.hosts.one(name=name)
    if row is None:
        raise Refused(404, f"No host {name}")
    unknown = set(call.body) - set(row)
    if unknown or {"id", "name"} & set(call.body):
        raise Refused(400, f"A host has no such field to change: {', '.join(sorted(unknown)) or 'id, name'}")
    row |= call.body
    return {"host": row}


@routes.post("/pace", public=True)
def pace(call: Call) -> Row:
    """How long a build takes from now on, in seconds."""
    call.world.facts["build_seconds"] = float(call.body["build_seconds"])
    return {"build_seconds": call.world.facts["build_seconds"]}


@routes.post("/servers/<id>", public=True)
def change_server(call: Call, id: str) -> Row:
    """What happens to a server without anybody's call: its status, its fault, its loss (`gone`)."""
    row = call.world.servers.get(id)
    if row is None:
        raise Refused(404, f"No server {id}")
    asked = dict(call.body)
    if asked.pop("gone", False):
        call.world.later(call.now, "nova.gone", id)
    row |= {
        name: value
        for name, value in asked.items()
        if name in ("status", "vm_state", "task_state", "power_state", "fault", "metadata")
    }
    row["updated"] = call.now
    return {"server": row}


@routes.post("/volumes/<id>", public=True)
def change_volume(call: Call, id: str) -> Row:
    """What happens to a volume without anybody's call: its status, or its loss (`gone`)."""
    row = call.world.volumes.get(id)
    if row is None:
        raise Refused(404, f"No volume {id}")
    asked = dict(call.body)
    if asked.pop("gone", False):
        for one in list(row["_attachments"]):
            attachments.detach(call.world, call.now, call.world.attachments[one])
        call.world.volumes.remove(id)
    row |= {name: value for name, value in asked.items() if name in ("status", "metadata", "size")}
    row["updated"] = call.now
    return {"volume": row}


@routes.post("/fill", public=True)
def fill(call: Call) -> Row:
    """Many ready servers and volumes at once, for benchmarks: past quotas and hosts' limits.

    Takes `servers`, `volumes`, `project_id`, `flavor` (name), `metadata`; gives the number of each.
    """
    asked = call.body
    project = asked.get("project_id") or call.world.projects.one(name="admin")
    project_id = project["id"] if isinstance(project, dict) else str(project)
    owner = next(iter(call.world.users))["id"]
    fill_servers(call, asked, project_id, owner)
    fill_volumes(call, asked, project_id, owner)
    return {"servers": len(call.world.servers), "volumes": len(call.world.volumes)}


def fill_servers(call: Call, asked: Row, project: str, user: str) -> None:
    """Servers that run since now, spread over all hosts."""
    flavor = call.world.flavors.one(name=asked.get("flavor", "p8.small"))
    image = next(iter(call.world.images))
    if flavor is None:
        raise Refused(400, "No such flavor")
    kept = {name: flavor[name] for name in ("id", "vcpus", "ram", "disk", "ephemeral", "swap", "extra_specs")}
    places = cycle(row["name"] for row in call.world.hosts)
    for number in range(int(asked.get("servers", 0))):
        row = base(call, asked, project, user) | {"name": f"filled-{number}", "hostname": f"filled-{number}"}
        row |= {"flavor": kept | {"original_name": flavor["name"]}, "image_id": image["id"], "host": next(places)}
        call.world.servers.add(row)


def base(call: Call, asked: Row, project: str, user: str) -> Row:
    """A server that runs."""
    row = blank({"metadata": asked.get("metadata")}, project, user, call.now)
    row |= {"status": "ACTIVE", "vm_state": "active", "task_state": None, "power_state": 1, "launched": call.now}
    return row | {"key_name": None, "group": None, "_groups": []}


def fill_volumes(call: Call, asked: Row, project: str, user: str) -> None:
    """Volumes of 10 GiB that are available."""
    kind = next(iter(call.world.volume_types))
    for number in range(int(asked.get("volumes", 0))):
        row = volumes.blank(project=project, user=user, size=10, kind=kind, now=call.now)
        row |= {
            "id": str(uuid4()),
            "name": f"filled-{number}",
            "status": "available",
            "host": "control@ceph#ceph",
            "updated": call.now,
        }
        row["metadata"] = dict(asked.get("metadata") or {})
        call.world.volumes.add(row)
