"""Volumes of a server: attach and detach."""

from simulators.openstack.call import Call
from simulators.openstack.cinder import attachments
from simulators.openstack.cinder.events import change
from simulators.openstack.errors import Refused
from simulators.openstack.nova.actions import unlocked
from simulators.openstack.nova.common import noted, routes, server_of
from simulators.openstack.nova.devices import next_device
from simulators.openstack.nova.events import pace
from simulators.openstack.store import Row

BASE = "/servers/<id>/os-volume_attachments"
STATES = ("active", "stopped", "paused", "suspended", "shelved_offloaded")


def shown(call: Call, row: Row) -> Row:
    """An attachment; 2.89 renamed its id."""
    view: Row = {"volumeId": row["volume_id"], "serverId": row["server_id"], "device": row["device"]}
    if call.version < (2, 89):
        view["id"] = row["volume_id"]
    else:
        view |= {"attachment_id": row["id"], "bdm_uuid": row["id"]}
    if call.version >= (2, 70):
        view["tag"] = None
    if call.version >= (2, 79):
        view["delete_on_termination"] = row["own"]
    return view


@routes.get(BASE)
def listing(call: Call, id: str) -> Row:
    rows = [call.world.attachments[one] for one in server_of(call, id)["_volumes"]]
    return {"volumeAttachments": [shown(call, row) for row in rows]}


def of_server(call: Call, id: str, volume: str) -> Row:
    """The attachment of a volume. Raises 404."""
    for one in server_of(call, id)["_volumes"]:
        row = call.world.attachments[one]
        if row["volume_id"] == volume:
            return row
    raise Refused(404, f"Instance {id} is not attached to volume {volume}")


@routes.get(BASE + "/<volume>")
def show(call: Call, id: str, volume: str) -> Row:
    return {"volumeAttachment": shown(call, of_server(call, id, volume))}


@routes.post(BASE)
def attach(call: Call, id: str) -> Row:
    server = server_of(call, id)
    unlocked(call, server)
    asked = call.part("volumeAttachment")
    volume = call.world.volumes.get(asked.get("volumeId"))
    if volume is None or not call.owns(volume):
        raise Refused(404, f"Volume {asked.get('volumeId')} could not be found.")
    if server["vm_state"] not in STATES or server["task_state"] == "deleting":
        raise Refused(409, f"Cannot 'attach_volume' instance {id} while it is in vm_state {server['vm_state']}")
    if there := [call.world.attachments[one]["server_id"] for one in volume["_attachments"]]:
        text = f"volume {volume['id']} is already attached to instances: {', '.join(there)}"
        raise Refused(400, f"Invalid volume: {text}")
    if volume["status"] != "available":
        text = f"volume '{volume['id']}' status must be 'available'. Currently in '{volume['status']}' status."
        raise Refused(400, f"Invalid volume: {text}")
    device = asked.get("device") or next_device(call.world, server)
    row = attachments.attach(call.world, call.now, volume, server, device, own=bool(asked.get("delete_on_termination")))
    change(volume, call.now, status="attaching")
    call.world.later(call.now + pace(call.world) / 10, "nova.attached", row["id"])
    noted(server, call, "attach_volume")
    return {"volumeAttachment": shown(call, row) | {"id": row["volume_id"]}}


@routes.put(BASE + "/<volume>")
def update(call: Call, id: str, volume: str) -> tuple[None, int]:
    row = of_server(call, id, volume)
    row["own"] = bool(call.part("volumeAttachment").get("delete_on_termination", row["own"]))
    return None, 202


@routes.delete(BASE + "/<volume>")
def detach(call: Call, id: str, volume: str) -> tuple[None, int]:
    row = of_server(call, id, volume)
    server = server_of(call, id)
    unlocked(call, server)
    if row["device"] == "/dev/vda":
        raise Refused(403, "Cannot detach a root device volume")
    if server["vm_state"] not in STATES:
        raise Refused(409, f"Cannot 'detach_volume' instance {id} while it is in vm_state {server['vm_state']}")
    change(call.world.volumes[volume], call.now, status="detaching")
    call.world.later(call.now + pace(call.world) / 10, "nova.detached", row["id"])
    noted(server, call, "detach_volume")
    return None, 202
