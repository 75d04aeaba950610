"""Reads what a cloud offers, and what others take of it, into the tables of projects."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import Any, Final

from django.utils import timezone

from projects.amounts import NOTHING, Amount
from projects.catalog import CatalogSeen, FlavorSeen, HostSeen, ImageSeen, PoolSeen, StorageSeen, VolumeTypeSeen
from projects.models import Flavor, Host
from projects.services.catalog import set_cloud_trouble, store_catalog, store_foreign
from provisioning import observe
from provisioning.adapters.openstack import OpenStackCloud, open_cloud
from provisioning.errors import Gone, ProviderError
from provisioning.models import Step
from provisioning.places import read_places
from provisioning.ports import Snapshot
from provisioning.reconcile import mark_outdated

NOT_PROPERTIES: Final = frozenset({"self", "file", "schema", "checksum", "os_hash_value", "os_hash_algo"})
Row = Mapping[str, Any]


def refresh(name: str) -> None:
    """Read a cloud's offer and store it. Where it cannot be read, says so on the cloud's row and raises the error."""
    try:
        cloud = open_cloud(name)
        read_places(name, cloud)
        snapshot = observe.look(name, cloud)
        ours = our_projects(name)
        seen = read(cloud, foreign_gib=foreign_gib(snapshot, ours))
    except ProviderError as error:
        set_cloud_trouble(cloud_name=name, words=error.words)
        raise
    # What servers take was seen by the listing, so the figures are no younger than it.
    store_catalog(cloud_name=name, seen=seen, at=min(timezone.now(), snapshot.taken_at))
    # Hosts and flavors are classified now, so that what runs on them can be told apart by generation.
    by_host = dict(Host.objects.filter(cloud__name=name, present=True).values_list("name", "generation__slug"))
    store_foreign(cloud_name=name, pools=foreign_pools(name, snapshot, ours, by_host))
    if words := on_unknown_hosts(snapshot, by_host):
        set_cloud_trouble(cloud_name=name, words=words)
    mark_outdated(name)


def read(cloud: OpenStackCloud, *, foreign_gib: int = 0) -> CatalogSeen:
    """What a cloud offers now. Raises a ProviderError."""
    default, pools = _default_type(cloud), cloud.volume.pools()
    return CatalogSeen(
        flavors=tuple(map(flavor, (row for row in cloud.compute.flavors() if not row.get("OS-FLV-DISABLED:disabled")))),
        images=tuple(map(image, filter(_is_system, cloud.image.images(visibility="public", status="active")))),
        hosts=tuple(hosts(cloud)),
        volume_types=tuple(
            VolumeTypeSeen(row["id"], row["name"], row["id"] == default, is_shared(row, pools))
            for row in cloud.volume.types()
        ),
        storage=storage(pools, foreign_gib=foreign_gib),
    )


def flavor(row: Row) -> FlavorSeen:
    return FlavorSeen(
        id=row["id"],
        name=row["name"],
        vcpus=int(row["vcpus"]),
        ram_mib=int(row["ram"]),
        disk_gib=int(row["disk"]),
        public=bool(row.get("os-flavor-access:is_public")),
        extra_specs=dict(row.get("extra_specs") or {}),
    )


def image(row: Row) -> ImageSeen:
    words = {name: value for name, value in row.items() if isinstance(value, str) and name not in NOT_PROPERTIES}
    return ImageSeen(row["id"], row["name"] or "", int(row.get("min_disk") or 0), words)


def _is_system(row: Row) -> bool:
    """An image to install from, not a snapshot of somebody's server."""
    return row.get("image_type") != "snapshot" and not row.get("os_hidden")


def hosts(cloud: OpenStackCloud) -> Iterable[HostSeen]:
    """The hypervisors with what placement says of them: exact totals, reserves, uses and traits."""
    aggregates = cloud.compute.aggregates()
    children: dict[str, list[str]] = {}
    for provider in cloud.placement.providers():
        children.setdefault(provider["root_provider_uuid"], []).append(provider["uuid"])
    for row in cloud.compute.hypervisors():
        yield _host(cloud, row, children.get(row["id"], []), aggregates)


