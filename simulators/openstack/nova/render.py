"""Servers as nova shows them, by microversion."""

from typing import Any

from simulators.openstack.call import Call
from simulators.openstack.nova.common import links
from simulators.openstack.nova.scheduler import host_named, hypervisor_of
from simulators.openstack.store import Row, World, stamp

PUBLIC_FLAVOR = ("vcpus", "ram", "disk", "ephemeral", "swap", "original_name", "extra_specs")
LIVE = ("ACTIVE", "BUILD", "REBUILD", "REBOOT", "HARD_REBOOT", "RESIZE", "MIGRATING")


def addresses(world: World, server: Row) -> Row:
    """Addresses by network, fixed and floating."""
    found: Row = {}
    for id in server["_ports"]:
        port = world.ports.get(id)
        network = world.networks.get(port["network_id"]) if port else None
        if port is None or network is None:
            continue
        ips = [(ip["ip_address"], "fixed") for ip in port["fixed_ips"]]
        ips += [(world.floatingips[one]["floating_ip_address"], "floating") for one in port.get("_floating", [])]
        found.setdefault(network["name"], []).extend(
            {
                "version": 6 if ":" in address else 4,
                "addr": address,
                "OS-EXT-IPS:type": kind,
                "OS-EXT-IPS-MAC:mac_addr": port["mac_address"],
            }
            for address, kind in ips
        )
    return found


def flavor_view(call: Call, server: Row) -> Row:
    """From 2.47 on the flavor as it was when the server was made."""
    flavor = server["flavor"]
    if call.version < (2, 47):
        return {"id": flavor["id"], "links": [links(call, "flavors", flavor["id"])[1]]}
    return {name: flavor[name] for name in PUBLIC_FLAVOR}


def groups(world: World, server: Row) -> list[Row]:
    """Names of the security groups on its ports."""
    names: dict[str, None] = {}
    for id in server["_ports"]:
        for group in (world.ports.get(id) or {"security_groups": []})["security_groups"]:
            if row := world.security_groups.get(group):
                names[row["name"]] = None
    return [{"name": name} for name in names]


def shown(call: Call, server: Row) -> Row:
    """A server in full."""
    world = call.world
    view = {
        "id": server["id"],
        "name": server["name"],
        "status": server["status"],
        "tenant_id": server["project_id"],
        "user_id": server["user_id"],
        "metadata": server["metadata"],
        "hostId": server["host_id"] if server["host"] else "",
        "image": {"id": server["image_id"], "links": [links(call, "images", server["image_id"])[1]]}
        if server["image_id"]
        else "",
        "flavor": flavor_view(call, server),
        "created": stamp(server["created"]),
        "updated": stamp(server["updated"]),
        "addresses": addresses(world, server),
        "accessIPv4": "",
        "accessIPv6": "",
        "links": links(call, "servers", server["id"]),
        "OS-DCF:diskConfig": "MANUAL",
        "OS-EXT-AZ:availability_zone": "nova" if server["host"] else "",
        "config_drive": server["config_drive"],
        "key_name": server["key_name"],
        "OS-SRV-USG:launched_at": stamp(server["launched"], ".000000"),
        "OS-SRV-USG:terminated_at": stamp(server["terminated"], ".000000"),
        "OS-EXT-STS:task_state": server["task_state"],
        "OS-EXT-STS:vm_state": server["vm_state"],
        "OS-EXT-STS:power_state": server["power_state"],
        "os-extended-volumes:volumes_attached": volumes(call, server),
    }
    if server["_ports"]:
        view["security_groups"] = groups(world, server)
    if server["status"] in LIVE:
        view["progress"] = 0
    if server.get("fault") and server["status"] in ("ERROR", "DELETED"):
        view["fault"] = server["fault"]
    return view | for_admin(call, server) | by_version(call, server)


def volumes(call: Call, server: Row) -> list[Row]:
    """Its attachments, from 2.3 on with whether they go with it."""
    rows = [call.world.attachments[id] for id in server["_volumes"]]
    if call.version < (2, 3):
        return [{"id": row["volume_id"]} for row in rows]
    return [{"id": row["volume_id"], "delete_on_termination": row["own"]} for row in rows]


def for_admin(call: Call, server: Row) -> Row:
    """Where it runs."""
    if not call.who.admin:
        return {}
    number = f"instance-{server.get('_n', 0):08x}"
    host = host_named(call.world, server["host"])
    view: Row = {
        "OS-EXT-SRV-ATTR:host": server["host"],
        "OS-EXT-SRV-ATTR:hypervisor_hostname": hypervisor_of(host) if host else server["host"],
        "OS-EXT-SRV-ATTR:instance_name": number,
    }
    if call.version >= (2, 3):
        view |= {
            "OS-EXT-SRV-ATTR:hostname": server["hostname"],
            "OS-EXT-SRV-ATTR:user_data": server["user_data"],
            "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda",
            "OS-EXT-SRV-ATTR:reservation_id": server["reservation"],
            "OS-EXT-SRV-ATTR:launch_index": 0,
            "OS-EXT-SRV-ATTR:kernel_id": "",
            "OS-EXT-SRV-ATTR:ramdisk_id": "",
        }
    if call.version >= (2, 16):
        view["host_status"] = host_status(call.world, server)
    return view


def host_status(world: World, server: Row) -> str:
    """UP, MAINTENANCE for a disabled host, UNKNOWN for one that is down, empty without a host."""
    host = host_named(world, server["host"])
    if host is None:
        return ""
    if host["state"] == "down":
        return "UNKNOWN"
    return "UP" if host["status"] == "enabled" else "MAINTENANCE"


def by_version(call: Call, server: Row) -> Row:
    """Fields that came later."""
    newer: tuple[tuple[int, str, Any], ...] = (
        (9, "locked", server["locked"]),
        (19, "description", server["description"]),
        (26, "tags", server["tags"]),
        (63, "trusted_image_certificates", None),
        (71, "server_groups", [server["group"]] if server.get("group") else []),
        (73, "locked_reason", server.get("locked_reason")),
        (90, "OS-EXT-SRV-ATTR:hostname", server["hostname"]),
    )
    return {name: value for minor, name, value in newer if call.version >= (2, minor)}


def brief(call: Call, server: Row) -> Row:
    """A server in a listing without details."""
    return {"id": server["id"], "name": server["name"], "links": links(call, "servers", server["id"])}
