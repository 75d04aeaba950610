"""A simulated Jenkins with several people, for each test."""

from collections.abc import Iterator

import pytest

from simulators.common import serving
from simulators.jenkins.app import Jenkins
from tests.simulators.jenkins.ci import Ci


@pytest.fixture
def ci() -> Iterator[Ci]:
    app = Jenkins("portal", "password-of-portal", "token-of-portal")
    with serving(app) as url:
        ci = Ci(url, app)
        for login, groups in {"admin": [], "octocat": ["octo-org*Core Team"], "mallory": []}.items():
            ci.sim("users", {"login": login, "token": f"token-of-{login}", "groups": groups})
        ci.sim("users", {"login": "admin", "permissions": ["hudson.model.Hudson.Administer"]})
        yield ci
