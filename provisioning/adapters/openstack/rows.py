"""The cloud's JSON as our frozen rows. Words that repeat (projects, hosts, flavors) are kept once in memory."""

from collections.abc import Mapping
from sys import intern
from typing import Any, Final

from provisioning.ports import SeenAddress, SeenPort, SeenServer, SeenVolume

Row = Mapping[str, Any]
SERVER_MOVES: Final = frozenset({"BUILD", "RESIZE", "REVERT_RESIZE", "REBUILD", "MIGRATING", "REBOOT", "HARD_REBOOT"})
VOLUME_MOVES: Final = frozenset({"creating", "downloading", "attaching", "reserved", "detaching", "extending"})


def server(row: Row) -> SeenServer:
    """A server of `/servers/detail` at 2.79. A status that is not there yet is BUILD."""
    flavor = row.get("flavor") or {}
    status = row.get("status") or "BUILD"
    return SeenServer(
        id=row["id"],
        name=row.get("name") or "",
        project_id=intern(row.get("tenant_id") or ""),
        status=intern(status),
        task_state=intern(row.get("OS-EXT-STS:task_state") or ""),
        host=intern(row.get("OS-EXT-SRV-ATTR:host") or ""),
        flavor=intern(flavor.get("original_name") or ""),
        flavor_vcpus=flavor.get("vcpus") or 0,
        flavor_ram_mib=flavor.get("ram") or 0,
        image_id=intern((row.get("image") or {}).get("id") or ""),
        fault=(row.get("fault") or {}).get("message") or "",
        addresses=_addresses(row),
        volumes=tuple(one["id"] for one in row.get("os-extended-volumes:volumes_attached") or ()),
        metadata=row.get("metadata") or {},
        created_at=row.get("created") or "",
        launched_at=row.get("OS-SRV-USG:launched_at") or "",
        updated_at=row.get("updated") or "",
        moving=status in SERVER_MOVES or bool(row.get("OS-EXT-STS:task_state")),
    )


def _addresses(row: Row) -> tuple[tuple[str, str], ...]:
    return tuple(
        (one["addr"], intern(one.get("OS-EXT-IPS:type") or "fixed"))
        for network in (row.get("addresses") or {}).values()
        for one in network
    )


def volume(row: Row) -> SeenVolume:
    """A volume of `/volumes/detail`, as an admin sees it."""
    return SeenVolume(
        id=row["id"],
        name=row.get("name") or "",
        project_id=intern(row.get("os-vol-tenant-attr:tenant_id") or ""),
        status=intern(row.get("status") or ""),
        size_gib=row.get("size") or 0,
        servers=tuple(one["server_id"] for one in row.get("attachments") or ()),
        metadata=row.get("metadata") or {},
        created_at=row.get("created_at") or "",
        updated_at=row.get("updated_at") or "",
        moving=row.get("status") in VOLUME_MOVES,
    )


def address(row: Row) -> SeenAddress:
    """A floating IP."""
    return SeenAddress(
        id=row["id"],
        project_id=intern(row.get("project_id") or row.get("tenant_id") or ""),
        address=row.get("floating_ip_address") or "",
        port_id=row.get("port_id") or "",
        description=row.get("description") or "",
    )


def port(row: Row) -> SeenPort:
    """A port."""
    return SeenPort(
        id=row["id"],
        project_id=intern(row.get("project_id") or ""),
        device_id=row.get("device_id") or "",
        device_owner=intern(row.get("device_owner") or ""),
        description=row.get("description") or "",
    )
