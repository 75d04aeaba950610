"""Ports."""

import secrets
from typing import Any

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.neutron import addresses, groups, quotas
from simulators.openstack.neutron.networks import NETWORK
from simulators.openstack.neutron.resource import Kind, serve, standard
from simulators.openstack.store import Row, World, stamp


def fixed_ips(world: World, network: Row, asked: list[Row] | None) -> list[Row]:
    """Addresses for a port: those asked for, else one of each IP version there is."""
    subnets = [world.subnets[id] for id in network["subnets"]]
    if asked is None:
        versions = sorted({subnet["ip_version"] for subnet in subnets})
        return [addresses.free(world, network, [s for s in subnets if s["ip_version"] == v]) for v in versions]
    ips = []
    for one in asked:
        some = [subnet for subnet in subnets if one.get("subnet_id") in (None, subnet["id"])]
        if one.get("subnet_id") and not some:
            raise Refused(404, f"Subnet {one['subnet_id']} could not be found.", "SubnetNotFound")
        address = one.get("ip_address")
        ips.append(addresses.named(world, network, some, address) if address else addresses.free(world, network, some))
    return ips


def add(world: World, now: float, network: Row, base: Row, asked: Row) -> Row:
    """Keep a port with its addresses; also nova's and the routers' way in."""
    project = base["project_id"]
    security = asked.get("security_groups")
    if security is None:
        security = [groups.default(world, project, now)["id"]] if project and network["port_security_enabled"] else []
    mac = ":".join(f"{byte:02x}" for byte in b"\xfa\x16\x3e" + secrets.token_bytes(3))
    return world.ports.add(
        base
        | {
            "network_id": network["id"],
            "admin_state_up": asked.get("admin_state_up", True),
            "status": asked.get("status", "DOWN"),
            "mac_address": asked.get("mac_address") or mac,
            "fixed_ips": fixed_ips(world, network, asked.get("fixed_ips")),
            "device_id": asked.get("device_id") or "",
            "device_owner": asked.get("device_owner") or "",
            "security_groups": security,
            "allowed_address_pairs": asked.get("allowed_address_pairs") or [],
            "extra_dhcp_opts": [],
            "port_security_enabled": network["port_security_enabled"],
            "binding:vnic_type": asked.get("binding:vnic_type") or "normal",
            "binding:host_id": asked.get("binding:host_id") or "",
            "binding:vif_type": "unbound",
            "binding:vif_details": {},
            "binding:profile": {},
            "propagate_uplink_status": True,
        }
    )


def base(project: str, now: float, **more: Any) -> Row:
    """The standard fields for a port that another service makes."""
    when = stamp(now)
    begin = {"name": "", "description": "", "project_id": project, "tags": [], "revision_number": 1}
    return begin | {"created_at": when, "updated_at": when} | more


def make(call: Call, asked: Row) -> Row:
    """A port of a user."""
    network = NETWORK.find(call, asked.get("network_id") or "")
    row = standard(call, asked)
    quotas.check(call.world, row["project_id"], "port")
    for group in asked.get("security_groups") or []:
        groups.GROUP.find(call, group)
    return add(call.world, call.now, network, row, asked)


def change(call: Call, row: Row, asked: Row) -> None:
    """Addresses, groups and names of a port."""
    names = ("name", "description", "admin_state_up", "security_groups", "allowed_address_pairs")
    network = call.world.networks[row["network_id"]]
    if "fixed_ips" in asked:
        kept = [ip for ip in row["fixed_ips"] if ip in asked["fixed_ips"]]
        more = [ip for ip in asked["fixed_ips"] if ip not in row["fixed_ips"]]
        row["fixed_ips"] = kept + fixed_ips(call.world, network, more)
    for group in asked.get("security_groups") or []:
        groups.GROUP.find(call, group)
    row.update({name: value for name, value in asked.items() if name in (*names, "device_id", "device_owner")})


def remove(world: World, row: Row) -> None:
    """The port is gone, its floating address points nowhere."""
    addresses.give_back(world, row)
    world.ports.remove(row["id"])
    for id in row.get("_floating", []):
        floating = world.floatingips[id]
        floating |= {
            "port_id": None,
            "fixed_ip_address": None,
            "router_id": None,
            "status": "DOWN",
            "port_details": None,
        }
    if server := world.servers.get(row["device_id"]):
        server["_ports"] = [id for id in server["_ports"] if id != row["id"]]


def drop(call: Call, row: Row) -> None:
    """Raises 409 for a router's own port."""
    if row["device_owner"].startswith("network:router"):
        text = f"Port {row['id']} cannot be deleted directly via the port API: has device owner {row['device_owner']}."
        raise Refused(409, text, "ServicePortInUse")
    remove(call.world, row)


PORT = Kind("ports", "port", ("PortNotFound", "Port {} could not be found."), make, change, drop)
serve(PORT)
