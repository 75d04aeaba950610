"""Volume types, their extra specs and who may use them."""

from simulators.openstack.call import Call
from simulators.openstack.cinder.common import page, routes
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row

DEFAULT = "ceph"


def usable(call: Call, row: Row) -> bool:
    """Public types, and private ones opened to the project."""
    return call.who.admin or row["is_public"] or call.who.project_id in row["_projects"]


def named(call: Call, name: str | None) -> Row:
    """The type by name or id, or the default. Raises 404."""
    wanted = name or DEFAULT
    row = call.world.volume_types.get(wanted) or call.world.volume_types.one(name=wanted)
    if row is None or not usable(call, row):
        raise Refused(404, f"Volume type with name {wanted} could not be found.")
    return row


def shown(call: Call, row: Row) -> Row:
    """A type; what its specs say of the backend is for the admin."""
    view = {name: row[name] for name in ("id", "name", "description", "is_public")}
    view |= {"os-volume-type-access:is_public": row["is_public"], "qos_specs_id": None}
    return view | {"extra_specs": row["extra_specs"]} if call.who.admin else view


def by_id(call: Call, id: str) -> Row:
    """The type by id. Raises 404."""
    row = call.world.volume_types.get(id)
    if row is None or not usable(call, row):
        raise Refused(404, f"Volume type {id} could not be found.")
    return row


@routes.get("/types")
def types(call: Call, project: str) -> Row:
    asked = call.args.get("is_public", "true").lower()
    rows = [row for row in call.world.volume_types if usable(call, row)]
    if asked in ("true", "false") and call.who.admin:
        rows = [row for row in rows if row["is_public"] == (asked == "true")]
    return page(call, iter(rows), "volume_types", lambda row: shown(call, row))


@routes.get("/types/default")
def default(call: Call, project: str) -> Row:
    return {"volume_type": shown(call, named(call, None))}


@routes.get("/types/<id>")
def show(call: Call, project: str, id: str) -> Row:
    return {"volume_type": shown(call, by_id(call, id))}


@routes.post("/types")
def create(call: Call, project: str) -> Row:
    call.admin("volume_extension:type_create")
    asked = call.part("volume_type")
    if call.world.volume_types.one(name=asked["name"]):
        raise Refused(409, f"Volume Type {asked['name']} already exists.")
    row = call.world.volume_types.add(
        {
            "name": asked["name"],
            "description": asked.get("description"),
            "is_public": asked.get("os-volume-type-access:is_public", True),
            "extra_specs": asked.get("extra_specs") or {},
            "_projects": [],
        }
    )
    return {"volume_type": shown(call, row)}


@routes.put("/types/<id>")
def change(call: Call, project: str, id: str) -> Row:
    call.admin("volume_extension:type_update")
    row = by_id(call, id)
    row.update(
        {
            name: value
            for name, value in call.part("volume_type").items()
            if name in ("name", "description", "is_public")
        }
    )
    return {"volume_type": shown(call, row)}


@routes.delete("/types/<id>")
def delete(call: Call, project: str, id: str) -> tuple[Row, int]:
    call.admin("volume_extension:type_delete")
    row = by_id(call, id)
    if call.world.volumes.one(volume_type_id=row["id"]):
        raise Refused(400, "Target volume type is still in use.")
    call.world.volume_types.remove(id)
    return {}, 202


@routes.route("/types/<id>/extra_specs", ["GET", "POST"])
def extra_specs(call: Call, project: str, id: str) -> Row:
    call.admin("volume_extension:types_extra_specs:index")
    row = by_id(call, id)
    if call.request.method == "POST":
        row["extra_specs"].update(call.part("extra_specs"))
    return {"extra_specs": row["extra_specs"]}


@routes.delete("/types/<id>/extra_specs/<key>")
def delete_spec(call: Call, project: str, id: str, key: str) -> tuple[Row, int]:
    call.admin("volume_extension:types_extra_specs:delete")
    if by_id(call, id)["extra_specs"].pop(key, None) is None:
        raise Refused(404, f"Volume Type {id} has no extra specs with key {key}.")
    return {}, 202


@routes.get("/types/<id>/os-volume-type-access")
def access(call: Call, project: str, id: str) -> Row:
    call.admin("volume_extension:volume_type_access:get_all_for_type")
    row = by_id(call, id)
    return {"volume_type_access": [{"volume_type_id": id, "project_id": one} for one in row["_projects"]]}


@routes.post("/types/<id>/action")
def action(call: Call, project: str, id: str) -> tuple[Row, int]:
    call.admin("volume_extension:volume_type_access:addProjectAccess")
    row = by_id(call, id)
    name, asked = next(iter(call.body.items()))
    target = asked["project"]
    if row["is_public"]:
        raise Refused(409, "Invalid volume type: Type access modification is not applicable to public volume type.")
    if name == "addProjectAccess":
        if target in row["_projects"]:
            raise Refused(409, f"Volume type access for {id} / {target} combination already exists.")
        row["_projects"].append(target)
    elif target in row["_projects"]:
        row["_projects"].remove(target)
    else:
        raise Refused(404, f"Volume type access not found for {id} / {target} combination.")
    return {}, 202
