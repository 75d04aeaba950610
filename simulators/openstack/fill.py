"""Many ready servers and volumes at once, for benchmarks."""

from collections.abc import Iterator
from ipaddress import ip_network
from itertools import cycle
from typing import Any
from uuid import uuid4

from simulators.openstack.call import Call
from simulators.openstack.cinder import volumes
from simulators.openstack.control import routes
from simulators.openstack.errors import Refused
from simulators.openstack.neutron import ports
from simulators.openstack.nova.create import blank
from simulators.openstack.store import Row

__all__ = ["fill", "routes"]
RANGE = ip_network("198.18.0.0/15")  # for benchmarks (RFC 2544)


@routes.post("/fill", public=True)
def fill(call: Call) -> Row:
    """Past quotas and hosts' limits: `servers`, `volumes` and `addresses` (floating IPs) say how many.

    `projects` are the ids they belong to in turn (the admin's by default), `flavor` is a name, `name` and the values
    of `metadata` may hold `{n}`, the number; `ports` false leaves the servers without.
    """
    asked = call.body
    try:
        asked |= {kind: int(asked.get(kind, 0)) for kind in ("servers", "volumes", "addresses")}
    except (TypeError, ValueError):
        raise Refused(400, "servers, volumes and addresses are numbers") from None
    fill_servers(call, asked)
    fill_volumes(call, asked)
    fill_addresses(call, asked)
    return {kind: len(call.world.tables[kind]) for kind in ("servers", "volumes", "ports", "floatingips")}


def owners(call: Call, asked: Row) -> Iterator[str]:
    """The projects in turn."""
    admin = call.world.projects.one(name="admin")
    given = asked.get("projects") or [asked.get("project_id") or (admin or {}).get("id")]
    return cycle([str(one) for one in given])


def labels(asked: Row, number: int) -> dict[str, Any]:
    """Name and metadata of one of them."""
    metadata = {key: str(value).replace("{n}", str(number)) for key, value in (asked.get("metadata") or {}).items()}
    return {"name": str(asked.get("name", "filled-{n}")).replace("{n}", str(number)), "metadata": metadata}


def fill_servers(call: Call, asked: Row) -> None:
    """Servers that run, spread over all hosts, each with a port on the shared network."""
    world = call.world
    flavor = world.flavors.one(name=asked.get("flavor", "p8.small"))
    if flavor is None:
        raise Refused(400, "No such flavor")
    kept = {name: flavor[name] for name in ("id", "vcpus", "ram", "disk", "ephemeral", "swap", "extra_specs")}
    image, user = next(iter(world.images))["id"], next(iter(world.users))["id"]
    hosts, projects = cycle(row["name"] for row in world.hosts), owners(call, asked)
    for number in range(asked["servers"]):
        row = blank({}, next(projects), user, call.now) | labels(asked, number)
        row |= {"status": "ACTIVE", "vm_state": "active", "task_state": None, "power_state": 1, "launched": call.now}
        row |= {"flavor": kept | {"original_name": flavor["name"]}, "image_id": image, "host": next(hosts)}
        row |= {"hostname": row["name"], "key_name": None, "group": None, "_groups": []}
        plug(call, world.servers.add(row), asked)


def plug(call: Call, server: Row, asked: Row) -> None:
    """A port for a server."""
    shared = call.world.networks.one(name="shared")
    if shared is None or not asked.get("ports", True):
        return
    wanted = {"device_id": server["id"], "device_owner": "compute:nova", "status": "ACTIVE"}
    port = ports.add(call.world, call.now, shared, ports.base(server["project_id"], call.now), wanted)
    port |= {"binding:host_id": server["host"], "_nova": True}
    server["_ports"].append(port["id"])


def fill_volumes(call: Call, asked: Row) -> None:
    """Volumes of 10 GiB that are available."""
    kind, user = next(iter(call.world.volume_types)), next(iter(call.world.users))["id"]
    projects = owners(call, asked)
    for number in range(asked["volumes"]):
        row = volumes.blank(project=next(projects), user=user, size=10, kind=kind, now=call.now)
        row |= {"id": str(uuid4()), "status": "available", "updated": call.now}
        call.world.volumes.add(row | labels(asked, number) | {"host": "control@ceph#ceph"})


def fill_addresses(call: Call, asked: Row) -> None:
    """Floating IPs that point nowhere, from a range that the outside network does not have."""
    outside = next(row for row in call.world.networks if row["router:external"])
    projects = owners(call, asked)
    for number in range(asked["addresses"]):
        row = ports.base(next(projects), call.now, **labels(asked, number))
        row |= {"floating_network_id": outside["id"], "floating_ip_address": str(RANGE[number]), "status": "DOWN"}
        row |= {"port_id": None, "fixed_ip_address": None, "router_id": None, "port_details": None}
        call.world.floatingips.add(row)
