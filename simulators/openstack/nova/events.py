"""What happens to servers with time."""

from collections.abc import Callable
from datetime import UTC, datetime

from simulators.openstack.cinder import attachments
from simulators.openstack.cinder.events import change
from simulators.openstack.cinder.volumes import remove as remove_volume
from simulators.openstack.errors import Refused
from simulators.openstack.neutron import ports
from simulators.openstack.nova import scheduler
from simulators.openstack.nova.common import touched
from simulators.openstack.store import Row, World, stamp

NO_HOST = "No valid host was found. There are not enough hosts available."
NO_MORE_HOSTS = (
    "Exceeded maximum number of retries. Exhausted all hosts available for retrying build failures for instance {}."
)
# by which share of the build time each stage is done
STAGES = (
    (0.05, "scheduling"),
    (0.25, "networking"),
    (0.45, "block_device_mapping"),
    (0.6, "spawning"),
    (1.0, "active"),
)
KEPT_DELETED = 20_000


def pace(world: World) -> float:
    """Seconds from the create call to ACTIVE."""
    return float(world.facts["build_seconds"])


def begin(world: World, now: float, server: Row) -> None:
    """A build starts with scheduling."""
    world.later(now + STAGES[0][0] * pace(world), "nova.build", server["id"], 0)


def build(world: World, at: float, id: str, stage: int) -> None:
    """One stage of a build, then the next."""
    server = world.servers.get(id)
    if server is None or server["status"] != "BUILD" or server["task_state"] == "deleting":
        return
    try:
        BUILD[STAGES[stage][1]](world, at, server)
    except Refused as error:
        fail(world, at, server, f"Build of instance {id} aborted: {error.description}")
    if server["status"] == "BUILD":
        wait = (STAGES[stage + 1][0] - STAGES[stage][0]) * pace(world)
        world.later(at + wait, "nova.build", id, stage + 1)


def fail(world: World, at: float, server: Row, message: str, code: int = 500) -> None:
    """ERROR with a fault."""
    touched(server, at, status="ERROR", vm_state="error", task_state=None)
    server["fault"] = {"code": code, "created": stamp(at), "message": message}


def schedule(world: World, at: float, server: Row) -> None:
    """Find a host."""
    host = scheduler.choose(world, server, server["flavor"], only=server.get("_only_host"))
    if host is None:
        fail(world, at, server, NO_HOST)
    else:
        touched(server, at, host=host["name"], task_state="networking")


def networking(world: World, at: float, server: Row) -> None:
    """Make the ports, or take those that were given."""
    for index, wish in enumerate(server.pop("_networks", [])):
        port = world.ports.get(wish.get("port"))
        if port is None:
            network = world.networks[wish["network"]]
            asked = {"security_groups": server["_groups"] or None}
            if wish.get("fixed_ip"):
                asked["fixed_ips"] = [{"ip_address": wish["fixed_ip"]}]
            port = ports.add(world, at, network, ports.base(server["project_id"], at), asked)
            port["_nova"] = True
        port |= {
            "device_id": server["id"],
            "device_owner": "compute:nova",
            "binding:host_id": server["host"],
            "binding:vif_type": "ovs",
            "_index": index,
        }
        server["_ports"].append(port["id"])
    touched(server, at, task_state="block_device_mapping")


def devices(world: World, at: float, server: Row) -> None:
    """Attach the volumes that the create call named, make those it described."""
    for wish in server.pop("_devices", []):
        volume = world.volumes.get(wish["volume"])
        if volume:
            attachments.attach(world, at, volume, server, wish["device"], own=wish["own"])
    touched(server, at, task_state="spawning")


def spawning(world: World, at: float, server: Row) -> None:
    """Here a driver fails, where that was ordered; nova tries a second host and then gives up."""
    if world.facts.get("failing_builds", 0) > 0:
        world.facts["failing_builds"] -= 1
        message = world.facts.get("failure") or NO_MORE_HOSTS.format(server["id"])
        fail(world, at, server, message)
        return
    touched(server, at, task_state="spawning")


def active(world: World, at: float, server: Row) -> None:
    """It runs."""
    touched(server, at, status="ACTIVE", vm_state="active", task_state=None, power_state=1, launched=at, progress=0)
    for id in server["_ports"]:
        if port := world.ports.get(id):
            port["status"] = "ACTIVE"


BUILD: dict[str, Callable[[World, float, Row], None]] = {
    "scheduling": schedule,
    "networking": networking,
    "block_device_mapping": devices,
    "spawning": spawning,
    "active": active,
}


def becomes(world: World, at: float, id: str, task: str | None, fields: Row) -> None:
    """An action ends, where it is still the one under way; it waits for a host that is down."""
    server = world.servers.get(id)
    host = scheduler.host_named(world, server["host"]) if server else None
    if host and host["state"] == "down":
        world.later(at + 60, "nova.becomes", id, task, fields)
    elif server is not None and server["task_state"] == task:
        touched(server, at, task_state=None, **fields)


def attached(world: World, at: float, attachment: str) -> None:
    """An attachment asked for later is there."""
    row = world.attachments.get(attachment)
    if row and (volume := world.volumes.get(row["volume_id"])) and volume["status"] == "attaching":
        change(volume, at, status="in-use")


def detached(world: World, at: float, attachment: str) -> None:
    """A volume has left its server."""
    if row := world.attachments.get(attachment):
        attachments.detach(world, at, row)


def gone(world: World, at: float, id: str) -> None:
    """A server is deleted: its volumes are free, the ports that nova made are gone, others stay."""
    server = world.servers.get(id)
    if server is None:
        return
    free_volumes(world, at, server)
    for port_id in list(server["_ports"]):
        port = world.ports.get(port_id)
        if port and port.get("_nova"):
            ports.remove(world, port)
        elif port:
            port |= {"device_id": "", "device_owner": "", "binding:host_id": "", "status": "DOWN"}
    for group in world.server_groups:
        group["members"] = [member for member in group["members"] if member != id]
    world.servers.remove(id)
    touched(server, at, status="DELETED", vm_state="deleted", task_state=None, power_state=0, terminated=at)
    server["_ports"] = []
    world.deleted_servers.add(server)
    if len(world.deleted_servers) > KEPT_DELETED:
        world.deleted_servers.remove(next(iter(world.deleted_servers.rows)))


def free_volumes(world: World, at: float, server: Row) -> None:
    """Detach all, release those still waiting, delete those that go with the server."""
    for attachment in list(server["_volumes"]):
        row = world.attachments[attachment]
        attachments.detach(world, at, row)
        if row["own"] and (volume := world.volumes.get(row["volume_id"])):
            remove_volume(world, at, volume)
    for wish in server.pop("_devices", []):
        volume = world.volumes.get(wish["volume"])
        if volume and volume["status"] == "reserved":
            change(volume, at, status="available")


def today(at: float) -> str:
    """A time as `date` prints it, for console logs."""
    return datetime.fromtimestamp(at, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")


HANDLERS: dict[str, Callable[..., None]] = {
    "nova.build": build,
    "nova.becomes": becomes,
    "nova.attached": attached,
    "nova.detached": detached,
    "nova.gone": gone,
}
