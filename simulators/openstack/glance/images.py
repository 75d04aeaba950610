"""Images: list, show, create, upload, delete."""

import hashlib
from urllib.parse import urlencode

from werkzeug import Response

from simulators.openstack.call import Call, Routes
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row, World, stamp

routes = Routes("/image/v2")
VISIBILITIES = ("public", "private", "shared", "community")
NOT_FILTERS = {
    "limit",
    "marker",
    "sort_key",
    "sort_dir",
    "sort",
    "tag",
    "visibility",
    "size_min",
    "size_max",
    "os_hidden",
    "member_status",
}


def visible(call: Call, row: Row) -> bool:
    """Own images and those for all."""
    return call.who.admin or row["owner"] == call.who.project_id or row["visibility"] in ("public", "community")


def found(call: Call, id: str) -> Row:
    """An image the caller may see. Raises 404."""
    row = call.world.images.get(id)
    if row is None or not visible(call, row):
        raise Refused(404, f"No image found with ID {id}")
    return row


def own(call: Call, id: str, action: str) -> Row:
    """An image the caller may change. Raises 404, 403."""
    row = found(call, id)
    if not call.who.admin and row["owner"] != call.who.project_id:
        raise Refused(403, f"You are not authorized to complete {action} action.")
    return row


def shown(row: Row) -> Row:
    """An image as glance shows it: its properties beside its fields."""
    view = {name: value for name, value in row.items() if name[0] != "_"}
    path = f"/v2/images/{row['id']}"
    return view | {"self": path, "file": f"{path}/file", "schema": "/v2/schemas/image"}


def wanted(call: Call, row: Row) -> bool:
    """Whether an image passes the query's filters."""
    if "visibility" in call.args and call.args["visibility"] not in ("all", row["visibility"]):
        return False
    if call.args.get("visibility") is None and row["visibility"] == "community" and row["owner"] != call.who.project_id:
        return False
    if row.get("os_hidden") and "os_hidden" not in call.args:
        return False
    if not set(call.args.getlist("tag")) <= set(row["tags"]):
        return False
    for name, asked in call.args.items():
        if name in NOT_FILTERS:
            continue
        values = asked[3:].split(",") if asked.startswith("in:") else [asked]
        have = row.get(name)
        if (str(have).lower() if isinstance(have, bool) else str(have)) not in values:
            return False
    return True


@routes.get("/images")
def images(call: Call) -> Row:
    limit = min(call.args.get("limit", 25, type=int), 1000)
    marker = call.args.get("marker")
    try:
        rows = call.world.images.after(marker, newest_first=True)
    except KeyError:
        raise Refused(404, f"No image found with ID {marker}") from None
    page: list[Row] = []
    more = False
    for row in rows:
        if visible(call, row) and wanted(call, row):
            if len(page) == limit:
                more = True
                break
            page.append(shown(row))
    body: Row = {"images": page, "first": "/v2/images", "schema": "/v2/schemas/images"}
    if more and page:
        query = {name: value for name, value in call.args.items() if name != "marker"}
        body["next"] = "/v2/images?" + urlencode(query | {"marker": page[-1]["id"]})
    return body


@routes.get("/images/<id>")
def image(call: Call, id: str) -> Row:
    return shown(found(call, id))


def make(world: World, now: float, owner: str, asked: Row) -> Row:
    """Keep an image without data yet."""
    when = stamp(now)
    row: Row = {
        "name": None,
        "status": "queued",
        "visibility": "shared",
        "protected": False,
        "os_hidden": False,
        "owner": owner,
        "min_disk": 0,
        "min_ram": 0,
        "tags": [],
        "container_format": None,
        "disk_format": None,
        "size": None,
        "virtual_size": None,
        "checksum": None,
        "os_hash_algo": None,
        "os_hash_value": None,
        "created_at": when,
        "updated_at": when,
    }
    return world.images.add(row | asked)


@routes.post("/images")
def create(call: Call) -> tuple[Row, int]:
    asked = call.body
    if asked.get("visibility", "shared") not in VISIBILITIES:
        raise Refused(400, "Provided object does not match schema 'image': visibility")
    if asked.get("visibility") == "public":
        call.admin("publicize_image")
    if asked.get("id") in call.world.images:
        raise Refused(409, f"Image ID {asked['id']} already exists!")
    return shown(make(call.world, call.now, asked.pop("owner", None) or call.project_id, asked)), 201


def fill(row: Row, data: bytes, now: float) -> None:
    """The image has its data; only the sums of them are kept."""
    row |= {
        "status": "active",
        "size": len(data),
        "virtual_size": len(data) if row["disk_format"] == "raw" else None,
        "checksum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "os_hash_algo": "sha512",
        "os_hash_value": hashlib.sha512(data).hexdigest(),
        "updated_at": stamp(now),
    }


@routes.put("/images/<id>/file")
def upload(call: Call, id: str) -> None:
    row = own(call, id, "upload_image")
    if row["status"] != "queued":
        raise Refused(409, f"Image status transition from {row['status']} to saving is not allowed")
    if not row["container_format"] or not row["disk_format"]:
        raise Refused(400, "Properties disk_format, container_format must be set prior to saving data.")
    fill(row, call.request.get_data(), call.now)


@routes.get("/images/<id>/file")
def download(call: Call, id: str) -> Response:
    row = found(call, id)
    return Response(b"\0" * min(row["size"] or 0, 1024 * 1024), 200, content_type="application/octet-stream")


@routes.delete("/images/<id>")
def delete(call: Call, id: str) -> None:
    if id not in call.world.images:
        raise Refused(404, f"Failed to find image {id} to delete")
    row = own(call, id, "delete_image")
    if row["protected"]:
        raise Refused(403, f"Image {id} is protected and cannot be deleted.")
    call.world.images.remove(id)
