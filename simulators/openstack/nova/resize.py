"""Another flavor, another host."""

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.nova import quotas, scheduler
from simulators.openstack.nova.actions import ACTIONS, RUNNING, STOPPED, must_be, start
from simulators.openstack.nova.common import touched
from simulators.openstack.nova.create import flavor_of
from simulators.openstack.nova.events import HANDLERS, NO_HOST, pace
from simulators.openstack.store import Row, World, stamp


def resize(call: Call, server: Row, asked: Row) -> None:
    """Begin a resize; it waits to be confirmed. Raises 400, 403."""
    must_be(server, "resize", ("active", "stopped"))
    flavor = flavor_of(call, asked.get("flavorRef", ""))
    if flavor["id"] == server["flavor"]["id"]:
        raise Refused(400, "When resizing, instances must change flavor!")
    if flavor["disk"] < server["flavor"]["disk"]:
        raise Refused(400, "Resize to a flavor with a smaller disk is not allowed.")
    more = {name: max(0, flavor[name] - server["flavor"][name]) for name in ("vcpus", "ram")}
    quotas.check(call.world, server["project_id"], 0, more)
    touched(server, call.now, status="RESIZE", task_state="resize_prep")
    call.world.later(call.now + 0.5 * pace(call.world), "nova.resized", server["id"], flavor)


def resized(world: World, at: float, id: str, flavor: Row) -> None:
    """Both flavors are kept until someone confirms; without a host all is as before."""
    server = world.servers.get(id)
    if server is None or server["task_state"] != "resize_prep":
        return
    host = scheduler.choose(world, server, flavor)
    if host is None:
        back = STOPPED if server["vm_state"] == "stopped" else RUNNING
        touched(server, at, task_state=None, **back)
        server["fault"] = {"code": 500, "created": stamp(at), "message": NO_HOST}
        return
    server |= {"_resize_from": server["host"], "_old_flavor": server["flavor"]}
    touched(server, at, host=host["name"], flavor=flavor, status="VERIFY_RESIZE", vm_state="resized", task_state=None)


def settle(server: Row) -> Row:
    """Forget the old side of a resize, giving it."""
    return {"flavor": server.pop("_old_flavor"), "host": server.pop("_resize_from")}


def confirm(call: Call, server: Row, asked: Row) -> tuple[None, int]:
    """Keep the new flavor."""
    must_be(server, "confirmResize", ("resized",))
    settle(server)
    touched(server, call.now, task_state=None, **RUNNING)
    return None, 204


def revert(call: Call, server: Row, asked: Row) -> None:
    """Back to the old flavor and host."""
    must_be(server, "revertResize", ("resized",))
    server |= settle(server)
    start(call, server, "resize_reverting", 0.3, RUNNING, "REVERT_RESIZE")


def live_migrate(call: Call, server: Row, asked: Row) -> None:
    """To the host named, or the best one. Raises 400."""
    call.admin("os_compute_api:os-migrate-server:migrate_live")
    must_be(server, "os-migrateLive", ("active", "paused"))
    wanted = asked.get("host")
    if wanted and call.world.hosts.one(name=wanted) is None:
        raise Refused(400, f"Compute host {wanted} could not be found.")
    host = scheduler.choose(call.world, server, server["flavor"], without=[server["host"]], only=wanted)
    if host is None:
        raise Refused(400, "No valid host was found. " + NO_HOST.partition(". ")[2])
    start(call, server, "migrating", 0.5, RUNNING | {"host": host["name"]}, "MIGRATING")


def migrate(call: Call, server: Row, asked: Row) -> None:
    """Cold migration: a resize to the same flavor elsewhere."""
    call.admin("os_compute_api:os-migrate-server:migrate")
    must_be(server, "migrate", ("active", "stopped"))
    host = scheduler.choose(call.world, server, server["flavor"], without=[server["host"]], only=asked.get("host"))
    if host is None:
        raise Refused(400, NO_HOST)
    server |= {"_resize_from": server["host"], "_old_flavor": server["flavor"], "host": host["name"]}
    after = {"status": "VERIFY_RESIZE", "vm_state": "resized"}
    start(call, server, "resize_migrating", 0.5, after, "RESIZE")


HANDLERS["nova.resized"] = resized
ACTIONS.update(
    {
        "resize": resize,
        "confirmResize": confirm,
        "revertResize": revert,
        "os-migrateLive": live_migrate,
        "migrate": migrate,
    }
)