def _host(cloud: OpenStackCloud, row: Row, providers: list[str], aggregates: list[dict[str, Any]]) -> HostSeen:
    """GPUs may be providers of their own below the host's."""
    stock = [one for provider in providers for one in cloud.placement.inventories(provider).items()]
    own = cloud.placement.inventories(row["id"]) if row["id"] in providers else {}
    used = cloud.placement.usages(row["id"]) if row["id"] in providers else {}
    ram = own.get("MEMORY_MB", {})
    return HostSeen(
        id=row["id"],
        name=_service_host(row),
        up=row.get("state") == "up",
        enabled=row.get("status") == "enabled",
        vcpus=int(own.get("VCPU", {}).get("total") or row.get("vcpus") or 0),
        vcpus_used=int(used.get("VCPU", 0)),
        ram_mib=int(ram.get("total") or row.get("memory_mb") or 0),
        ram_reserved_mib=int(ram.get("reserved", 0)),
        ram_used_mib=int(used.get("MEMORY_MB", 0)),
        gpus=sum(int(one["total"]) for name, one in stock if "GPU" in name),
        servers=int(row.get("running_vms") or 0),
        traits=frozenset().union(*(cloud.placement.traits(provider) for provider in providers)),
        aggregates=tuple(_aggregates(row, aggregates)),
    )


def _service_host(hypervisor: Row) -> str:
    """What servers and aggregates call it: its nova-compute service's host, which libvirt may know by another name."""
    return str((hypervisor.get("service") or {}).get("host") or hypervisor["hypervisor_hostname"])


def _aggregates(host: Row, aggregates: list[dict[str, Any]]) -> Iterable[str]:
    """Names and `key=value` metadata of those that the host is in."""
    name = _service_host(host)
    for one in aggregates:
        if name in one["hosts"]:
            yield one["name"]
            yield from (f"{key}={value}" for key, value in one["metadata"].items())


def storage(pools: Iterable[Row], *, foreign_gib: int = 0) -> StorageSeen:
    """The pools' capacity in GiB; pools that are the same back end, seen by several services, count once."""
    known = {_fingerprint(pool["capabilities"]): pool["capabilities"] for pool in pools}.values()
    return StorageSeen(
        total_gib=sum(_gib(one.get("total_capacity_gb")) for one in known),
        free_gib=sum(_gib(one.get("free_capacity_gb")) for one in known),
        foreign_gib=foreign_gib,
    )


def is_shared(volume_type: Row, pools: Iterable[Row]) -> bool:
    """Whether all hosts reach this type's volumes alike; not where its back ends are the disks of one machine."""
    wanted = (volume_type.get("extra_specs") or {}).get("volume_backend_name")
    ends = [pool["capabilities"] for pool in pools]
    own = [end for end in ends if wanted in {None, end.get("volume_backend_name")}]
    return not own or not all(_is_local(end) for end in own)


def _is_local(end: Row) -> bool:
    """LVM gives out a machine's own disks, whatever the protocol by which others reach them."""
    return end.get("storage_protocol") == "local" or str(end.get("location_info", "")).startswith("LVM")


def _fingerprint(capabilities: Row) -> tuple[str, ...]:
    names = ("volume_backend_name", "location_info", "total_capacity_gb")
    return tuple(str(capabilities.get(name, "")) for name in names)


def _gib(figure: Any) -> int:
    """Cinder also says `infinite` and `unknown`, of which nothing can be promised."""
    return int(figure) if isinstance(figure, (int, float)) else 0


def _default_type(cloud: OpenStackCloud) -> str:
    try:
        return cloud.volume.default_type()
    except Gone:
        return ""


def our_projects(name: str) -> frozenset[str]:
    """The ids of the cloud projects that we made."""
    made = Step.objects.filter(kind="project", plan__cloud=name).exclude(external_id="")
    return frozenset(made.values_list("external_id", flat=True))


def foreign_gib(snapshot: Snapshot, ours: frozenset[str]) -> int:
    """GiB of volumes that are not in our projects."""
    return sum(volume.size_gib for volume in snapshot.volumes.values() if volume.project_id not in ours)


def foreign_pools(
    name: str, snapshot: Snapshot, ours: frozenset[str], by_host: Mapping[str, str | None]
) -> list[PoolSeen]:
    """What servers that are not in our projects take, by the generation (`by_host`) of the host that they are on."""
    gpus = dict(Flavor.objects.filter(cloud__name=name, gpus__gt=0).values_list("name", "gpus"))
    taken: dict[str, Amount] = {}
    for server in snapshot.servers.values():
        generation = by_host.get(server.host)
        if server.project_id not in ours and generation:
            taken[generation] = taken.get(generation, NOTHING) + observe.amount_of(server, gpus)
    return [PoolSeen(generation, amount) for generation, amount in sorted(taken.items())]


def on_unknown_hosts(snapshot: Snapshot, known: Container[str]) -> str:
    """In words, which hosts have servers and are not listed by the cloud; empty where there are none."""
    found = Counter(server.host for server in snapshot.servers.values() if server.host and server.host not in known)
    if not found:
        return ""
    hosts = ", ".join(f"{host} ({number} server{'' if number == 1 else 's'})" for host, number in sorted(found.items()))
    return f"The cloud does not list hosts that have servers: what others take there is not counted. They are {hosts}."
