"""Ports of a server, added and taken away while it runs."""

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.neutron import ports
from simulators.openstack.nova.actions import ACTIONS
from simulators.openstack.nova.common import routes, server_of, touched
from simulators.openstack.nova.wiring import wish
from simulators.openstack.store import Row

BASE = "/servers/<id>/os-interface"


def shown(port: Row) -> Row:
    """A port as nova shows it."""
    return {
        "port_state": port["status"],
        "fixed_ips": port["fixed_ips"],
        "mac_addr": port["mac_address"],
        "net_id": port["network_id"],
        "port_id": port["id"],
    }


@routes.get(BASE)
def listing(call: Call, id: str) -> Row:
    rows = [call.world.ports[one] for one in server_of(call, id)["_ports"]]
    return {"interfaceAttachments": [shown(row) for row in rows]}


@routes.get(BASE + "/<port>")
def show(call: Call, id: str, port: str) -> Row:
    if port not in server_of(call, id)["_ports"]:
        raise Refused(404, f"Instance {id} does not have a port with id {port}")
    return {"interfaceAttachment": shown(call.world.ports[port])}


@routes.post(BASE)
def attach(call: Call, id: str) -> Row:
    server = server_of(call, id)
    asked = call.body.get("interfaceAttachment") or {}
    wanted = wish(call, {"port": asked.get("port_id"), "uuid": asked.get("net_id")})
    port = call.world.ports.get(wanted.get("port"))
    if port is None:
        base = ports.base(server["project_id"], call.now)
        port = ports.add(call.world, call.now, call.world.networks[wanted["network"]], base, {})
        port["_nova"] = True
    port |= {"device_id": id, "device_owner": "compute:nova", "binding:host_id": server["host"], "status": "ACTIVE"}
    server["_ports"].append(port["id"])
    touched(server, call.now)
    return {"interfaceAttachment": shown(port)}


@routes.delete(BASE + "/<port>")
def detach(call: Call, id: str, port: str) -> tuple[None, int]:
    server = server_of(call, id)
    if port not in server["_ports"]:
        raise Refused(404, f"Instance {id} does not have a port with id {port}")
    row = call.world.ports[port]
    if row.get("_nova"):
        ports.remove(call.world, row)
    else:
        server["_ports"].remove(port)
        row |= {"device_id": "", "device_owner": "", "status": "DOWN"}
    touched(server, call.now)
    return None, 202


def group_of(call: Call, server: Row, asked: Row) -> str:
    """The id of a group of the server's project. Raises 404."""
    row = call.world.security_groups.get(asked.get("name"))
    row = row or call.world.security_groups.one(name=asked.get("name"), project_id=server["project_id"])
    if row is None:
        raise Refused(404, f"Security group {asked.get('name')} not found for project {server['project_id']}.")
    return str(row["id"])


def add_group(call: Call, server: Row, asked: Row) -> None:
    """On all its ports."""
    group = group_of(call, server, asked)
    for id in server["_ports"]:
        port = call.world.ports[id]
        port["security_groups"] = [*(one for one in port["security_groups"] if one != group), group]


def remove_group(call: Call, server: Row, asked: Row) -> None:
    """Off all its ports."""
    group = group_of(call, server, asked)
    for id in server["_ports"]:
        port = call.world.ports[id]
        port["security_groups"] = [one for one in port["security_groups"] if one != group]


ACTIONS.update({"addSecurityGroup": add_group, "removeSecurityGroup": remove_group})


@routes.get("/servers/<id>/os-security-groups")
def groups(call: Call, id: str) -> Row:
    server = server_of(call, id)
    ids = {one for port in server["_ports"] for one in call.world.ports[port]["security_groups"]}
    names = ("id", "name", "description")
    rows = [call.world.security_groups[one] for one in ids]
    return {
        "security_groups": [{n: row[n] for n in names} | {"tenant_id": row["project_id"], "rules": []} for row in rows]
    }
