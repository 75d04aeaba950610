"""Why a server went to ERROR: nova says the same for every cause, so image, flavor and hosts are compared here."""

from collections.abc import Mapping
from typing import Any

from provisioning.adapters.openstack import OpenStackCloud
from provisioning.errors import Failure, ProviderError
from provisioning.outcomes import Missing
from provisioning.spec import ServerWant

NO_HOST = "No valid host was found"
TRIED_ALL = "Exhausted all hosts"
CONTIGUOUS = "Cannot allocate memory"
ARCHITECTURE = ("hw_architecture", "architecture")
Row = Mapping[str, Any]


def explain(cloud: OpenStackCloud, want: ServerWant, fault: str) -> Missing:
    """The named failure: what happened, who must act. It makes up to four calls, what they refuse is left out."""
    if CONTIGUOUS in fault:
        words = "The host could not give the server its memory in one piece: move servers away from it, or restart it."
        return _failed(words, Failure.NO_VALID_HOST, fault)
    if TRIED_ALL in fault:
        return _failed("Several hosts tried to start the server and failed.", Failure.NO_VALID_HOST, fault)
    if NO_HOST not in fault:
        return _failed("The cloud could not build the server.", Failure.UPSTREAM_BUG, fault)
    return mismatch(cloud, want, fault) or no_room(cloud, want, fault)


def mismatch(cloud: OpenStackCloud, want: ServerWant, fault: str) -> Missing | None:
    """The image's architecture is not the flavor's."""
    try:
        image, flavor = cloud.image.image(want.image_id), cloud.compute.flavor(want.flavor_id)
    except ProviderError:
        return None
    of_image = next((str(image[name]) for name in ARCHITECTURE if image.get(name)), "")
    of_flavor = flavor_architecture(flavor.get("extra_specs") or {}) or want.architecture
    if not of_image or not of_flavor or of_image == of_flavor:
        return None
    words = f"The image {want.image} is for {of_image}, the flavor {want.flavor} for {of_flavor}: choose another image."
    return _failed(words, Failure.MISMATCH, fault, who="you")


def no_room(cloud: OpenStackCloud, want: ServerWant, fault: str) -> Missing:
    """No host is up, or none of those that are has the flavor's RAM free, or some rule of the cloud's leaves none."""
    try:
        need = int(cloud.compute.flavor(want.flavor_id)["ram"])
        hosts = [row for row in cloud.compute.hypervisors() if architecture_of(row) in {"", want.architecture}]
    except ProviderError:
        return _failed("No host of the cloud takes the server.", Failure.NO_VALID_HOST, fault)
    up = [row for row in hosts if row["state"] == "up" and row["status"] == "enabled"]
    most = max((int(row.get("free_ram_mb") or 0) for row in up), default=0)
    if not up:
        return _failed(f"No host for {want.architecture} is up and enabled.", Failure.NO_VALID_HOST, fault)
    if most < need:
        words = f"No host has {need} MiB of RAM free for {want.flavor}; the most is {most} MiB."
        return _failed(words, Failure.NO_CAPACITY, fault)
    words = f"No host takes {want.flavor}: those with room are not of {want.generation or 'its generation'}."
    return _failed(words, Failure.NO_VALID_HOST, fault)


def flavor_architecture(specs: Mapping[str, str]) -> str:
    """The architecture that a flavor's traits ask for: `trait:HW_ARCH_PPC64LE=required`."""
    asked = (name.removeprefix("trait:HW_ARCH_") for name, value in specs.items() if value == "required")
    return next((name.lower() for name in asked if not name.startswith("trait:")), "")


def architecture_of(hypervisor: Row) -> str:
    info = hypervisor.get("cpu_info")
    return str(info.get("arch") or "") if isinstance(info, Mapping) else ""


def _failed(words: str, failure: Failure, fault: str, *, who: str = "lab") -> Missing:
    said = f" The cloud says: {fault[:200]}" if fault else ""
    return Missing(f"{words}{said}", errored=True, failure=failure, who=who)
