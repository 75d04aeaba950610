"""The worker is killed after calls of Jenkins, everywhere: all converges, no twin, nothing left over."""

from typing import Any

import pytest
import requests

from projects.grants import CiGrant, Grant
from projects.models import Allocation
from projects.states import Kind
from tests.crash.worker import killed_until_done, run_worker
from tests.crash.world import want, wrong_steps
from tests.factories import AllocationFactory, MemberFactory
from tests.simulated import Simulated

USER, TOKEN = "portico", "demo-token"  # those of tests/conftest.py
TREE = "jobs[name,description,jobs[name,description]]"
ONE, OTHER = "https://example.org/fastcodec", "https://example.org/openblas"


@pytest.fixture
def ci(power9: dict[str, Any], jenkins: Simulated, settings: Any) -> Allocation:
    settings.JENKINS_URL, settings.JENKINS_USER, settings.JENKINS_TOKEN = jenkins.url, USER, TOKEN
    made = AllocationFactory(kind=Kind.CI, grant=grant(ONE), granted={}, **power9)
    MemberFactory(project=made.project, github_login="ada-porter", github_id=4101)
    return made


def grant(*repositories: str) -> dict[str, Any]:
    return Grant(ci=CiGrant(repositories)).as_json()


def ask(jenkins: Simulated, path: str, **params: str) -> requests.Response:
    return requests.get(f"{jenkins.url}/{path}", params=params, auth=(USER, TOKEN), timeout=60)


def standing(jenkins: Simulated) -> list[list[str]]:
    """The jobs in each folder that carries our tag."""
    assert wrong_steps() == {}
    folders = ask(jenkins, "api/json", tree=TREE).json()["jobs"]
    ours = [row for row in folders if "portico/" in (row["description"] or "")]
    assert all("portico/" in job["description"] for row in ours for job in row["jobs"])
    return [sorted(job["name"] for job in row["jobs"]) for row in ours]


def builders(jenkins: Simulated) -> bool:
    (folder,) = (row["name"] for row in ask(jenkins, "api/json", tree=TREE).json()["jobs"])
    return "Item.Build:ada-porter" in ask(jenkins, f"job/{folder}/config.xml").text


@pytest.mark.parametrize("changing", [True, False])
def test_a_whole_life_killed(ci: Allocation, jenkins: Simulated, changing: bool) -> None:
    assert killed_until_done(changing=changing) > 1
    assert standing(jenkins) == [["about-the-agents", "fastcodec"]]
    want(ci, grant=grant(ONE, OTHER), revision=2)
    assert killed_until_done(changing=changing) > 0
    want(ci, grant=grant(OTHER), revision=3)
    assert killed_until_done(changing=changing) > 0
    assert standing(jenkins) == [["about-the-agents", "openblas"]]
    for desired, may_build in (("suspended", False), ("present", True)):
        want(ci, desired=desired)
        assert killed_until_done(changing=changing) > 0
        assert builders(jenkins) is may_build
    want(ci, desired="absent")
    assert killed_until_done(changing=changing) > 1
    assert standing(jenkins) == []


def test_a_jenkins_that_is_starting_is_waited_for_and_nothing_is_taken_for_gone(
    ci: Allocation, jenkins: Simulated
) -> None:
    assert run_worker()
    jenkins.fault(path="/", status=503, times=3)
    want(ci, grant=grant(ONE, OTHER), revision=2)
    assert run_worker()
    assert standing(jenkins) == [["about-the-agents", "fastcodec", "openblas"]]
