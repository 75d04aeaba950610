"""A simulated Jenkins with several people, fresh for each test."""

from collections.abc import Iterator

import pytest

from simulators.common import serving
from simulators.jenkins.app import Jenkins
from tests.simulators.jenkins.ci import Ci


@pytest.fixture(scope="session")
def served() -> Iterator[Ci]:
    """One for all tests: its many addresses take longer to lay out than most tests take."""
    app = Jenkins("portal", "password-of-portal", "token-of-portal")
    with serving(app) as url:
        yield Ci(url, app)


@pytest.fixture
def ci(served: Ci) -> Ci:
    fresh = Ci(served.url, served.app)
    fresh.sim("reset", {})
    for login, groups in {"admin": [], "octocat": ["octo-org*Core Team"], "mallory": []}.items():
        fresh.sim("users", {"login": login, "token": f"token-of-{login}", "groups": groups})
    fresh.sim("users", {"login": "admin", "permissions": ["hudson.model.Hudson.Administer"]})
    return fresh
