"""One server: show, rename, delete, metadata, tags, history."""

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.nova.actions import unlocked
from simulators.openstack.nova.common import noted, routes, server_of, touched
from simulators.openstack.nova.events import gone, pace
from simulators.openstack.nova.render import addresses, shown
from simulators.openstack.store import Row, stamp


@routes.get("/servers/<id>")
def show(call: Call, id: str) -> Row:
    return {"server": shown(call, server_of(call, id))}


@routes.put("/servers/<id>")
def update(call: Call, id: str) -> Row:
    row = server_of(call, id)
    asked = call.part("server")
    touched(row, call.now, **{name: asked[name] for name in ("name", "description", "hostname") if name in asked})
    return {"server": shown(call, row)}


@routes.delete("/servers/<id>")
def delete(call: Call, id: str) -> None:
    row = server_of(call, id)
    unlocked(call, row)
    noted(row, call, "delete")
    if row["host"] is None:
        # what never came to a host is deleted by the API itself
        gone(call.world, call.now, id)
        return
    touched(row, call.now, task_state="deleting")
    call.world.later(call.now + pace(call.world) / 4, "nova.gone", id)


@routes.route("/servers/<id>/metadata", ["GET", "PUT", "POST"])
def metadata(call: Call, id: str) -> Row:
    row = server_of(call, id)
    if call.request.method != "GET":
        kept = row["metadata"] if call.request.method == "POST" else {}
        touched(row, call.now, metadata=kept | call.part("metadata"))
    return {"metadata": row["metadata"]}


@routes.route("/servers/<id>/metadata/<key>", ["GET", "PUT", "DELETE"])
def metadata_item(call: Call, id: str, key: str) -> Row | None:
    row = server_of(call, id)
    if call.request.method == "PUT":
        touched(row, call.now, metadata=row["metadata"] | {key: call.part("meta")[key]})
    if key not in row["metadata"]:
        raise Refused(404, "Metadata item was not found")
    if call.request.method == "DELETE":
        del row["metadata"][key]
        touched(row, call.now)
        return None
    return {"meta": {key: row["metadata"][key]}}


@routes.route("/servers/<id>/tags", ["GET", "PUT", "DELETE"])
def tags(call: Call, id: str) -> Row | None:
    row = server_of(call, id)
    if call.request.method != "GET":
        touched(row, call.now, tags=list(call.body["tags"]) if call.request.method == "PUT" else [])
    return None if call.request.method == "DELETE" else {"tags": row["tags"]}


@routes.get("/servers/<id>/ips")
def ips(call: Call, id: str) -> Row:
    return {"addresses": addresses(call.world, server_of(call, id))}


def action_view(row: Row, server: Row) -> Row:
    """One action of the history."""
    when = stamp(row["start"], ".000000")
    names = ("action", "request_id", "user_id", "project_id")
    return {name: row[name] for name in names} | {
        "instance_uuid": server["id"],
        "start_time": when,
        "updated_at": when,
        "message": None,
    }


def any_server(call: Call, id: str) -> Row:
    """A server, from 2.21 on also one that was deleted."""
    deleted = call.world.deleted_servers.get(id)
    if deleted and call.owns(deleted) and call.version >= (2, 21):
        return deleted
    return server_of(call, id)


@routes.get("/servers/<id>/os-instance-actions")
def actions(call: Call, id: str) -> Row:
    server = any_server(call, id)
    return {"instanceActions": [action_view(row, server) for row in reversed(server["_actions"])]}


@routes.get("/servers/<id>/os-instance-actions/<request_id>")
def action(call: Call, id: str, request_id: str) -> Row:
    server = any_server(call, id)
    for row in server["_actions"]:
        if row["request_id"] == request_id:
            return {"instanceAction": action_view(row, server) | {"events": []}}
    raise Refused(404, f"Action for request_id {request_id} on instance {id} not found")
