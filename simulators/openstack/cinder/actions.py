"""Actions on a volume."""

from collections.abc import Callable

from simulators.openstack.call import Call
from simulators.openstack.cinder import quotas
from simulators.openstack.cinder.attachments import detach
from simulators.openstack.cinder.common import found, routes
from simulators.openstack.cinder.events import change, pace
from simulators.openstack.cinder.types import named
from simulators.openstack.cinder.volumes import remove
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row


def extend(call: Call, row: Row, asked: Row) -> None:
    """Grow it. Raises 400, 413."""
    size = int(asked["new_size"])
    if row["status"] != "available" and not (row["status"] == "in-use" and call.version >= (3, 42)):
        text = (
            f"Invalid volume: Volume {row['id']} status must be '{{'available'}}' to extend, currently {row['status']}."
        )
        raise Refused(400, text)
    if size <= row["size"]:
        raise Refused(
            400,
            "Invalid input received: New size for extend must be greater than current size. "
            f"(current: {row['size']}, extended: {size}).",
        )
    quotas.check(call.world, row["project_id"], "volumes", 0, size - row["size"], row["volume_type"])
    was = row["status"]
    change(row, call.now, status="extending", size=size)
    call.world.later(call.now + pace(call.world) / 2, "cinder.becomes", "volumes", row["id"], "extending", was)


def reset_status(call: Call, row: Row, asked: Row) -> None:
    """Say what it is."""
    call.admin("volume_extension:volume_admin_actions:reset_status")
    status = asked.get("status")
    if status is not None:
        change(row, call.now, status=status)
    if asked.get("attach_status") == "detached":
        for id in list(row["_attachments"]):
            detach(call.world, call.now, call.world.attachments[id])


def set_bootable(call: Call, row: Row, asked: Row) -> None:
    """Whether a server may begin from it."""
    change(row, call.now, bootable=str(asked["bootable"]).lower() in ("true", "1"))


def retype(call: Call, row: Row, asked: Row) -> None:
    """Another type."""
    kind = named(call, asked["new_type"])
    change(row, call.now, volume_type=kind["name"], volume_type_id=kind["id"])


def force_delete(call: Call, row: Row, asked: Row) -> None:
    """Whatever its status."""
    call.admin("volume_extension:volume_admin_actions:force_delete")
    if row["_attachments"]:
        raise Refused(400, "Invalid volume: Volume must not be attached.")
    remove(call.world, call.now, row)


def force_detach(call: Call, row: Row, asked: Row) -> None:
    """End its attachments."""
    call.admin("volume_extension:volume_admin_actions:force_detach")
    for id in list(row["_attachments"]):
        detach(call.world, call.now, call.world.attachments[id])


def readonly(call: Call, row: Row, asked: Row) -> None:
    """Kept as metadata, as cinder does."""
    change(row, call.now)


ACTIONS: dict[str, Callable[[Call, Row, Row], None]] = {
    "os-extend": extend,
    "os-reset_status": reset_status,
    "os-set_bootable": set_bootable,
    "os-retype": retype,
    "os-force_delete": force_delete,
    "os-force_detach": force_detach,
    "os-update_readonly_flag": readonly,
}


@routes.post("/volumes/<id>/action")
def action(call: Call, project: str, id: str) -> tuple[Row, int]:
    row = found(call, call.world.volumes, id, "Volume")
    name, asked = next(iter(call.body.items()), ("", None))
    if name not in ACTIONS:
        raise Refused(400, f"There is no such action: {name}")
    ACTIONS[name](call, row, asked if isinstance(asked, dict) else {})
    return {}, 202
