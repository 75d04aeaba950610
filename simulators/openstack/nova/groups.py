"""Server groups: affinity and its opposite."""

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.nova import quotas
from simulators.openstack.nova.common import LONGEST_PAGE, limit_of, routes
from simulators.openstack.store import Row

POLICIES = ("affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity")


def shown(call: Call, row: Row) -> Row:
    """A group; from 2.64 on with one policy."""
    view = {name: row[name] for name in ("id", "name", "members", "project_id", "user_id")}
    if call.version >= (2, 64):
        return view | {"policy": row["policy"], "rules": {}}
    return view | {"policies": [row["policy"]], "metadata": {}}


def found(call: Call, id: str) -> Row:
    """A group the caller may see. Raises 404."""
    row = call.world.server_groups.get(id)
    if row is None or not call.owns(row):
        raise Refused(404, f"Instance group {id} could not be found.")
    return row


@routes.get("/os-server-groups")
def listing(call: Call) -> Row:
    """All of them to the admin who says `all_projects`, whatever its value; paged by offset, without links."""
    everything = "all_projects" in call.args and call.who.admin
    rows = [row for row in call.world.server_groups if everything or row["project_id"] == call.project_id]
    begin = int(call.args.get("offset") or 0)
    return {"server_groups": [shown(call, row) for row in rows[begin : begin + (limit_of(call) or LONGEST_PAGE)]]}


@routes.post("/os-server-groups")
def create(call: Call) -> Row:
    asked = call.part("server_group")
    policy = asked.get("policy") or next(iter(asked.get("policies") or []), None)
    if policy not in POLICIES:
        raise Refused(400, f"Invalid input for field/attribute policy. Value: {policy}.")
    limit = quotas.limits(call.world, call.project_id)["server_groups"]
    if 0 <= limit <= len(call.world.server_groups.where(project_id=call.project_id)):
        raise Refused(403, "Quota exceeded, too many server groups.")
    row = call.world.server_groups.add(
        {
            "name": asked["name"],
            "policy": policy,
            "members": [],
            "project_id": call.project_id,
            "user_id": call.who.user_id,
        }
    )
    return {"server_group": shown(call, row)}


@routes.get("/os-server-groups/<id>")
def show(call: Call, id: str) -> Row:
    return {"server_group": shown(call, found(call, id))}


@routes.delete("/os-server-groups/<id>")
def delete(call: Call, id: str) -> None:
    call.world.server_groups.remove(found(call, id)["id"])
