"""Block devices that a create call asks for, and device names."""

from simulators.openstack.call import Call
from simulators.openstack.cinder import quotas
from simulators.openstack.cinder import volumes as cinder
from simulators.openstack.cinder.events import change
from simulators.openstack.cinder.types import named
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row, World

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def next_device(world: World, server: Row) -> str:
    """The first free name after the root disk."""
    taken = {world.attachments[id]["device"] for id in server["_volumes"]}
    root = {"/dev/vda"} if server["image_id"] else set()
    return next(f"/dev/vd{letter}" for letter in LETTERS if f"/dev/vd{letter}" not in taken | root)


def bad(text: str) -> Refused:
    """Nova's words for a mapping that cannot be."""
    return Refused(400, f"Block Device Mapping is Invalid: {text}")


def asked_devices(call: Call, asked: Row, image: Row | None) -> list[Row]:
    """Volumes to attach while building, reserved from now on. Raises 400, 413."""
    mappings = asked.get("block_device_mapping_v2") or []
    if image is None and not any(str(one.get("boot_index")) == "0" for one in mappings):
        raise Refused(400, "Invalid imageRef provided.")
    wishes: list[Row] = []
    for one in mappings:
        if one.get("destination_type") == "local" or (
            one.get("source_type") == "image" and not one.get("destination_type")
        ):
            continue
        volume = volume_for(call, one)
        boot = str(one.get("boot_index")) == "0"
        device = "/dev/vda" if boot else f"/dev/vd{LETTERS[len(wishes) + (1 if image else 0)]}"
        wishes.append({"volume": volume["id"], "device": device, "own": bool(one.get("delete_on_termination"))})
    return wishes


def volume_for(call: Call, mapping: Row) -> Row:
    """The volume of one mapping: one that is there, or a new one."""
    kind = mapping.get("source_type")
    if kind == "volume":
        volume = call.world.volumes.get(mapping.get("uuid"))
        if volume is None or not call.owns(volume):
            raise Refused(400, f"Volume {mapping.get('uuid')} could not be found.")
        if volume["status"] != "available":
            raise Refused(
                400,
                f"Invalid volume: volume '{volume['id']}' status must be 'available'. "
                f"Currently in '{volume['status']}' status.",
            )
        change(volume, call.now, status="reserved")
        return volume
    if kind not in ("image", "blank", "snapshot"):
        raise bad("Invalid source_type field.")
    size = int(mapping.get("volume_size") or 1)
    disk = named(call, mapping.get("volume_type"))
    quotas.check(call.world, call.project_id, "volumes", 1, size, disk["name"])
    return cinder.make(
        call.world,
        call.now,
        project=call.project_id,
        user=call.who.user_id,
        size=size,
        kind=disk,
        bootable=kind == "image",
    )
