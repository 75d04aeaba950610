"""What the box offers, as data: flavors, images, aggregates, volume types."""

from dataclasses import dataclass
from typing import Final

GENERATIONS: Final = {  # prefix of the flavor's name: (architecture, generation in the aggregate, trait)
    "p8": ("ppc64le", "power8", "HW_CPU_PPC64LE_POWER8"),
    "p9": ("ppc64le", "power9", "HW_CPU_PPC64LE_POWER9"),
    "x86": ("x86_64", "x86-64-v3", "HW_CPU_X86_AVX2"),
}
SIZES: Final = {  # name: (vCPUs, RAM GiB, disk GiB)
    "small": (2, 4, 20),
    "medium": (4, 8, 40),
    "large": (8, 16, 80),
    "xlarge": (16, 64, 160),
}
NO_GPU: Final = {"trait:CUSTOM_GPU_P100": "forbidden"}  # GPU hosts are kept for those who ask for one
SYSTEMS: Final = {  # os_distro: (image's name, versions, the account that cloud-init makes)
    "almalinux": ("almalinux", ("9",), "almalinux"),
    "centos": ("centos-stream", ("9",), "cloud-user"),
    "debian": ("debian", ("12",), "debian"),
    "fedora": ("fedora", ("40",), "fedora"),
    "opensuse": ("opensuse", ("15.6",), "opensuse"),
    "rocky": ("rocky", ("9",), "rocky"),
    "ubuntu": ("ubuntu", ("22.04", "24.04"), "ubuntu"),
}
AGGREGATES: Final[dict[str, tuple[dict[str, str], list[str]]]] = {  # name: (metadata, hosts)
    "ppc64le": ({"arch": "ppc64le"}, ["power8-1", "power9-1", "gpu-1"]),
    "power8": ({"generation": "power8"}, ["power8-1", "gpu-1"]),
    "power9": ({"generation": "power9"}, ["power9-1"]),
    "x86_64": ({"arch": "x86_64", "generation": "x86-64-v3"}, ["x86-1"]),
    "gpu": ({"gpu": "p100"}, ["gpu-1"]),
}
VOLUME_TYPES: Final = ("ceph", "ceph-ssd")


@dataclass(frozen=True, slots=True)
class Flavor:
    """One flavor; RAM and disk in GiB."""

    name: str
    vcpus: int
    ram: int
    disk: int
    specs: dict[str, str]
    is_public: bool = False


def _by_generation(name: str, size: tuple[int, int, int], prefix: str, extra: dict[str, str]) -> Flavor:
    arch, generation, trait = GENERATIONS[prefix]
    specs = {
        "arch": arch,
        "aggregate_instance_extra_specs:arch": arch,
        "aggregate_instance_extra_specs:generation": generation,
        f"trait:HW_ARCH_{arch.upper()}": "required",
        f"trait:{trait}": "required",
    }
    return Flavor(name, *size, specs | extra)


def _by_architecture(size: str, figures: tuple[int, int, int]) -> Flavor:
    """A public flavor of any POWER host: what a lab has that does not enforce generations."""
    specs = {
        "arch": "ppc64le",
        "aggregate_instance_extra_specs:arch": "ppc64le",
        "trait:HW_ARCH_PPC64LE": "required",
    }
    return Flavor(f"power.{size}", *figures, specs | NO_GPU, is_public=True)


def flavors() -> list[Flavor]:
    """All flavors: private by generation, public by architecture, one with a GPU, one that says nothing."""
    found = [
        _by_generation(f"{prefix}.{size}", SIZES[size], prefix, NO_GPU) for prefix in GENERATIONS for size in SIZES
    ]
    found += [
        _by_architecture(*one) for one in (("small", (2, 4, 20)), ("medium", (8, 16, 40)), ("large", (32, 64, 80)))
    ]
    gpu = {"resources:CUSTOM_GPU": "1", "trait:CUSTOM_GPU_P100": "required"}
    found.append(_by_generation("gpu.p100", (16, 64, 80), "p8", gpu))
    found.append(Flavor("legacy.unsorted", 2, 4, 20, {}, is_public=True))
    return found


def images() -> dict[str, dict[str, str]]:
    """Name of each image -> its properties."""
    return {
        f"{title}-{version}-{arch}": {
            "architecture": arch,
            "hw_architecture": arch,
            "os_distro": distro,
            "os_version": version,
            "os_admin_user": account,
        }
        for distro, (title, versions, account) in SYSTEMS.items()
        for version in versions
        for arch in ("ppc64le", "x86_64")
    }
