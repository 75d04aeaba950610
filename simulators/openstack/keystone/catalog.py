"""The service catalog: all services on one port, under prefixes."""

from functools import cache
from uuid import NAMESPACE_URL, uuid5

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.keystone.common import listed, routes
from simulators.openstack.store import Row

REGION = "RegionOne"
SERVICES: dict[str, tuple[str, str]] = {  # by type: name and path
    "identity": ("keystone", "/identity"),
    "compute": ("nova", "/compute/v2.1"),
    "network": ("neutron", "/network"),
    "image": ("glance", "/image"),
    "block-storage": ("cinder", "/volume/v3/{project}"),
    "volumev3": ("cinderv3", "/volume/v3/{project}"),
    "placement": ("placement", "/placement"),
}


@cache
def fixed(name: str) -> str:
    """An id that is the same at each start."""
    return uuid5(NAMESPACE_URL, f"simulated:{name}").hex


def endpoints(root: str, kind: str, project_id: str) -> list[Row]:
    """The three interfaces of a service, all alike here."""
    url = root + SERVICES[kind][1].format(project=project_id)
    return [
        {
            "id": fixed(f"{kind}/{interface}"),
            "interface": interface,
            "region": REGION,
            "region_id": REGION,
            "url": url,
        }
        for interface in ("public", "internal", "admin")
    ]


def entries(root: str, project_id: str) -> list[Row]:
    """The catalog as a token of that project carries it."""
    return [
        {"id": fixed(kind), "type": kind, "name": name, "endpoints": endpoints(root, kind, project_id)}
        for kind, (name, _) in SERVICES.items()
    ]


def service_row(kind: str) -> Row:
    return {"id": fixed(kind), "type": kind, "name": SERVICES[kind][0], "enabled": True, "description": ""}


@routes.get("/services")
def services(call: Call) -> Row:
    rows = [
        service_row(kind)
        for kind, (name, _) in SERVICES.items()
        if call.args.get("type", kind) == kind and call.args.get("name", name) == name
    ]
    return listed(call, "services", rows)


@routes.get("/services/<id>")
def service(call: Call, id: str) -> Row:
    for kind in SERVICES:
        if id == fixed(kind):
            return {"service": service_row(kind)}
    raise Refused(404, f"Could not find service: {id}.")


@routes.get("/endpoints")
def all_endpoints(call: Call) -> Row:
    rows = [
        row | {"service_id": fixed(kind), "enabled": True}
        for kind in SERVICES
        for row in endpoints(call.root, kind, "$(project_id)s")
        if call.args.get("service_id", fixed(kind)) == fixed(kind)
        and call.args.get("interface", row["interface"]) == row["interface"]
    ]
    return listed(call, "endpoints", rows)


@routes.get("/regions")
def regions(call: Call) -> Row:
    return listed(call, "regions", [{"id": REGION, "description": "", "parent_region_id": None}])


@routes.get("/regions/<id>")
def region(call: Call, id: str) -> Row:
    return {"region": {"id": id, "description": "", "parent_region_id": None}}
