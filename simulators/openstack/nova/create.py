"""Making servers: what is checked at once, and what is left to the build."""

import base64
import binascii
import secrets
from typing import Any
from uuid import UUID, uuid4

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.nova import quotas
from simulators.openstack.nova.common import links, noted, routes
from simulators.openstack.nova.devices import asked_devices
from simulators.openstack.nova.events import begin
from simulators.openstack.nova.flavors import usable
from simulators.openstack.nova.wiring import asked_groups, asked_networks
from simulators.openstack.store import Row


def flavor_of(call: Call, id: str) -> Row:
    """The flavor as the server will remember it. Raises 400."""
    row = call.world.flavors.get(str(id))
    if row is None or not usable(call, row):
        raise Refused(400, f"Flavor {id} could not be found.")
    names = ("id", "vcpus", "ram", "disk", "ephemeral", "swap")
    return {name: row[name] for name in names} | {"original_name": row["name"], "extra_specs": dict(row["extra_specs"])}


def image_of(call: Call, id: str, flavor: Row) -> Row:
    """The image. Raises 400 for one that is absent, not active or too big for the flavor."""
    row = call.world.images.get(id)
    if row is None or (
        row["visibility"] in ("private", "shared") and not (call.who.admin or row["owner"] == call.who.project_id)
    ):
        raise Refused(400, "Can not find requested image")
    if row["status"] != "active":
        raise Refused(400, f"Image {id} is not active.")
    if row["min_ram"] > flavor["ram"]:
        raise Refused(400, "Flavor's memory is too small for requested image.")
    if row["min_disk"] > flavor["disk"] > 0:
        raise Refused(
            400,
            f"Flavor's disk is too small for requested image. Flavor disk is {flavor['disk'] << 30} bytes, "
            f"minimum size is {row['min_disk'] << 30} bytes.",
        )
    return row


def invalid(name: str, value: object, why: str) -> Refused:
    """Nova's words for a field of the wrong shape."""
    return Refused(400, f"Invalid input for field/attribute {name}. Value: {value}. {why}")


def is_uuid(text: object) -> bool:
    """Whether the text is a UUID, as ids of images are."""
    try:
        return bool(UUID(str(text)))
    except ValueError:
        return False


def check_shape(call: Call, asked: Row) -> None:
    """Raises 400 for what is missing or not as it should be."""
    for name in ("name", "flavorRef"):
        if name not in asked:
            raise invalid("server", asked, f"'{name}' is a required property")
    if not str(asked["name"]).strip() or len(asked["name"]) > 255:
        raise invalid("name", asked["name"], f"{asked['name']!r} is too short or too long")
    if asked.get("imageRef") and not is_uuid(asked["imageRef"]):
        raise invalid("imageRef", asked["imageRef"], f"{asked['imageRef']!r} is not a 'image_id_or_empty_string'")
    if call.version >= (2, 37) and "networks" not in asked:
        raise invalid("server", asked, "'networks' is a required property")
    if "tags" in asked and call.version < (2, 52):
        raise invalid("server", asked, "Additional properties are not allowed ('tags' was unexpected)")
    check_user_data(asked.get("user_data") or "")
    for key, value in (asked.get("metadata") or {}).items():
        if not isinstance(value, str) or len(value) > 255 or not 0 < len(key) <= 255:
            raise invalid(key, value, f"{value!r} is not of type 'string' or is too long")


def check_user_data(text: str) -> None:
    """Raises 400 for what is not base64 or longer than 64 KiB."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid("user_data", "...", "It is not a 'base64'") from None
    if len(text) > 65535:
        raise invalid("user_data", "...", "It is too long")


def counts(asked: Row) -> int:
    """How many servers. Raises 400."""
    least, most = int(asked.get("min_count") or 1), int(asked.get("max_count") or asked.get("min_count") or 1)
    if least > most:
        raise Refused(400, "min_count must be <= max_count")
    return most


def key_of(call: Call, name: str | None) -> str | None:
    """The caller's key pair. Raises 400."""
    if name and call.world.keypairs.get(f"{call.who.user_id}/{name}") is None:
        raise Refused(400, "Invalid key_name provided.")
    return name


