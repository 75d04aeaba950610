"""Routers and their interfaces."""

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.neutron import ports, quotas
from simulators.openstack.neutron.networks import NETWORK, SUBNET
from simulators.openstack.neutron.resource import Kind, routes, serve, standard, touched
from simulators.openstack.store import Row, World

INTERFACE = "network:router_interface"
GATEWAY = "network:router_gateway"


def set_gateway(call: Call, row: Row, info: Row | None) -> None:
    """Lead the router to an outside network, or to none."""
    drop_gateway(call.world, row)
    if not info:
        return
    network = NETWORK.find(call, info.get("network_id") or "")
    if not network["router:external"]:
        text = f"Bad router request: Network {network['id']} is not an external network."
        raise Refused(400, text, "BadRequest")
    # the gateway's port is nobody's, as in neutron
    asked = {"device_id": row["id"], "device_owner": GATEWAY, "status": "ACTIVE"}
    port = ports.add(call.world, call.now, network, ports.base("", call.now), asked)
    row["external_gateway_info"] = {
        "network_id": network["id"],
        "enable_snat": info.get("enable_snat", True),
        "external_fixed_ips": port["fixed_ips"],
    }


def drop_gateway(world: World, row: Row) -> None:
    """Its port goes too."""
    for port in world.ports.where(device_id=row["id"], device_owner=GATEWAY):
        ports.remove(world, port)
    row["external_gateway_info"] = None


def make(call: Call, asked: Row) -> Row:
    """A router."""
    base = standard(call, asked)
    quotas.check(call.world, base["project_id"], "router")
    row = call.world.routers.add(
        base
        | {
            "admin_state_up": asked.get("admin_state_up", True),
            "status": "ACTIVE",
            "external_gateway_info": None,
            "routes": [],
            "distributed": False,
            "ha": False,
            "flavor_id": None,
            "availability_zones": [],
            "availability_zone_hints": [],
        }
    )
    set_gateway(call, row, asked.get("external_gateway_info"))
    return row


def change(call: Call, row: Row, asked: Row) -> None:
    """Name, gateway, routes."""
    if "external_gateway_info" in asked:
        set_gateway(call, row, asked["external_gateway_info"])
    row.update(
        {name: value for name, value in asked.items() if name in ("name", "description", "admin_state_up", "routes")}
    )


def drop(call: Call, row: Row) -> None:
    """Raises 409 while a subnet hangs on it."""
    if left := call.world.ports.where(device_id=row["id"], device_owner=INTERFACE):
        text = f"Router {row['id']} has ports still attached: {', '.join(port['id'] for port in left)}"
        raise Refused(409, text, "RouterInUse")
    drop_gateway(call.world, row)
    call.world.routers.remove(row["id"])


ROUTER = Kind("routers", "router", ("RouterNotFound", "Router {} could not be found"), make, change, drop)
serve(ROUTER)


def answered(router: Row, port: Row) -> Row:
    """What adding and removing an interface says."""
    subnet = port["fixed_ips"][0]["subnet_id"]
    return {
        "id": router["id"],
        "tenant_id": router["project_id"],
        "project_id": router["project_id"],
        "port_id": port["id"],
        "network_id": port["network_id"],
        "subnet_id": subnet,
        "subnet_ids": [subnet],
    }


@routes.put("/routers/<id>/add_router_interface")
def add_interface(call: Call, id: str) -> Row:
    router = ROUTER.find(call, id)
    body = call.body
    if body.get("port_id"):
        port = ports.PORT.find(call, body["port_id"])
        port |= {"device_id": id, "device_owner": INTERFACE, "status": "ACTIVE"}
        return answered(router, port)
    subnet = SUBNET.find(call, body.get("subnet_id") or "")
    if any(
        ip["subnet_id"] == subnet["id"] for port in call.world.ports.where(device_id=id) for ip in port["fixed_ips"]
    ):
        text = f"Bad router request: Router already has a port on subnet {subnet['id']}."
        raise Refused(400, text, "BadRequest")
    return answered(router, interface(call.world, call.now, router, subnet))


def interface(world: World, now: float, router: Row, subnet: Row) -> Row:
    """The router's port on a subnet, at its gateway address."""
    ip = {"subnet_id": subnet["id"], "ip_address": subnet["gateway_ip"]}
    asked = {"fixed_ips": [ip], "device_id": router["id"], "device_owner": INTERFACE, "status": "ACTIVE"}
    network = world.networks[subnet["network_id"]]
    return ports.add(world, now, network, ports.base(router["project_id"], now), asked | {"security_groups": []})


@routes.put("/routers/<id>/remove_router_interface")
def remove_interface(call: Call, id: str) -> Row:
    router = ROUTER.find(call, id)
    body = call.body
    for port in call.world.ports.where(device_id=id, device_owner=INTERFACE):
        subnets = {ip["subnet_id"] for ip in port["fixed_ips"]}
        if port["id"] == body.get("port_id") or body.get("subnet_id") in subnets:
            in_use(call.world, router, subnets)
            answer = answered(router, port)
            ports.remove(call.world, port)
            touched(call, router)
            return answer
    text = f"Router {id} has no interface on subnet {body.get('subnet_id')}"
    raise Refused(404, text, "RouterInterfaceNotFoundForSubnet")


def in_use(world: World, router: Row, subnets: set[str]) -> None:
    """Raises 409 while a floating address needs the interface."""
    for row in world.floatingips.where(router_id=router["id"]):
        port = world.ports.get(row["port_id"])
        if port and any(ip["subnet_id"] in subnets for ip in port["fixed_ips"]):
            text = (
                f"Router interface for subnet {next(iter(subnets))} on router {router['id']} cannot be deleted, "
                "as it is required by one or more floating IPs."
            )
            raise Refused(409, text, "RouterInterfaceInUseByFloatingIP")
