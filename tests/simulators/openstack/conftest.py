"""One small cloud for all tests of a process, fresh for each."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from simulators.common import serving
from simulators.openstack.cloud import Cloud
from tests.simulators.openstack.lab import Lab, Still


@pytest.fixture(scope="session")
def standing() -> Iterator[Lab]:
    """The server and the admin's sign-in, which are costly to make."""
    with ExitStack() as cleanup:
        cloud = Cloud("small", build_seconds=10)
        cloud.clock = Still(time.time())
        url = cleanup.enter_context(serving(cloud))
        yield Lab(cloud, url, cleanup)


@pytest.fixture
def lab(standing: Lab) -> Iterator[Lab]:
    standing.cloud.clock.began = time.time()
    standing.control("POST", "reset")
    standing.admin.session.invalidate()
    with standing.visitors():
        yield standing
