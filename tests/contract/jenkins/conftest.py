"""The Jenkins under contract, and things in it that are gone after the test."""

from collections.abc import Iterator

import pytest

from provisioning.adapters.jenkins import Controller
from tests.contract.jenkins.server import Server, Thing, real, thing


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    """The simulator, fresh and with the account that tests/conftest.py gives it, or the real one of the environment."""
    if found := real():
        return found
    running = request.getfixturevalue("jenkins")
    return Server(running.url, "portico", "demo-token", "demo", running)


@pytest.fixture
def controller(server: Server) -> Controller:
    return server.controller()


@pytest.fixture
def folder(server: Server, controller: Controller) -> Iterator[Thing]:
    """A folder of ours."""
    it = thing("folder")
    controller.folders.create(it.name, about="Ada’s port", mark=it.mark, lines=server.lines())
    yield it
    server.ask("POST", f"job/{it.name}/doDelete")


@pytest.fixture
def agent(server: Server, controller: Controller) -> Iterator[Thing]:
    """An agent of ours that was never connected."""
    it = thing("agent:p9")
    controller.nodes.create(
        it.name,
        about="Ada’s port",
        mark=it.mark,
        labels=["ppc64le", "power9"],
        executors=2,
        home="/home/jenkins/agent",
        exclusive=False,
    )
    yield it
    server.ask("POST", f"computer/{it.name}/doDelete")
