"""Jenkins is no part of the cloud: its trouble is its own, and so is the cloud's."""

from django.utils import timezone

from projects.models import Ticket
from provisioning import engine
from provisioning.errors import Broken
from provisioning.models import Plan, Watch
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
