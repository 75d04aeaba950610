"""Floating IPs."""

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.neutron import ports, quotas
from simulators.openstack.neutron.networks import NETWORK
from simulators.openstack.neutron.resource import Kind, serve, standard
from simulators.openstack.store import Row, World

OWNER = "network:floatingip"


def router_between(world: World, port: Row, network_id: str) -> str:
    """The router that joins the port's subnet and the outside network. Raises 404."""
    subnets = {ip["subnet_id"] for ip in port["fixed_ips"]}
    for router in world.routers:
        gateway = router["external_gateway_info"]
        if gateway and gateway["network_id"] == network_id:
            inside = world.ports.where(device_id=router["id"])
            if any(ip["subnet_id"] in subnets for one in inside for ip in one["fixed_ips"]):
                return str(router["id"])
    text = (
        f"External network {network_id} is not reachable from subnet {next(iter(subnets), None)}. "
        f"Therefore, cannot associate Port {port['id']} with a Floating IP."
    )
    raise Refused(404, text, "ExternalGatewayForFloatingIPNotFound")


def associate(call: Call, row: Row, port_id: str | None, fixed: str | None = None) -> None:
    """Point it at a port, or at none."""
    if old := call.world.ports.get(row["port_id"]):
        old["_floating"] = [id for id in old.get("_floating", []) if id != row["id"]]
    row |= {"port_id": None, "fixed_ip_address": None, "router_id": None, "status": "DOWN", "port_details": None}
    if not port_id:
        return
    port = ports.PORT.find(call, port_id)
    router = router_between(call.world, port, row["floating_network_id"])
    if port.get("_floating"):
        text = (
            f"Cannot associate floating IP {row['floating_ip_address']} ({row['id']}) with port {port_id} "
            f"using fixed IP {port['fixed_ips'][0]['ip_address']}, as that fixed IP already has a "
            f"floating IP on external network {row['floating_network_id']}."
        )
        raise Refused(409, text, "FloatingIPPortAlreadyAssociated")
    port["_floating"] = [row["id"]]
    row |= {
        "port_id": port_id,
        "fixed_ip_address": fixed or port["fixed_ips"][0]["ip_address"],
        "router_id": router,
        "status": "ACTIVE",
        "port_details": {
            name: port[name] for name in ("name", "network_id", "mac_address", "status", "device_id", "device_owner")
        },
    }


def make(call: Call, asked: Row) -> Row:
    """An outside address for a project."""
    network = NETWORK.find(call, asked.get("floating_network_id") or "")
    if not network["router:external"]:
        text = f"Bad floatingip request: Network {network['id']} is not a valid external network."
        raise Refused(400, text, "BadRequest")
    base = standard(call, asked)
    base.pop("name")
    quotas.check(call.world, base["project_id"], "floatingip")
    wanted = asked.get("floating_ip_address")
    hidden = ports.add(
        call.world,
        call.now,
        network,
        ports.base("", call.now),
        {"device_owner": OWNER, "fixed_ips": [{"ip_address": wanted}] if wanted else None, "status": "N/A"},
    )
    row = call.world.floatingips.add(
        base
        | {
            "floating_network_id": network["id"],
            "floating_ip_address": hidden["fixed_ips"][0]["ip_address"],
            "port_id": None,
            "port_forwardings": [],
            "qos_policy_id": None,
            "_port": hidden["id"],
        }
    )
    hidden["device_id"] = row["id"]
    try:
        associate(call, row, asked.get("port_id"), asked.get("fixed_ip_address"))
    except Refused:
        drop(call, row)
        raise
    return row


def change(call: Call, row: Row, asked: Row) -> None:
    """Its port and its description."""
    if "description" in asked:
        row["description"] = asked["description"]
    if "port_id" in asked:
        associate(call, row, asked["port_id"], asked.get("fixed_ip_address"))


def drop(call: Call, row: Row) -> None:
    """The address is free again."""
    associate(call, row, None)
    if hidden := call.world.ports.get(row["_port"]):
        ports.remove(call.world, hidden)
    call.world.floatingips.remove(row["id"])


FLOATING = Kind(
    "floatingips", "floatingip", ("FloatingIPNotFound", "Floating IP {} could not be found"), make, change, drop
)
serve(FLOATING)
