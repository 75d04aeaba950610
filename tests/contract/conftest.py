"""The clouds under contract, and projects on them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract import clouds
from tests.contract.cloud import Cloud
from tests.contract.place import Place

REAL = pytest.param("real", marks=pytest.mark.needs("openstack"))


@pytest.fixture(scope="session", params=["simulated", REAL])
def cloud(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    if request.param == "real":
        yield clouds.real()
        return
    with clouds.simulated(tmp_path_factory.mktemp("contract")) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def place(cloud: Cloud) -> Iterator[Place]:
    """A project shared by the tests of a cloud: each leaves nothing of its own in it."""
    place = Place(cloud)
    place.quota("compute", instances=50, cores=200, ram=1024000)
    place.quota("volume", volumes=50, gigabytes=1000)
    yield place
    place.remove()


@pytest.fixture
def own_place(cloud: Cloud) -> Iterator[Place]:
    """A project for one test alone: where quotas are set, or things disabled."""
    place = Place(cloud)
    yield place
    place.remove()


@pytest.fixture(scope="session")
def server(place: Place) -> Iterator[dict[str, Any]]:
    """One running server, to look at; a test that changes it makes its own."""
    row = place.boot(metadata={"kind": "standing"})
    yield row
    place.delete_server(row["id"])
