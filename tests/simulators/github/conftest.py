"""A simulated GitHub for each test."""

from collections.abc import Iterator

import pytest

from simulators.common import serving
from simulators.github.app import GitHub
from tests.simulators.github.site import APP, CALLBACK, Site


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(GitHub(**APP, callback=CALLBACK)) as url:
        yield Site(url)
