"""Networks and security groups that a create call asks for."""

from typing import Any

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.neutron import groups, quotas
from simulators.openstack.neutron.networks import visible
from simulators.openstack.store import Row


def asked_networks(call: Call, asked: Any, count: int) -> list[Row]:
    """What each server will be plugged into. Raises 400, 404, 409, 403."""
    if asked == "none":
        return []
    if asked == "auto" or not asked:
        return automatic(call)
    wishes = [wish(call, one) for one in asked]
    fresh = sum("network" in one for one in wishes) * count
    limit = quotas.limits(call.world, call.project_id)["port"]
    if 0 <= limit < quotas.used(call.world, call.project_id, "port") + fresh:
        raise Refused(403, "Maximum number of ports exceeded")
    return wishes


def automatic(call: Call) -> list[Row]:
    """The only network there is for the project; none is no network. Raises 409 for several."""
    rows = [
        row
        for row in call.world.networks
        if (row["project_id"] == call.project_id or row["shared"]) and row["subnets"] and not row["router:external"]
    ]
    if len(rows) > 1:
        raise Refused(409, "Multiple possible networks found, use a Network ID to be more specific.")
    return [{"network": row["id"]} for row in rows]


def wish(call: Call, asked: Row) -> Row:
    """One entry of the list: a port or a network, perhaps with an address."""
    if id := asked.get("port"):
        port = call.world.ports.get(id)
        if port is None or not call.owns(port):
            raise Refused(404, f"Port id {id} could not be found.")
        if port["device_id"]:
            raise Refused(409, f"Port {id} is still in use.")
        return {"port": id}
    network = call.world.networks.get(asked.get("uuid"))
    if network is None or not visible(call, network):
        raise Refused(400, f"Network {asked.get('uuid')} could not be found.")
    if not network["subnets"]:
        raise Refused(400, f"Network {network['id']} requires a subnet in order to boot instances on.")
    if network["router:external"] and not network["shared"] and not call.who.admin:
        raise Refused(403, f"It is not allowed to create an interface on external network {network['id']}")
    return {"network": network["id"], "fixed_ip": asked.get("fixed_ip")}


def asked_groups(call: Call, asked: Row) -> list[str]:
    """Ids of the security groups named. Raises 400."""
    ids = []
    for one in asked.get("security_groups") or []:
        name = one["name"]
        if name == "default":
            ids.append(groups.default(call.world, call.project_id, call.now)["id"])
            continue
        row = call.world.security_groups.get(name) or call.world.security_groups.one(
            name=name, project_id=call.project_id
        )
        if row is None or row["project_id"] != call.project_id:
            raise Refused(400, f"Unable to find security_group with name or id '{name}'")
        ids.append(row["id"])
    return ids
