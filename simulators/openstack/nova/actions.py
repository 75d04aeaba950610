"""Actions on a server: most only change its status after a while."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from werkzeug import Response

from simulators.common import Answer, json_response
from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.glance import images
from simulators.openstack.nova.common import noted, routes, server_of, touched
from simulators.openstack.nova.create import image_of
from simulators.openstack.nova.events import pace
from simulators.openstack.nova.render import shown
from simulators.openstack.store import Row

RUNNING = {"status": "ACTIVE", "vm_state": "active", "power_state": 1}
STOPPED = {"status": "SHUTOFF", "vm_state": "stopped", "power_state": 4}


@dataclass(frozen=True)
class Move:
    """From which states an action leads where, by way of which task, in what share of a build's time."""

    states: tuple[str, ...]
    task: str | None
    after: Row
    share: float = 0.2
    status: str | None = None
    fields: Row = field(default_factory=dict)


MOVES = {
    "os-stop": Move(("active", "error", "rescued"), "powering-off", STOPPED),
    "os-start": Move(("stopped",), "powering-on", RUNNING),
    "pause": Move(("active",), "pausing", {"status": "PAUSED", "vm_state": "paused", "power_state": 3}),
    "unpause": Move(("paused",), "unpausing", RUNNING),
    "suspend": Move(("active",), "suspending", {"status": "SUSPENDED", "vm_state": "suspended", "power_state": 4}),
    "resume": Move(("suspended",), "resuming", RUNNING),
    "unrescue": Move(("rescued",), "unrescuing", RUNNING),
    "shelve": Move(
        ("active", "stopped"),
        "shelving",
        {"status": "SHELVED_OFFLOADED", "vm_state": "shelved_offloaded", "power_state": 4},
    ),
    "unshelve": Move(("shelved_offloaded",), "unshelving", RUNNING, 0.6),
}


def must_be(server: Row, action: str, states: tuple[str, ...]) -> None:
    """Raises 409 where the server is not in a state for the action, or another is under way."""
    if server["vm_state"] not in states:
        raise Refused(409, f"Cannot '{action}' instance {server['id']} while it is in vm_state {server['vm_state']}")
    if server["host"] is None:
        raise Refused(409, f"Instance {server['id']} is not ready")
    if server["task_state"] is not None:
        raise Refused(
            409, f"Cannot '{action}' instance {server['id']} while it is in task_state {server['task_state']}"
        )


def start(call: Call, server: Row, task: str | None, share: float, after: Row, status: str | None = None) -> None:
    """Begin a task and let it end later."""
    touched(server, call.now, task_state=task, status=status or server["status"])
    call.world.later(call.now + share * pace(call.world), "nova.becomes", server["id"], task, after)


def reboot(call: Call, server: Row, asked: Row) -> None:
    """SOFT or HARD."""
    kind = str(asked.get("type", "")).upper()
    if kind not in ("SOFT", "HARD"):
        raise Refused(400, f"Invalid input for field/attribute type. Value: {asked.get('type')}.")
    must_be(server, "reboot", ("active",) if kind == "SOFT" else ("active", "stopped", "paused", "suspended", "error"))
    tasks = {"SOFT": ("rebooting", "REBOOT"), "HARD": ("rebooting_hard", "HARD_REBOOT")}
    start(call, server, tasks[kind][0], 0.3, RUNNING, tasks[kind][1])


def rebuild(call: Call, server: Row, asked: Row) -> Response:
    """The same server from an image anew; what was stopped stays so."""
    must_be(server, "rebuild", ("active", "stopped", "error"))
    image = image_of(call, str(asked.get("imageRef")), server["flavor"])
    server |= {"image_id": image["id"], "fault": None}
    server |= {
        name: asked[name] for name in ("name", "metadata", "user_data", "key_name", "description") if name in asked
    }
    after = STOPPED if server["vm_state"] == "stopped" else RUNNING
    start(call, server, "rebuilding", 1.0, after | {"launched": call.now + pace(call.world)}, "REBUILD")
    return json_response({"server": shown(call, server) | {"adminPass": secrets.token_urlsafe(9)}}, 202)


