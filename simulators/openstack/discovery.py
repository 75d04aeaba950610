"""The documents by which clients find versions."""

from werkzeug import Response

from simulators.common import json_response
from simulators.openstack.call import VERSIONS, Call, Routes
from simulators.openstack.store import Row

routes = Routes("")
UPDATED = "2022-10-05T00:00:00Z"


def link(href: str) -> list[Row]:
    """The one link that clients follow."""
    return [{"rel": "self", "href": href}]


def text(version: tuple[int, int]) -> str:
    """A pair as `2.93`."""
    return f"{version[0]}.{version[1]}"


def identity_version(call: Call) -> Row:
    """Keystone's only version."""
    return {
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": link(f"{call.root}/identity/v3/"),
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    }


@routes.get("/identity", public=True)
def identity(call: Call) -> Response:
    return json_response({"versions": {"values": [identity_version(call)]}}, 300)


@routes.get("/identity/v3", public=True)
def identity_v3(call: Call) -> Row:
    return {"version": identity_version(call)}


def ranged(call: Call, service: str, id: str, path: str) -> Row:
    """A version with its range of microversions."""
    lowest, highest, _ = VERSIONS[service]
    return {
        "id": id,
        "status": "CURRENT",
        "version": text(highest),
        "min_version": text(lowest),
        "updated": UPDATED,
        "links": link(call.root + path),
    }


@routes.get("/compute", public=True)
def compute(call: Call) -> Row:
    return {"versions": [ranged(call, "compute", "v2.1", "/compute/v2.1/")]}


@routes.get("/compute/v2.1", public=True)
def compute_v21(call: Call) -> Row:
    return {"version": ranged(call, "compute", "v2.1", "/compute/v2.1/")}


@routes.get("/volume", public=True)
def volume(call: Call) -> Response:
    return json_response({"versions": [ranged(call, "volume", "v3.0", "/volume/v3/")]}, 300)


@routes.get("/volume/v3", public=True)
def volume_v3(call: Call) -> Row:
    return {"versions": [ranged(call, "volume", "v3.0", "/volume/v3/")]}


@routes.get("/placement", public=True)
def placement(call: Call) -> Row:
    lowest, highest, _ = VERSIONS["placement"]
    version = {"id": "v1.0", "status": "CURRENT", "min_version": text(lowest), "max_version": text(highest)}
    return {"versions": [version | {"links": link("")}]}


@routes.get("/network", public=True)
def network(call: Call) -> Row:
    return {"versions": [{"id": "v2.0", "status": "CURRENT", "links": link(f"{call.root}/network/v2.0/")}]}


@routes.get("/network/v2.0")
def network_v2(call: Call) -> Row:
    return {"resources": []}


@routes.get("/image", public=True)
def image(call: Call) -> Response:
    return json_response({"versions": image_versions(call)}, 300)


@routes.get("/image/versions", public=True)
def image_again(call: Call) -> Row:
    return {"versions": image_versions(call)}


def image_versions(call: Call) -> list[Row]:
    """Glance names each minor version."""
    home = link(f"{call.root}/image/v2/")
    older = [{"id": f"v2.{minor}", "status": "SUPPORTED", "links": home} for minor in (13, 9, 7, 5, 4, 3, 2, 1, 0)]
    return [{"id": "v2.15", "status": "CURRENT", "links": home}, *older]