def group_of(call: Call, asked: Row) -> str | None:
    """The server group of the scheduler hints. Raises 400."""
    hints = call.body.get("os:scheduler_hints") or call.body.get("OS-SCH-HNT:scheduler_hints") or {}
    group = hints.get("group")
    if group and group not in call.world.server_groups:
        raise Refused(400, f"Instance group {group} could not be found.")
    return group


def forced_host(call: Call, asked: Row) -> str | None:
    """A host that the admin names. Raises 403, 400."""
    host = asked.get("host") or str(asked.get("availability_zone") or "").partition(":")[2].partition(":")[0]
    if host:
        call.admin("os_compute_api:servers:create:forced_host")
        if call.world.hosts.one(name=host) is None:
            raise Refused(400, f"Compute host {host} could not be found.")
    return host or None


def blank(asked: Row, project: str, user: str, now: float) -> Row:
    """A server before anything has happened to it."""
    return {
        "id": str(uuid4()),
        "description": asked.get("description"),
        "status": "BUILD",
        "task_state": "scheduling",
        "vm_state": "building",
        "power_state": 0,
        "project_id": project,
        "user_id": user,
        "host": None,
        "host_id": secrets.token_hex(28),
        "metadata": dict(asked.get("metadata") or {}),
        "tags": list(asked.get("tags") or []),
        "user_data": asked.get("user_data"),
        "config_drive": "True" if asked.get("config_drive") else "",
        "reservation": f"r-{secrets.token_hex(4)}",
        "locked": False,
        "fault": None,
        "created": now,
        "updated": now,
        "launched": None,
        "terminated": None,
        "_ports": [],
        "_volumes": [],
        "_actions": [],
    }


@routes.post("/servers")
def create(call: Call) -> tuple[Row, int]:
    asked = call.part("server")
    check_shape(call, asked)
    flavor = flavor_of(call, asked["flavorRef"])
    image = image_of(call, asked["imageRef"], flavor) if asked.get("imageRef") else None
    common: dict[str, Any] = {
        "flavor": flavor,
        "image_id": image["id"] if image else "",
        "key_name": key_of(call, asked.get("key_name")),
        "group": group_of(call, asked),
        "_only_host": forced_host(call, asked),
        "_groups": asked_groups(call, asked),
    }
    count = counts(asked)
    networks = asked_networks(call, asked.get("networks"), count)
    quotas.check(call.world, call.project_id, count, flavor)
    devices = asked_devices(call, asked, image)
    rows = [
        one(call, asked, common, networks, devices if number == 0 else [], number, count) for number in range(count)
    ]
    answer = {
        "id": rows[0]["id"],
        "links": links(call, "servers", rows[0]["id"]),
        "OS-DCF:diskConfig": asked.get("OS-DCF:diskConfig", "MANUAL"),
        "security_groups": asked.get("security_groups") or [{"name": "default"}],
        "adminPass": asked.get("adminPass") or secrets.token_urlsafe(9),
    }
    return {"server": answer}, 202


def one(call: Call, asked: Row, common: Row, networks: list[Row], devices: list[Row], number: int, count: int) -> Row:
    """Keep one of the servers and begin its build."""
    name = asked["name"] if count == 1 else f"{asked['name']}-{number + 1}"
    row = (
        blank(asked, call.project_id, call.who.user_id, call.now)
        | common
        | {"name": name, "hostname": name.lower().replace("_", "-")[:63]}
    )
    row |= {"_networks": [dict(wish) for wish in networks], "_devices": devices}
    call.world.servers.add(row)
    if row["group"]:
        call.world.server_groups[row["group"]]["members"].append(row["id"])
    noted(row, call, "create")
    begin(call.world, call.now, row)
    return row
