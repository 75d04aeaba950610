"""How the demo starts its simulators."""

import os

import pytest

from portal.demo.environment import simulators
from portal.demo.home import Home
from tests.processes import child


@pytest.mark.parametrize("name", ["github", "jenkins"])
def test_a_made_secret_may_begin_with_a_hyphen(tmp_path, name) -> None:
    home = Home(tmp_path)
    home.write("keys.json", {key: f"-{value}" for key, value in home.keys().items()})
    command = ["-m", f"simulators.{name}", "--port", 0, *simulators(home)[name]]
    with child(command, env=os.environ, log=tmp_path / "simulator.log") as running:
        running.await_line("listening on")
