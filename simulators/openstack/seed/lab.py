"""The model lab in figures: hosts, flavors, systems, pools."""

from simulators.openstack.store import Row

GIB = 1024
POWER8: Row = {
    "arch": "ppc64le",
    "cpu": "POWER8",
    "traits": ["HW_ARCH_PPC64LE", "HW_CPU_PPC64LE_POWER8"],
    "vcpus": 160,
    "ram": 512,
}
POWER9 = {
    "arch": "ppc64le",
    "cpu": "POWER9",
    "traits": ["HW_ARCH_PPC64LE", "HW_CPU_PPC64LE_POWER9"],
    "vcpus": 160,
    "ram": 512,
}
X86 = {"arch": "x86_64", "cpu": "Haswell", "traits": ["HW_ARCH_X86_64", "HW_CPU_X86_AVX2"], "vcpus": 64, "ram": 256}
GPU: Row = {**POWER8, "traits": [*POWER8["traits"], "CUSTOM_GPU", "CUSTOM_GPU_P100"], "gpus": 2}
HOSTS: dict[str, list[tuple[str, int, Row]]] = {  # size: (name, how many, what)
    "lab": [("power8", 6, POWER8), ("power9", 4, POWER9), ("gpu", 1, GPU), ("x86", 2, X86)],
    "small": [("power8", 2, POWER8), ("power9", 1, POWER9), ("gpu", 1, GPU), ("x86", 1, X86)],
}
FULL_NAMES = {"power8-2": "power8-2.lab.example.org"}  # hosts that libvirt knows by another name than nova's service
AGGREGATES: dict[str, tuple[Row, tuple[str, ...]]] = {  # name: (metadata, beginnings of its hosts' names)
    "power8": ({"generation": "power8"}, ("power8-", "gpu-")),
    "power9": ({"generation": "power9"}, ("power9-",)),
    "ppc64le": ({"arch": "ppc64le"}, ("power8-", "power9-", "gpu-")),
    "x86_64": ({"arch": "x86_64", "generation": "x86-64-v3"}, ("x86-",)),
    "gpu": ({"gpu": "p100"}, ("gpu-",)),
}
SIZES = {"small": (2, 4, 20), "medium": (4, 8, 40), "large": (8, 16, 80), "xlarge": (16, 64, 160)}
KINDS = {  # prefix: (arch, generation of the aggregate, trait)
    "p8": ("ppc64le", "power8", "HW_CPU_PPC64LE_POWER8"),
    "p9": ("ppc64le", "power9", "HW_CPU_PPC64LE_POWER9"),
    "x86": ("x86_64", "x86-64-v3", "HW_CPU_X86_AVX2"),
}
SYSTEMS = {  # name: (os_distro, os_version, the user that cloud-init knows)
    "almalinux-9": ("almalinux", "9", "almalinux"),
    "centos-stream-9": ("centos", "9", "cloud-user"),
    "debian-12": ("debian", "12", "debian"),
    "fedora-40": ("fedora", "40", "fedora"),
    "ubuntu-22.04": ("ubuntu", "22.04", "ubuntu"),
    "ubuntu-24.04": ("ubuntu", "24.04", "ubuntu"),
    "opensuse-15.6": ("opensuse", "15.6", "opensuse"),
    "rocky-9": ("rocky", "9", "rocky"),
}
# Days for which the lab itself goes on mending a system that its makers gave up; told by the image's property eol_date.
MENDED = {"fedora-40": 60}
# 300 TB raw, three copies: 100 TB to fill, a fifth of it full
POOLS = {"ceph": (100_000, 80_000, 20_000), "ceph-ssd": (8_000, 6_400, 1_600), "local": (20_000, 19_000, 1_000)}


def specs(kind: str) -> Row:
    """The extra specs of a generation's flavors."""
    arch, generation, trait = KINDS[kind]
    return {
        "arch": arch,
        "aggregate_instance_extra_specs:arch": arch,
        "aggregate_instance_extra_specs:generation": generation,
        f"trait:HW_ARCH_{arch.upper()}": "required",
        f"trait:{trait}": "required",
        "trait:CUSTOM_GPU_P100": "forbidden",
    }


def flavors() -> list[tuple[str, int, int, int, Row, bool]]:
    """(name, vCPUs, GiB of RAM, GiB of disk, extra specs, whether public)."""
    rows = [(f"{kind}.{size}", *SIZES[size], specs(kind), False) for kind in KINDS for size in SIZES]
    gpu = specs("p8") | {"resources:CUSTOM_GPU": "1", "trait:CUSTOM_GPU_P100": "required"}
    return [*rows, ("gpu.p100", 16, 64, 80, gpu, False), ("legacy.unsorted", 2, 4, 20, {}, True)]
