"""Where everything of the box is: state, ports, machines, and the one password."""

import os
import pathlib
import secrets
from typing import Any, Final

HERE: Final = pathlib.Path(__file__).resolve().parent
ROOT: Final = HERE.parents[2]
PACKAGE: Final = "tests.openstack.box"
STATE: Final = pathlib.Path(os.environ.get("OSBOX_STATE", "/var/lib/osbox")).resolve()
ETC, LOGS, PIDS, DONE = STATE / "etc", STATE / "log", STATE / "pid", STATE / "done"
CLOUDS: Final = STATE / "clouds.yaml"
PYTHON: Final = "/usr/bin/python3"  # Debian's own: it has the OpenStack packages
REGION: Final = "RegionOne"
CEPH_FSID: Final = "8f2c1f6e-0b5e-4c57-9b62-2f5a3a2f7d11"

PORTS: Final = {
    "keystone": 5000,
    "glance": 9292,
    "placement": 8778,
    "neutron": 9696,
    "nova": 8774,
    "cinder": 8776,
    "mariadb": 23306,
    "rabbit": 25673,
    "rabbit-dist": 25674,
    "epmd": 24369,
    "ceph-mon": 23300,
    "ceph-first": 26800,
    "ceph-last": 26850,
}

POWER: Final[dict[str, Any]] = {"arch": "ppc64le", "vcpus": 160, "memory_mb": 512 * 1024, "disk_gb": 4000}
POWER8: Final = ["HW_ARCH_PPC64LE", "HW_CPU_PPC64LE_POWER8"]
POWER9: Final = ["HW_ARCH_PPC64LE", "HW_CPU_PPC64LE_POWER9"]
# The pretended hypervisors; each is one nova-compute process.
MACHINES: Final[dict[str, dict[str, Any]]] = {
    "power8-1": {**POWER, "model": "POWER8", "traits": POWER8},
    "power9-1": {**POWER, "model": "POWER9", "traits": POWER9},
    "gpu-1": {**POWER, "model": "POWER8", "gpus": 4, "traits": [*POWER8, "CUSTOM_GPU_P100"]},
    "x86-1": {
        "arch": "x86_64",
        "model": "Skylake-Server",
        "vcpus": 64,
        "memory_mb": 256 * 1024,
        "disk_gb": 4000,
        "traits": ["HW_ARCH_X86_64", "HW_CPU_X86_AVX2"],
    },
}


def url(service: str) -> str:
    """The address of one of the APIs."""
    return f"http://127.0.0.1:{PORTS[service]}"


def password() -> str:
    """One password for everything in the box, made at the first up."""
    path = STATE / "password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(12))
    return path.read_text()


def make_folders() -> None:
    for folder in (ETC, LOGS, PIDS, DONE, STATE / "rabbit"):
        folder.mkdir(parents=True, exist_ok=True)


def still_to_do(mark: str) -> bool:
    """Whether a step that is done only once in the life of a state is still to do."""
    return not (DONE / mark).exists()


def mark_done(mark: str) -> None:
    (DONE / mark).touch()
