"""What changes of an image: properties, tags, whether it may be used."""

from typing import Any

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.glance.images import found, own, routes, shown
from simulators.openstack.store import Row, stamp

FIXED = ("id", "status", "size", "checksum", "created_at", "updated_at", "owner_id")
BASE = (
    "name",
    "visibility",
    "protected",
    "tags",
    "min_disk",
    "min_ram",
    "container_format",
    "disk_format",
    "os_hidden",
)


def apply(row: Row, operation: Row) -> None:
    """One operation of a JSON patch. Raises 400, 403, 409."""
    name = operation["path"].lstrip("/").replace("~1", "/").replace("~0", "~")
    if name in FIXED:
        raise Refused(403, f"Attribute '{name}' is read-only.")
    if operation["op"] == "remove":
        if name in BASE or name not in row:
            raise Refused(403, f"Property {name} may not be removed.")
        del row[name]
        return
    if operation["op"] == "replace" and name not in row:
        raise Refused(409, f"Property {name} does not exist.")
    row[name] = operation["value"]


@routes.patch("/images/<id>")
def change(call: Call, id: str) -> Row:
    row = own(call, id, "modify_image")
    operations: Any = call.request.get_json(silent=True, force=True)
    if not isinstance(operations, list):
        raise Refused(400, "Request body must be a JSON array of operation objects.")
    for operation in operations:
        if operation.get("path") == "/visibility" and operation.get("value") == "public":
            call.admin("publicize_image")
        apply(row, operation)
    row["updated_at"] = stamp(call.now)
    return shown(row)


@routes.route("/images/<id>/tags/<tag>", ["PUT", "DELETE"])
def tag(call: Call, id: str, tag: str) -> None:
    row = own(call, id, "modify_image")
    if call.request.method == "PUT":
        row["tags"] = sorted({*row["tags"], tag})
    elif tag in row["tags"]:
        row["tags"].remove(tag)
    else:
        raise Refused(404, f"{tag} not found")


@routes.post("/images/<id>/actions/deactivate")
def deactivate(call: Call, id: str) -> None:
    own(call, id, "deactivate")["status"] = "deactivated"


@routes.post("/images/<id>/actions/reactivate")
def reactivate(call: Call, id: str) -> None:
    own(call, id, "reactivate")["status"] = "active"


@routes.get("/images/<id>/members")
def members(call: Call, id: str) -> Row:
    found(call, id)
    return {"members": [], "schema": "/v2/schemas/members"}


@routes.get("/info/import")
def imports(call: Call) -> Row:
    return {"import-methods": {"description": "Import methods available.", "type": "array", "value": []}}