def rescue(call: Call, server: Row, asked: Row) -> Response:
    """Boot from a rescue image."""
    must_be(server, "rescue", ("active", "stopped", "error"))
    start(call, server, "rescuing", 0.4, {"status": "RESCUE", "vm_state": "rescued", "power_state": 1})
    return json_response({"adminPass": asked.get("adminPass") or secrets.token_urlsafe(9)}, 200)


def unlocked(call: Call, server: Row) -> None:
    """Raises 409 where the server is locked to all but the admin."""
    if server["locked"] and not call.who.admin:
        raise Refused(409, f"Instance {server['id']} is locked")


def lock(call: Call, server: Row, asked: Row) -> None:
    """Keep others' hands off."""
    touched(
        server,
        call.now,
        locked=True,
        locked_by="admin" if call.who.admin else "owner",
        locked_reason=asked.get("locked_reason"),
    )


def unlock(call: Call, server: Row, asked: Row) -> None:
    """As before; what the admin locked only the admin unlocks."""
    if server.get("locked_by") == "admin":
        call.admin("os_compute_api:os-lock-server:unlock:unlock_override")
    touched(server, call.now, locked=False, locked_reason=None)


def reset_state(call: Call, server: Row, asked: Row) -> None:
    """Say what it is."""
    call.admin("os_compute_api:os-admin-actions:reset_state")
    if asked.get("state") not in ("active", "error"):
        raise Refused(400, f"Invalid input for field/attribute state. Value: {asked.get('state')}.")
    touched(server, call.now, status=asked["state"].upper(), vm_state=asked["state"], task_state=None)


def force_delete(call: Call, server: Row, asked: Row) -> None:
    """Delete without more ado."""
    touched(server, call.now, task_state="deleting")
    call.world.later(call.now, "nova.gone", server["id"])


def create_image(call: Call, server: Row, asked: Row) -> Response:
    """A snapshot in glance."""
    must_be(server, "createImage", ("active", "stopped", "paused", "suspended"))
    base = call.world.images.get(server["image_id"]) or {}
    kept = {name: base[name] for name in ("architecture", "hw_architecture", "os_distro", "os_version") if name in base}
    row = images.make(
        call.world,
        call.now,
        server["project_id"],
        kept
        | {
            "name": asked["name"],
            "visibility": "private",
            "container_format": "bare",
            "disk_format": "raw",
            "image_type": "snapshot",
        },
    )
    images.fill(row, row["id"].encode(), call.now)
    href = {"Location": f"{call.root}/image/v2/images/{row['id']}"}
    body = {"image_id": row["id"]} if call.version >= (2, 45) else None
    return json_response(body, 202, href)


ACTIONS: dict[str, Callable[[Call, Row, Row], Answer]] = {
    "reboot": reboot,
    "rebuild": rebuild,
    "rescue": rescue,
    "lock": lock,
    "unlock": unlock,
    "os-resetState": reset_state,
    "forceDelete": force_delete,
    "createImage": create_image,
}
PASS_LOCKS = ("lock", "unlock", "createImage", "os-getConsoleOutput", "os-getVNCConsole")


@routes.post("/servers/<id>/action")
def action(call: Call, id: str) -> Answer:
    server = server_of(call, id)
    name, asked = next(iter(call.body.items()), ("", None))
    options = asked if isinstance(asked, dict) else {}
    if name not in PASS_LOCKS:
        unlocked(call, server)
    if name in MOVES:
        move = MOVES[name]
        must_be(server, name.removeprefix("os-"), move.states)
        start(call, server, move.task, move.share, move.after, move.status)
        answer: Answer = None
    elif name in ACTIONS:
        answer = ACTIONS[name](call, server, options)
    else:
        raise Refused(400, f"There is no such action: {name}. Available actions: {', '.join(sorted(ACTIONS | MOVES))}")
    noted(server, call, name.removeprefix("os-"))
    return Response("", 202) if answer is None else answer
