"""Specs for tests of planner and engine."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from provisioning.spec import CiSpec, ServerSpec, Spec

# What makes a spec one of CI: a folder with the starter and one job.
CI: dict[str, Any] = {
    "kind": "ci",
    "servers": (),
    "ci": CiSpec((("ada-porter", 4101),), (("fastcodec", "https://github.com/ada-porter/fastcodec"),), ("ppc64le",)),
}


def a_server(name: str = "web-1", **changes: Any) -> ServerSpec:
    values: dict[str, Any] = {
        "name": name, "line": name.rpartition("-")[0], "flavor_id": "f1", "flavor": "small", "flavor_private": True,
        "image_id": "i1", "image": "debian-12", "architecture": "ppc64le", "volume_gib": 10,
    }  # fmt: skip
    return ServerSpec(**{**values, **changes})


def a_spec(**changes: Any) -> Spec:
    servers = changes.get("servers", (a_server(),))
    values: dict[str, Any] = {
        "allocation": uuid4(), "title": "Ada", "cloud": "paper", "kind": "managed", "desired": "present", "revision": 1,
        "generation": "power9", "ends_at": datetime(2027, 1, 1, tzinfo=UTC), "vcpus": 2, "ram_mib": 4096,
        "instances": len(servers), "volumes": len(servers), "volume_gib": 10 * len(servers), "servers": servers,
        "ports": tuple((line, (443,)) for line in dict.fromkeys(server.line for server in servers)),
        "people": (("ada", ("ssh-ed25519 AAAA",)),), "network_id": "n1", "external_network_id": "n2",
        "volume_type": "ceph",
    }  # fmt: skip
    return Spec(**{**values, **changes})
