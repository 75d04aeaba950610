"""A simulated Jenkins with several people, for each test."""

from collections.abc import Iterator

import pytest

from simulators.common import serving
from simulators.jenkins.app import Jenkins
from tests.simulators.jenkins.ci import Ci


@pytest.fixture
def ci() -> Iterator[Ci]:
    app = Jenkins("portal", "password-of-portal", "token-of-portal")
    for login, groups in {"admin": [], "octocat": ["octo-org*Core Team"], "mallory": []}.items():
        app.state["users"][login] = {"password": "", "token": f"token-of-{login}", "groups": groups}
    app.state["permissions"].append("USER:hudson.model.Hudson.Administer:admin")
    with serving(app) as url:
        yield Ci(url, app)
