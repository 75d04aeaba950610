"""Which addresses are given out."""

import ipaddress

from simulators.openstack.errors import Refused
from simulators.openstack.store import Row, World


def taken(world: World, network_id: str, address: str) -> bool:
    """Whether a port of the network has the address."""
    ports = world.ports.where(network_id=network_id)
    return any(ip["ip_address"] == address for port in ports for ip in port["fixed_ips"])


def next_of(subnet: Row) -> str | None:
    """The next address of the pool never given out, else one given back."""
    skip = subnet["_next"]
    for pool in subnet["allocation_pools"]:
        first, last = (int(ipaddress.ip_address(pool[name])) for name in ("start", "end"))
        if first + skip <= last:
            subnet["_next"] += 1
            return str(ipaddress.ip_address(first + skip))
        skip -= last - first + 1
    return subnet["_free"].pop(0) if subnet["_free"] else None


def free(world: World, network: Row, subnets: list[Row]) -> Row:
    """An address of one of the subnets. Raises 409 where all are given out."""
    for subnet in subnets:
        while (address := next_of(subnet)) is not None:
            # an address may have been taken by name before the count came to it
            if address not in subnet.get("_named", []) or not taken(world, network["id"], address):
                return {"subnet_id": subnet["id"], "ip_address": address}
    message = f"No more IP addresses available on network {network['id']}."
    raise Refused(409, message, "IpAddressGenerationFailure")


def named(world: World, network: Row, subnets: list[Row], address: str) -> Row:
    """That very address. Raises 409 where it is taken, 400 where no subnet has it."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        raise Refused(400, f"'{address}' is not a valid IP address.", "HTTPBadRequest") from None
    for subnet in subnets:
        if ip in ipaddress.ip_network(subnet["cidr"]):
            if taken(world, network["id"], address):
                text = f"Unable to complete operation for network {network['id']}. The IP address {address} is in use."
                raise Refused(409, text, "IpAddressInUse")
            subnet.setdefault("_named", []).append(address)
            return {"subnet_id": subnet["id"], "ip_address": address}
    text = f"IP address {address} is not a valid IP for any of the subnets on the specified network."
    raise Refused(400, text, "InvalidIpForNetwork")


def give_back(world: World, port: Row) -> None:
    """The addresses of a port can be given out again."""
    for ip in port["fixed_ips"]:
        if subnet := world.subnets.get(ip["subnet_id"]):
            subnet["_free"].append(ip["ip_address"])
