"""Host aggregates."""

from uuid import uuid4

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.nova.common import routes
from simulators.openstack.store import Row, World, stamp


def shown(call: Call, row: Row) -> Row:
    """An aggregate; its id is a number."""
    view = {
        "id": int(row["id"]),
        "name": row["name"],
        "availability_zone": row["metadata"].get("availability_zone"),
        "metadata": row["metadata"],
        "hosts": row["hosts"],
        "created_at": stamp(row["created"], ".000000"),
        "updated_at": None,
        "deleted_at": None,
        "deleted": False,
    }
    return view | ({"uuid": row["uuid"]} if call.version >= (2, 41) else {})


def found(call: Call, id: str) -> Row:
    """An aggregate, for the admin. Raises 403, 404."""
    call.admin("os_compute_api:os-aggregates:show")
    row = call.world.aggregates.get(id)
    if row is None:
        raise Refused(404, f"Aggregate {id} could not be found.")
    return row


def make(world: World, now: float, name: str, metadata: Row, hosts: list[str]) -> Row:
    """Keep an aggregate."""
    row: Row = {"id": str(world.aggregates.last + 1), "uuid": str(uuid4()), "name": name, "created": now}
    return world.aggregates.add(row | {"metadata": metadata, "hosts": hosts})


@routes.get("/os-aggregates")
def aggregates(call: Call) -> Row:
    call.admin("os_compute_api:os-aggregates:index")
    return {"aggregates": [shown(call, row) for row in call.world.aggregates]}


@routes.post("/os-aggregates")
def create(call: Call) -> Row:
    call.admin("os_compute_api:os-aggregates:create")
    asked = call.part("aggregate")
    if call.world.aggregates.one(name=asked["name"]):
        raise Refused(409, f"Aggregate {asked['name']} already exists.")
    zone = asked.get("availability_zone")
    metadata = {"availability_zone": zone} if zone else {}
    return {"aggregate": shown(call, make(call.world, call.now, asked["name"], metadata, []))}


@routes.get("/os-aggregates/<id>")
def show(call: Call, id: str) -> Row:
    return {"aggregate": shown(call, found(call, id))}


@routes.put("/os-aggregates/<id>")
def update(call: Call, id: str) -> Row:
    row = found(call, id)
    row["name"] = call.part("aggregate").get("name", row["name"])
    return {"aggregate": shown(call, row)}


@routes.delete("/os-aggregates/<id>")
def delete(call: Call, id: str) -> tuple[None, int]:
    if found(call, id)["hosts"]:
        raise Refused(400, f"Cannot remove host from aggregate {id}. Reason: Host aggregate is not empty.")
    call.world.aggregates.remove(id)
    return None, 200


@routes.post("/os-aggregates/<id>/action")
def action(call: Call, id: str) -> Row:
    row = found(call, id)
    name, asked = next(iter(call.body.items()))
    if name == "set_metadata":
        for key, value in asked["metadata"].items():
            row["metadata"].pop(key, None)
            if value is not None:
                row["metadata"][key] = value
        return {"aggregate": shown(call, row)}
    host = asked["host"]
    if call.world.hosts.one(name=host) is None:
        raise Refused(404, f"Compute host {host} could not be found.")
    if name == "add_host" and host in row["hosts"]:
        raise Refused(409, f"Cannot add host {host} in aggregate {id}: host exists")
    if name == "remove_host" and host not in row["hosts"]:
        raise Refused(404, f"Cannot remove host {host} in aggregate {id}: host not found")
    row["hosts"] = [one for one in row["hosts"] if one != host] + ([host] if name == "add_host" else [])
    return {"aggregate": shown(call, row)}
