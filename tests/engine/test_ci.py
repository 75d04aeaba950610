"""CI on shared agents, from its allocation to the folder on paper: open to exactly the members, at rest, gone."""

import pytest

from projects.grants import RESERVED, CiGrant, Grant
from projects.labels import AgentFacts, labels
from projects.models import Allocation
from projects.models.people import nameless
from projects.states import Kind
from provisioning import tasks
from provisioning.models import Plan, Step
from provisioning.people import mark_people
from provisioning.reconcile import write_plans
from provisioning.rotation import rotate
from provisioning.settle import settle
from tests.engine.paper import Paper
from tests.engine.world import carry_out, states
from tests.factories import AllocationFactory, CloudFactory, GenerationFactory, MemberFactory

REPOSITORY = "https://github.com/ada-porter/fastcodec"


@pytest.fixture
def ci() -> Allocation:
    """Granted to a project with one member in effect and one whose login nobody has answered for."""
    grant = Grant(ci=CiGrant((REPOSITORY,), gpu=True)).as_json()
    power9 = GenerationFactory(slug="power9", architecture="ppc64le")
    made = AllocationFactory(kind=Kind.CI, cloud=CloudFactory(name="paper"), generation=power9, grant=grant, granted={})
    MemberFactory(project=made.project, github_login="ada-porter", github_id=4101)
    MemberFactory(project=made.project, github_login="nobody-yet", github_id=None)
    return made


def rounds(paper: Paper) -> Allocation:
    write_plans()
    carry_out(paper)
    settle()
    return Allocation.objects.get()


def test_it_is_a_folder_for_the_members_in_effect_a_starter_and_a_job_a_repository(
    ci: Allocation, paper: Paper
) -> None:
    assert rounds(paper).phase == "ready"
    assert paper.of("folder")[0].want == {
        "title": ci.project.name,
        "logins": ["ada-porter"],
        "numbers": [4101],
    }
    assert set(states(Plan.objects.get())) == {"folder", f"job:{RESERVED}", "job:fastcodec"}
    wanted = ["ppc64le", "power9", "docker", "gpu"]
    assert set(wanted) <= set(labels(AgentFacts("ppc64le", "power9", gpu="gpu-p100"))), "some agent has them all"
    assert [job.want for job in paper.of("job")] == [
        {"repository_url": "", "script": "", "labels": wanted},
        {"repository_url": REPOSITORY, "script": "Jenkinsfile", "labels": wanted},
    ]
    assert not paper.of("project")


def test_it_follows_the_members(ci: Allocation, paper: Paper) -> None:
    rounds(paper)
    assert mark_people() == set()
    ci.project.members.filter(github_login="nobody-yet").update(github_id=4102)
    assert mark_people(allocation__project=ci.project_id) == {"paper"}
    rounds(paper)
    assert paper.of("folder")[0].want["logins"] == ["ada-porter", "nobody-yet"]
    ci.project.members.filter(github_login="ada-porter").delete()
    assert mark_people(allocation__project=ci.project_id + 1) == set()
    assert mark_people() == {"paper"}
    assert rounds(paper).phase == "ready"
    assert paper.of("folder")[0].want["logins"] == ["nobody-yet"]
    assert mark_people() == set()


def test_who_lost_the_login_to_somebody_else_is_left_out(ci: Allocation, paper: Paper) -> None:
    rounds(paper)
    ci.project.members.filter(github_id=4101).update(github_login=nameless(4101))
    assert mark_people() == {"paper"}
    rounds(paper)
    assert paper.of("folder")[0].want["logins"] == []
    assert mark_people() == set()


@pytest.mark.parametrize("login", ["anonymous", "Authenticated", "PORTICO"])
def test_a_login_that_jenkins_takes_for_others_is_left_out(ci: Allocation, paper: Paper, settings, login: str) -> None:
    settings.JENKINS_USER = "portico"
    MemberFactory(project=ci.project, github_login=login, github_id=4102)
    rounds(paper)
    assert paper.of("folder")[0].want["logins"] == ["ada-porter"]
    assert mark_people() == set()


def test_what_nobody_woke_for_is_found_in_rotation(ci: Allocation, paper: Paper) -> None:
    rounds(paper)
    ci.project.members.all().delete()
    tasks.check_some()
    assert Plan.objects.get().outdated


def test_it_comes_to_rest_and_back_and_is_taken_back(ci: Allocation, paper: Paper) -> None:
    rounds(paper)
    Allocation.objects.update(desired="suspended")
    assert rounds(paper).phase == "suspended"
    assert states(Plan.objects.get())["suspension"] == "ready"
    Allocation.objects.update(desired="present")
    assert rounds(paper).phase == "ready"
    Allocation.objects.update(desired="absent")
    assert rounds(paper).phase == "released"
    assert not paper.things


def test_its_parts_are_looked_at_in_turn(ci: Allocation, paper: Paper) -> None:
    rounds(paper)
    assert rotate("paper") == 1
    carry_out(paper)
    assert paper.calls["check folder"] == paper.calls["check job:fastcodec"] == 1


def test_a_folder_with_builds_that_vanished_is_a_persons_to_decide_on(ci: Allocation, paper: Paper) -> None:
    rounds(paper)
    paper.things.clear()
    rotate("paper")
    carry_out(paper)
    folder = Step.objects.get(key="folder")
    assert (folder.state, folder.failure, folder.who) == ("failed", "lost", "lab")
