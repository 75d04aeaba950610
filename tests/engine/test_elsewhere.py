"""Jenkins is no part of the cloud: its trouble is its own, and so is the cloud's."""

from dataclasses import replace

import pytest
from django.utils import timezone

from projects.models import Ticket
from provisioning import engine
from provisioning.errors import Broken, Busy
from provisioning.models import Plan, Watch
from provisioning.ports import Snapshot
from provisioning.rotation import rotate
from provisioning.settle import settle
from provisioning.spec import CiSpec
from tests.engine.paper import Paper, site
from tests.engine.specs import CI
from tests.engine.world import carry_out, let_pass, make_plan, rewrite, states


def test_a_folder_and_its_jobs_are_made_and_taken_back(paper: Paper) -> None:
    plan = make_plan(**CI)
    carry_out(paper)
    assert states(plan) == dict.fromkeys(("folder", "job:about-the-agents", "job:fastcodec"), "ready")
    rewrite(plan, desired="absent")
    carry_out(paper)
    assert set(states(plan).values()) == {"undone"}
    assert paper.order.index("undo job:fastcodec") < paper.order.index("undo folder")
    assert not paper.things


def test_who_left_is_taken_out_of_the_folder(paper: Paper) -> None:
    plan = make_plan(**CI)
    carry_out(paper)
    rewrite(plan, **{**CI, "ci": CiSpec((), CI["ci"].repositories, CI["ci"].labels)})
    carry_out(paper)
    (folder,) = paper.of("folder")
    assert folder.want["logins"] == []
    assert states(plan)["folder"] == "ready"


def test_a_broken_jenkins_is_left_alone_while_the_cloud_goes_on(paper: Paper) -> None:
    ci, cloud = make_plan(**CI), make_plan()
    paper.wrong["ensure folder"] = [Broken("the token is wrong", system="jenkins")]
    engine.advance(site(paper))
    assert set(states(cloud).values()) == {"ready"}
    assert Watch.objects.get(cloud="paper").paused_until is None
    Plan.objects.filter(pk=ci.pk).update(due_at=timezone.now())
    ci.steps.update(due_at=None)
    engine.advance(site(paper))
    assert paper.calls["ensure folder"] == 1
    assert "Jenkins cannot be used" in ci.steps.get(key="folder").words
    settle()
    ticket = Ticket.objects.get()
    assert (ticket.internal, ticket.title) == (True, "The portal cannot work on Jenkins")
    let_pass(70)
    carry_out(paper)
    assert set(states(ci).values()) == {"ready"}


def test_the_maintenance_of_the_cloud_does_not_hold_up_jenkins(paper: Paper) -> None:
    ci, cloud = make_plan(**CI), make_plan()
    engine.advance(site(paper, creates_allowed=False))
    assert set(states(ci).values()) == {"ready"}
    assert set(states(cloud).values()) == {"waiting"}


@pytest.fixture
def ci(paper: Paper) -> Plan:
    plan = make_plan(**CI)
    carry_out(paper)
    return plan


def silent() -> Snapshot:
    raise Busy("the cloud does not answer", unavailable=True)


def check_all(plan: Plan, paper: Paper) -> None:
    """Two looks in turn, and the time between, while the cloud itself does not answer."""
    rotate("paper")
    for _ in range(4):
        engine.advance(replace(site(paper), look=silent))
        let_pass(61)


def test_what_stands_in_jenkins_needs_no_look_at_the_cloud(ci: Plan, paper: Paper) -> None:
    before = paper.looks
    rotate("paper")
    carry_out(paper)
    assert (paper.looks, paper.calls["check folder"]) == (before, 1)


def test_a_lost_folder_is_proved_while_the_cloud_is_silent(ci: Plan, paper: Paper) -> None:
    paper.things.clear()
    check_all(ci, paper)
    folder = ci.steps.get(key="folder")
    assert (folder.state, folder.failure) == ("failed", "lost")


def try_again(plan: Plan) -> None:
    plan.steps.filter(state="failed").update(due_at=plan.created_at)
    Plan.objects.filter(pk=plan.pk).update(due_at=plan.created_at)


def test_a_folder_that_came_back_is_taken_up_again_with_all_its_builds(ci: Plan, paper: Paper) -> None:
    kept = dict(paper.things)
    paper.things.clear()
    check_all(ci, paper)
    paper.things.update(kept)
    try_again(ci)
    carry_out(paper)
    folder = ci.steps.get(key="folder")
    assert (folder.state, folder.incarnation, folder.was_active) == ("ready", 1, True)
    assert paper.calls["undo folder"] == 0
    assert kept.keys() <= paper.things.keys()


def test_a_folder_that_stayed_away_is_made_anew_with_its_jobs(ci: Plan, paper: Paper) -> None:
    paper.things.clear()
    check_all(ci, paper)
    try_again(ci)
    for _ in range(3):
        carry_out(paper)
        rotate("paper")
    assert set(states(ci).values()) == {"ready"}
    assert ci.steps.get(key="folder").incarnation == 2
    assert len(paper.of("folder")) == 1
    assert len(paper.of("job")) == 2
