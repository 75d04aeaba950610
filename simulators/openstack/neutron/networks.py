"""Networks and subnets."""

import ipaddress

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.neutron import quotas
from simulators.openstack.neutron.resource import Kind, serve, standard, touched
from simulators.openstack.store import Row, World


def visible(call: Call, row: Row) -> bool:
    """Own networks, shared ones and those to the outside."""
    return call.owns(row) or row["shared"] or row["router:external"]


def make_network(call: Call, asked: Row) -> Row:
    """A network; sharing it, or leading it outside, is the admin's."""
    if asked.get("shared") or asked.get("router:external") or asked.get("provider:network_type"):
        call.admin("(rule:create_network and rule:create_network:shared)")
    row = standard(call, asked)
    quotas.check(call.world, row["project_id"], "network")
    return call.world.networks.add(
        row
        | {
            "admin_state_up": asked.get("admin_state_up", True),
            "status": "ACTIVE",
            "subnets": [],
            "shared": bool(asked.get("shared", False)),
            "router:external": bool(asked.get("router:external", False)),
            "port_security_enabled": asked.get("port_security_enabled", True),
            "mtu": asked.get("mtu") or 1442,
            "availability_zones": [],
            "availability_zone_hints": [],
            "ipv4_address_scope": None,
            "ipv6_address_scope": None,
            "provider:network_type": asked.get("provider:network_type") or "geneve",
            "provider:physical_network": asked.get("provider:physical_network"),
            "provider:segmentation_id": asked.get("provider:segmentation_id", call.world.networks.last + 1),
        }
    )


def change_network(call: Call, row: Row, asked: Row) -> None:
    """Name, description and the like."""
    names = ("name", "description", "admin_state_up", "shared", "router:external", "mtu", "port_security_enabled")
    row.update({name: value for name, value in asked.items() if name in names})


def ports_of(world: World, **where: str) -> list[str]:
    """Ids of ports, dhcp's left aside."""
    return [row["id"] for row in world.ports.where(**where)]


def drop_network(call: Call, row: Row) -> None:
    """Raises 409 while it has ports."""
    if ports := ports_of(call.world, network_id=row["id"]):
        text = (
            f"Unable to complete operation on network {row['id']}. There are one or more ports still in use "
            f"on the network, id for these ports: {', '.join(ports[:3])}."
        )
        raise Refused(409, text, "NetworkInUse")
    for subnet in row["subnets"]:
        call.world.subnets.remove(subnet)
    call.world.networks.remove(row["id"])


NETWORK = Kind(
    "networks",
    "network",
    ("NetworkNotFound", "Network {} could not be found."),
    make_network,
    change_network,
    drop_network,
    visible,
)


def net_of(asked: Row) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """The subnet's address range. Raises 400."""
    try:
        return ipaddress.ip_network(asked.get("cidr") or "", strict=False)
    except ValueError:
        message = f"Invalid input for cidr. Reason: '{asked.get('cidr')}' is not a valid IP subnet."
        raise Refused(400, message, "HTTPBadRequest") from None


def no_overlap(call: Call, network: Row, net: ipaddress.IPv4Network | ipaddress.IPv6Network) -> None:
    """Raises 400 for a range that another subnet of the network has."""
    for id in network["subnets"]:
        other = ipaddress.ip_network(call.world.subnets[id]["cidr"])
        if other.version == net.version and other.overlaps(net):
            message = (
                f"Invalid input for operation: Requested subnet with cidr: {net} for network: {network['id']} "
                "overlaps with another subnet."
            )
            raise Refused(400, message, "InvalidInput")


def make_subnet(call: Call, asked: Row) -> Row:
    """A subnet whose pool is all of its range but the gateway."""
    network = NETWORK.find(call, asked.get("network_id") or "")
    net = net_of(asked)
    no_overlap(call, network, net)
    row = standard(call, asked)
    quotas.check(call.world, row["project_id"], "subnet")
    gateway = asked.get("gateway_ip", str(net[1]))
    first = int(net[1]) + (1 if gateway == str(net[1]) else 0)
    start, end = ipaddress.ip_address(first), net[-2] if net.version == 4 else net[-1]
    row = call.world.subnets.add(
        row
        | {
            "network_id": network["id"],
            "ip_version": net.version,
            "cidr": str(net),
            "gateway_ip": gateway,
            "enable_dhcp": asked.get("enable_dhcp", True),
            "allocation_pools": asked.get("allocation_pools") or [{"start": str(start), "end": str(end)}],
            "dns_nameservers": asked.get("dns_nameservers") or [],
            "host_routes": asked.get("host_routes") or [],
            "ipv6_address_mode": asked.get("ipv6_address_mode"),
            "ipv6_ra_mode": asked.get("ipv6_ra_mode"),
            "subnetpool_id": None,
            "service_types": [],
            "segment_id": None,
            "_next": 0,
            "_free": [],
        }
    )
    network["subnets"].append(row["id"])
    touched(call, network)
    return row


def change_subnet(call: Call, row: Row, asked: Row) -> None:
    """All but its range."""
    names = ("name", "description", "enable_dhcp", "gateway_ip", "dns_nameservers", "host_routes", "allocation_pools")
    row.update({name: value for name, value in asked.items() if name in names})


def drop_subnet(call: Call, row: Row) -> None:
    """Raises 409 while an address of it is in use."""
    if any(ip["subnet_id"] == row["id"] for port in call.world.ports for ip in port["fixed_ips"]):
        why = "One or more ports have an IP allocation from this subnet."
        raise Refused(409, f"Unable to complete operation on subnet {row['id']}: {why}", "SubnetInUse")
    call.world.subnets.remove(row["id"])
    call.world.networks[row["network_id"]]["subnets"].remove(row["id"])


def subnet_visible(call: Call, row: Row) -> bool:
    """As its network; but outsiders do not see the subnets that lead outside."""
    network = call.world.networks[row["network_id"]]
    return call.owns(row) or call.owns(network) or network["shared"]


SUBNET = Kind(
    "subnets",
    "subnet",
    ("SubnetNotFound", "Subnet {} could not be found."),
    make_subnet,
    change_subnet,
    drop_subnet,
    subnet_visible,
)
serve(NETWORK)
serve(SUBNET)
