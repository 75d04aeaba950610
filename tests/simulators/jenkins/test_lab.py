"""The model lab's Jenkins, as `--size lab` starts it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.common import serving
from simulators.common.state import StateFile
from simulators.jenkins import builds
from simulators.jenkins.lab import GPU_HOST, PEOPLE, SHARED, Lab
from tests.simulated import simulator
from tests.simulators.jenkins.ci import PORTAL, Ci, Person, folder, line, project

ALL = {"Built-In Node": 0, **dict.fromkeys([*SHARED, *GPU_HOST], 2)}


def lab() -> Lab:
    return Lab("portal", "password-of-portal", "token-of-portal")


@pytest.fixture
def ci() -> Iterator[Ci]:
    app = lab()
    with serving(app) as url:
        yield Ci(url, app)


def online(ci: Ci) -> dict[str, int]:
    found = ci.portal.json("/computer", params={"depth": 1})["computer"]
    return {one["displayName"]: one["numExecutors"] for one in found if not one["offline"]}


def test_the_command_line_starts_the_lab(tmp_path: Path) -> None:
    with simulator("jenkins", tmp_path, "--password", "p", "--token", "t", "--size", "lab") as jenkins:
        assert set(jenkins.control("GET", "users")["users"]) == {"portal", *PEOPLE}
        assert set(jenkins.control("GET", "nodes")["nodes"]) == {*SHARED, *GPU_HOST}


def test_all_agents_are_online_and_the_built_in_node_builds_nothing(ci: Ci) -> None:
    assert online(ci) == ALL
    ci.move(6)
    agents = ci.portal.json("/computer", params={"depth": 1})["computer"][1:]
    disks = [one["monitorData"]["hudson.node_monitors.DiskSpaceMonitor"]["totalSize"] for one in agents]
    assert disks == [200 * 1024**3] * 5


@pytest.mark.parametrize(("label", "agents"), [("power9 && docker", 2), ("power8 && docker", 2), ("gpu-p100", 0)])
def test_anybody_builds_on_the_docker_agents_and_nobody_on_gpus(ci: Ci, label: str, agents: int) -> None:
    ci.sim("users", {"login": "ada-porter", "token": "token-of-ada-porter"})
    ada = Person(ci.url, "ada-porter")
    lines = [line("ada-porter", "Item.Build"), *(line("portal", one) for one in PORTAL)]
    ci.portal.post("/createItem?name=A", folder(*lines, line("ada-porter", "Item.Read")))
    for number in range(1, 6):
        ci.portal.post(f"/job/A/createItem?name={number}", project(label=label))
        assert ada.post(f"/job/A/job/{number}/build?delay=0sec").status_code == 201
    taken = {part["node"] for build in builds.running(ci.app.state) for part in build["parts"]}
    assert len(taken) == agents
    assert len(ci.portal.json("/queue")["items"]) == (1 if agents else 5)


def test_agents_come_back_after_a_restart_and_with_the_saved_state(ci: Ci, tmp_path: Path) -> None:
    ci.sim("restart", {})
    assert online(ci) == ALL
    ci.portal.post("/computer/p9-docker-1/doDelete")
    StateFile(tmp_path / "jenkins.json", ci.app).save()
    again = lab()
    StateFile(tmp_path / "jenkins.json", again).load()
    with serving(again) as url:
        assert online(Ci(url, again)) == {name: count for name, count in ALL.items() if name != "p9-docker-1"}
    again.reset()
    assert again.state["nodes"]["p9-docker-1"]["channel"]
