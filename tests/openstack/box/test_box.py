"""The box itself: what it offers fits its machines, and `up` may be run again at will."""

import subprocess

import pytest

from tests.openstack.box import catalog
from tests.openstack.box.places import CLOUDS, HERE, MACHINES

SPEC = "aggregate_instance_extra_specs:"


def aggregate_words(host: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for metadata, members in catalog.AGGREGATES.values():
        words |= metadata if host in members else {}
    return words


def fits(flavor: catalog.Flavor, host: str) -> bool:
    """Whether the scheduler could place it there, by trait, aggregate and size."""
    machine, words = MACHINES[host], aggregate_words(host)
    for key, value in flavor.specs.items():
        if key.startswith("trait:") and (key.removeprefix("trait:") in machine["traits"]) != (value == "required"):
            return False
        if key.startswith(SPEC) and words.get(key.removeprefix(SPEC)) != value:
            return False
    return bool(flavor.vcpus <= machine["vcpus"] and flavor.ram * 1024 <= machine["memory_mb"])


@pytest.mark.parametrize(
    ("prefix", "hosts"),
    [
        ("p8.", {"power8-1"}),
        ("p9.", {"power9-1"}),
        ("x86.", {"x86-1"}),
        ("gpu.", {"gpu-1"}),
        ("power.", {"power8-1", "power9-1"}),
    ],
)
def test_flavors_go_to_their_machines_and_no_others(prefix: str, hosts: set[str]) -> None:
    flavors = [flavor for flavor in catalog.flavors() if flavor.name.startswith(prefix)]
    assert flavors
    for flavor in flavors:
        assert {host for host in MACHINES if fits(flavor, host)} == hosts, flavor.name


@pytest.mark.needs("openstack")
def test_up_again_changes_nothing_and_all_runs() -> None:
    before = CLOUDS.read_text()
    up = subprocess.run([HERE / "up"], capture_output=True, text=True, check=False)
    assert up.returncode == 0, up.stderr
    assert CLOUDS.read_text() == before
    assert subprocess.run([HERE / "status"], capture_output=True, check=False).returncode == 0
