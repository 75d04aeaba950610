"""Why a server or a volume went to ERROR: nova and cinder say the same for every cause, so what can be read decides."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from provisioning.adapters.openstack import OpenStackCloud
from provisioning.errors import Failure, ProviderError
from provisioning.outcomes import Missing
from provisioning.ports import SeenVolume
from provisioning.spec import ServerWant, VolumeWant

NO_HOST = "No valid host was found"
TRIED_ALL = "Exhausted all hosts"
CONTIGUOUS = "Cannot allocate memory"
NO_SPACE = "No space left"
ARCHITECTURE = ("hw_architecture", "architecture")
Row = Mapping[str, Any]


def explain(cloud: OpenStackCloud, want: ServerWant, fault: str) -> Missing:
    """The named failure: what happened, who must act. It makes up to seven calls, what they refuse is left out."""
    if CONTIGUOUS in fault:
        words = "The host could not give the server its memory in one piece: move servers away from it, or restart it."
        return _failed(words, Failure.NO_VALID_HOST, fault)
    if NO_SPACE in fault:
        return _failed("The disk of the server’s host is full: make room on it.", Failure.DISK_FULL, fault)
    if TRIED_ALL in fault:
        return _failed("Several hosts tried to start the server and failed.", Failure.NO_VALID_HOST, fault)
    if NO_HOST not in fault:
        return _failed("The cloud could not build the server.", Failure.UPSTREAM_BUG, fault, who="upstream")
    return mismatch(cloud, want, fault) or no_room(cloud, want, fault)


def mismatch(cloud: OpenStackCloud, want: ServerWant, fault: str) -> Missing | None:
    """The image's architecture is not the flavor's."""
    try:
        image, flavor = cloud.image.image(want.image_id), cloud.compute.flavor(want.flavor_id)
    except ProviderError:
        return None
    of_image = next((str(image[name]) for name in ARCHITECTURE if image.get(name)), "")
    of_flavor = flavor_architecture(_specs(flavor)) or want.architecture
    if not of_image or not of_flavor or of_image == of_flavor:
        return None
    words = f"The image {want.image} is for {of_image}, the flavor {want.flavor} for {of_flavor}: choose another image."
    return _failed(words, Failure.MISMATCH, fault, who="you")


def no_room(cloud: OpenStackCloud, want: ServerWant, fault: str) -> Missing:
    """No host is up, or none that is has the flavor's RAM or disk free, or some rule of the cloud's leaves none."""
    try:
        flavor = cloud.compute.flavor(want.flavor_id)
        hosts = [row for row in cloud.compute.hypervisors() if architecture_of(row) in {"", want.architecture}]
    except ProviderError:
        return _failed("No host of the cloud takes the server.", Failure.NO_VALID_HOST, fault)
    need = int(flavor["ram"])
    up = [row for row in hosts if row["state"] == "up" and row["status"] == "enabled"]
    most = max((int(row.get("free_ram_mb") or 0) for row in up), default=0)
    if not up:
        return _failed(f"No host for {want.architecture} is up and enabled.", Failure.NO_VALID_HOST, fault)
    if most < need:
        words = f"No host has {need} MiB of RAM free for {want.flavor}; the most is {most} MiB."
        return _failed(words, Failure.NO_CAPACITY, fault)
    if _disks_full(cloud, up, flavor):
        words = f"No host that has the RAM for {want.flavor} has {flavor['disk']} GiB of disk left."
        return _failed(words, Failure.DISK_FULL, fault)
    words = f"No host takes {want.flavor}: those with room are not of {want.generation or 'its generation'}."
    return _failed(words, Failure.NO_VALID_HOST, fault)


def _disks_full(cloud: OpenStackCloud, up: Sequence[Row], flavor: Row) -> bool:
    """Whether the hosts with the RAM have disks of their own, as those that keep all in Ceph need not, and all full."""
    ram, ids = f"MEMORY_MB:{flavor['ram']}", {row["id"] for row in up}
    traits = [name.removeprefix("trait:") for name, value in _specs(flavor).items() if value == "required"]
    asked = {"required": ",".join(traits)} if traits else {}
    try:
        roomy = [row["uuid"] for row in cloud.placement.providers(resources=ram, **asked) if row["uuid"] in ids]
        if not roomy or "DISK_GB" not in cloud.placement.inventories(roomy[0]):
            return False
        both = cloud.placement.providers(resources=f"{ram},DISK_GB:{flavor['disk']}", **asked)
    except ProviderError:
        return False
    return not any(row["uuid"] in ids for row in both)


def explain_volume(cloud: OpenStackCloud, want: VolumeWant, volume: SeenVolume) -> Missing:
    """The named failure of a volume in error: no back end of its type has the room, or cinder gives no reason.

    It makes two calls, what they refuse is left out.
    """
    need = want.size_gib - (volume.size_gib if volume.status == "error_extending" else 0)
    try:
        most = max(map(_free_gib, _pools(cloud, want.volume_type)), default=None)
    except ProviderError:
        most = None
    if most is not None and most < need:
        words = f"No storage of the cloud has {need:,} GiB free for the volume; the most is {most:,.0f} GiB."
        return _failed(words, Failure.DISK_FULL, "")
    return volume_in_error(volume.status)


def volume_in_error(status: str) -> Missing:
    """What is said of a volume in error as long as no reason is known."""
    words = f"The volume’s status in the cloud is {status}."
    return _failed(words, Failure.UPSTREAM_BUG, "", who="upstream")


def _pools(cloud: OpenStackCloud, volume_type: str) -> list[Row]:
    """What the back ends say that serve this volume type; of all, where the type names none."""
    specs: Row = next((row["extra_specs"] for row in cloud.volume.types() if row["name"] == volume_type), {})
    backend = specs.get("volume_backend_name")
    told = [pool["capabilities"] for pool in cloud.volume.pools()]
    return [one for one in told if backend in {None, one.get("volume_backend_name")}]


def _free_gib(pool: Row) -> float:
    """Cinder also says `infinite` and `unknown`: no reason to call it full."""
    free = pool.get("free_capacity_gb")
    return float(free) if isinstance(free, (int, float)) else math.inf


def flavor_architecture(specs: Mapping[str, str]) -> str:
    """The architecture that a flavor's traits ask for: `trait:HW_ARCH_PPC64LE=required`."""
    asked = (name.removeprefix("trait:HW_ARCH_") for name, value in specs.items() if value == "required")
    return next((name.lower() for name in asked if not name.startswith("trait:")), "")


def architecture_of(hypervisor: Row) -> str:
    info = hypervisor.get("cpu_info")
    return str(info.get("arch") or "") if isinstance(info, Mapping) else ""


def _specs(flavor: Row) -> Mapping[str, str]:
    return flavor.get("extra_specs") or {}


def _failed(words: str, failure: Failure, fault: str, *, who: str = "lab") -> Missing:
    said = f" The cloud says: {fault[:200]}" if fault else ""
    return Missing(f"{words}{said}", errored=True, failure=failure, who=who)
