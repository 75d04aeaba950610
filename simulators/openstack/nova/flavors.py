"""Flavors, their extra specs and who may use them."""

from collections.abc import Callable
from itertools import islice
from uuid import uuid4

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.nova.common import limit_of, links, routes
from simulators.openstack.store import Row


def usable(call: Call, row: Row) -> bool:
    """Public flavors, and private ones opened to the project."""
    return call.who.admin or row["is_public"] or call.who.project_id in row["_projects"]


def found(call: Call, id: str) -> Row:
    """A flavor the caller may use. Raises 404."""
    row = call.world.flavors.get(id)
    if row is None or not usable(call, row):
        raise Refused(404, f"Flavor {id} could not be found.")
    return row


def shown(call: Call, row: Row) -> Row:
    """A flavor; swap is an empty text for none before 2.75."""
    view = {
        "id": row["id"],
        "name": row["name"],
        "ram": row["ram"],
        "disk": row["disk"],
        "vcpus": row["vcpus"],
        "swap": row["swap"] or ("" if call.version < (2, 75) else 0),
        "OS-FLV-EXT-DATA:ephemeral": row["ephemeral"],
        "OS-FLV-DISABLED:disabled": False,
        "os-flavor-access:is_public": row["is_public"],
        "rxtx_factor": 1.0,
        "links": links(call, "flavors", row["id"]),
    }
    if call.version >= (2, 55):
        view["description"] = row["description"]
    if call.version >= (2, 61):
        view["extra_specs"] = row["extra_specs"]
    return view


def chosen(call: Call) -> list[Row]:
    """A page of flavors. Raises 400 for an unknown marker."""
    asked = call.args.get("is_public", "true").lower()
    rows = [row for row in call.world.flavors if usable(call, row)]
    if not call.who.admin:
        asked = "none"
    if asked != "none":
        rows = [row for row in rows if row["is_public"] == (asked in ("true", "1", "yes"))]
    for name, field in (("minRam", "ram"), ("minDisk", "disk")):
        if name in call.args:
            rows = [row for row in rows if row[field] >= call.args.get(name, 0, type=int)]
    rows.sort(key=lambda row: row["id"])
    marker = call.args.get("marker")
    if marker and all(row["id"] != marker for row in rows):
        raise Refused(400, f"marker [{marker}] not found")
    return list(islice((row for row in rows if not marker or row["id"] > marker), limit_of(call)))


def page(call: Call, view: Callable[[Row], Row]) -> Row:
    """A page, with a link to the next where it is full."""
    rows = chosen(call)
    body: Row = {"flavors": [view(row) for row in rows]}
    if rows and len(rows) == limit_of(call):
        query = f"limit={limit_of(call)}&is_public={call.args.get('is_public', 'true')}&marker={rows[-1]['id']}"
        body["flavors_links"] = [{"rel": "next", "href": f"{call.request.base_url}?{query}"}]
    return body


@routes.get("/flavors/detail")
def detail(call: Call) -> Row:
    return page(call, lambda row: shown(call, row))


@routes.get("/flavors")
def brief(call: Call) -> Row:
    return page(call, lambda row: {name: shown(call, row)[name] for name in ("id", "name", "links")})


@routes.get("/flavors/<id>")
def flavor(call: Call, id: str) -> Row:
    return {"flavor": shown(call, found(call, id))}


@routes.post("/flavors")
def create(call: Call) -> Row:
    call.admin("os_compute_api:os-flavor-manage:create")
    asked = call.part("flavor")
    id = asked.get("id") if asked.get("id") not in (None, "auto") else str(uuid4())
    if call.world.flavors.one(name=asked["name"]):
        raise Refused(409, f"Flavor with name {asked['name']} already exists.")
    if id in call.world.flavors:
        raise Refused(409, f"Flavor with ID {id} already exists.")
    row = call.world.flavors.add(
        {
            "id": str(id),
            "name": asked["name"],
            "ram": int(asked["ram"]),
            "vcpus": int(asked["vcpus"]),
            "disk": int(asked["disk"]),
            "ephemeral": int(asked.get("OS-FLV-EXT-DATA:ephemeral") or 0),
            "swap": int(asked.get("swap") or 0),
            "is_public": asked.get("os-flavor-access:is_public", True),
            "description": asked.get("description"),
            "extra_specs": {},
            "_projects": [],
        }
    )
    return {"flavor": shown(call, row)}


@routes.put("/flavors/<id>")
def update(call: Call, id: str) -> Row:
    call.admin("os_compute_api:os-flavor-manage:update")
    row = found(call, id)
    row["description"] = call.part("flavor").get("description")
    return {"flavor": shown(call, row)}


@routes.delete("/flavors/<id>")
def delete(call: Call, id: str) -> tuple[None, int]:
    call.admin("os_compute_api:os-flavor-manage:delete")
    call.world.flavors.remove(found(call, id)["id"])
    return None, 202


@routes.route("/flavors/<id>/os-extra_specs", ["GET", "POST"])
def extra_specs(call: Call, id: str) -> Row:
    row = found(call, id)
    if call.request.method == "POST":
        call.admin("os_compute_api:os-flavor-extra-specs:create")
        row["extra_specs"].update(call.part("extra_specs"))
    return {"extra_specs": row["extra_specs"]}


@routes.route("/flavors/<id>/os-extra_specs/<key>", ["GET", "PUT", "DELETE"])
def extra_spec(call: Call, id: str, key: str) -> Row | None:
    row = found(call, id)
    if call.request.method == "PUT":
        call.admin("os_compute_api:os-flavor-extra-specs:update")
        row["extra_specs"][key] = call.body[key]
    if key not in row["extra_specs"]:
        raise Refused(404, f"Flavor {id} has no extra specs with key {key}.")
    if call.request.method == "DELETE":
        call.admin("os_compute_api:os-flavor-extra-specs:delete")
        del row["extra_specs"][key]
        return None
    return {key: row["extra_specs"][key]}


def access_view(row: Row) -> Row:
    """Projects that may use a flavor."""
    return {"flavor_access": [{"flavor_id": row["id"], "tenant_id": project} for project in row["_projects"]]}


@routes.get("/flavors/<id>/os-flavor-access")
def access(call: Call, id: str) -> Row:
    call.admin("os_compute_api:os-flavor-access")
    row = found(call, id)
    if row["is_public"]:
        raise Refused(404, "Access list not available for public flavors.")
    return access_view(row)


@routes.post("/flavors/<id>/action")
def action(call: Call, id: str) -> Row:
    call.admin("os_compute_api:os-flavor-access:add_tenant_access")
    row = found(call, id)
    name, asked = next(iter(call.body.items()))
    project = asked["tenant"]
    if name == "addTenantAccess":
        # taking access away asks for no project: one that is gone keeps its row until then
        if project not in call.world.projects:
            raise Refused(400, f"Project ID {project} is not a valid project.")
        if row["is_public"] and call.version >= (2, 7):
            raise Refused(409, "Can not add access to a public flavor.")
        if project in row["_projects"]:
            raise Refused(409, f"Flavor access already exists for flavor {id} and project {project} combination.")
        row["_projects"].append(project)
    elif project in row["_projects"]:
        row["_projects"].remove(project)
    else:
        raise Refused(404, f"Flavor access not found for {id} / {project} combination.")
    return access_view(row)
