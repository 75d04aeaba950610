"""The clouds that the contract is held against, from their clouds.yaml."""

import contextlib
import os
import pathlib
from collections.abc import Iterator

import yaml
from keystoneauth1.identity import v3

from tests.contract.cloud import Cloud, Person
from tests.simulated import simulator


def connect(file: pathlib.Path, name: str, address: str | None = None) -> Cloud:
    """The cloud of that name, signed in to by password; `address` is the simulator's, where it is one."""
    entry = yaml.safe_load(file.read_text())["clouds"][name]
    region, auth = entry["region_name"], entry["auth"]
    return Cloud(name, file, auth["auth_url"], region, Person(v3.Password(**auth), region), address)


def real() -> Cloud:
    """The real OpenStack that CONTRACT_CLOUD names in OS_CLIENT_CONFIG_FILE."""
    return connect(pathlib.Path(os.environ["OS_CLIENT_CONFIG_FILE"]), os.environ["CONTRACT_CLOUD"])


@contextlib.contextmanager
def simulated(home: pathlib.Path) -> Iterator[Cloud]:
    """The simulator in a process of its own, on a free port."""
    file = home / "clouds.yaml"
    with simulator("openstack", home, "--clouds-yaml", file) as running:
        yield connect(file, "simulated", running.url)
