"""What a cloud shows of what it offers, as plain values: the border between those who read clouds and the tables.

RAM in MiB, disks in GiB; `id` is the cloud's own. Extra specs, properties, traits and aggregates come as the cloud says
them; projects.classify makes architecture and generation of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from projects.amounts import NOTHING, Amount


@dataclass(frozen=True, slots=True)
class FlavorSeen:
    """A flavor with its extra specs."""

    id: str
    name: str
    vcpus: int
    ram_mib: int
    disk_gib: int
    public: bool = False
    extra_specs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImageSeen:
    """An image that is active, with its properties (architecture, hw_architecture, os_distro, ...)."""

    id: str
    name: str
    min_disk_gib: int = 0
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HostSeen:
    """A hypervisor, by the name that servers give for where they are.

    `ram_used_mib` is what servers take; `ram_reserved_mib` is kept for the host itself. `vcpus` are physical threads;
    the ratio of the catalog's settings makes of them what may be promised. `aggregates` are names and `key=value`
    metadata of the aggregates that it belongs to.
    """

    id: str
    name: str
    up: bool = True
    enabled: bool = True
    vcpus: int = 0
    vcpus_used: int = 0
    ram_mib: int = 0
    ram_reserved_mib: int = 0
    ram_used_mib: int = 0
    gpus: int = 0
    servers: int = 0
    traits: frozenset[str] = frozenset()
    aggregates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VolumeTypeSeen:
    """A volume type; `shared` says that all hosts reach its volumes, so that a server can move with them."""

    id: str
    name: str
    default: bool = False
    shared: bool = True


@dataclass(frozen=True, slots=True)
class StorageSeen:
    """The volumes' back end, GiB: its raw size, what is free, and what volumes have been given that are not ours."""

    total_gib: int = 0
    free_gib: int = 0
    foreign_gib: int = 0


@dataclass(frozen=True, slots=True)
class PoolSeen:
    """What servers that are not ours take of one generation (its slug)."""

    generation: str
    foreign: Amount = NOTHING


@dataclass(frozen=True, slots=True)
class CatalogSeen:
    """All of one look at a cloud's offer. `pools` is None where this look did not tell who uses what."""

    flavors: tuple[FlavorSeen, ...] = ()
    images: tuple[ImageSeen, ...] = ()
    hosts: tuple[HostSeen, ...] = ()
    volume_types: tuple[VolumeTypeSeen, ...] = ()
    storage: StorageSeen = StorageSeen()
    pools: tuple[PoolSeen, ...] | None = None
