"""What no listing shows is looked at in turn, some allocations at a time, and made as it was where it is not."""

from datetime import UTC, datetime

import pytest

from provisioning import engine
from provisioning.models import Plan, Step, Watch
from provisioning.rotation import rotate
from tests.engine.paper import site
from tests.engine.world import carry_out, let_pass, make_plan, states


@pytest.fixture
def ready(paper) -> Plan:
    plan = make_plan()
    engine.advance(site(paper))
    paper.calls.clear()
    return plan


def checked(paper) -> set[str]:
    return {name.removeprefix("check ") for name in paper.calls if name.startswith("check ")}


def test_each_allocation_comes_in_its_turn(paper, ready):
    others = [make_plan(), make_plan()]
    engine.advance(site(paper))
    seen = []
    for _ in range(4):
        rotate("paper", most=2)
        seen.append(set(Plan.objects.filter(due_at__isnull=False).values_list("pk", flat=True)))
        engine.advance(site(paper))
    first, second = {ready.pk, others[0].pk}, {others[1].pk}
    assert seen == [first, second, first, second]


def test_what_is_as_it_should_be_costs_a_look_and_changes_nothing(paper, ready):
    before = states(ready)
    rotate("paper")
    carry_out(paper)
    assert checked(paper) >= {"project", "user", "role", "quota:compute", "group:web"}
    assert not checked(paper) & {"server:web-1", "volume:web-1"}
    assert states(ready) == before
    assert not Plan.objects.filter(due_at__isnull=False).exists()
    assert not [name for name in paper.calls if name.startswith(("ensure", "undo"))]


def test_what_was_changed_by_hand_is_made_as_wanted_again(paper, ready):
    quota = next(thing for thing in paper.of("quota") if "ram" in str(thing.want))
    quota.status = "CHANGED"
    paper.on_call = lambda name: setattr(quota, "status", "ACTIVE") if name == "ensure quota:compute" else None
    rotate("paper")
    carry_out(paper)
    assert paper.calls["ensure quota:compute"] == 1
    assert set(states(ready).values()) == {"ready"}


def test_what_is_gone_is_proved_and_made_anew_and_what_stood_on_it_looked_at(paper, ready):
    user = paper.of("user")[0]
    del paper.things[user.id]
    rotate("paper")
    for _ in range(4):
        engine.advance(site(paper))
        let_pass(61)
        paper.full_at = datetime.now(UTC)
    carry_out(paper)
    step = ready.steps.get(key="user")
    assert (step.state, step.incarnation) == ("ready", 2)
    assert paper.calls["prove user"] == 2
    assert paper.calls["check role"] == 2
    assert set(states(ready).values()) == {"ready"}


def test_a_lost_project_is_a_persons_and_stays_so(paper, ready):
    del paper.things[paper.of("project")[0].id]
    for _ in range(4):
        rotate("paper")
        engine.advance(site(paper))
        let_pass(61)
        paper.full_at = datetime.now(UTC)
    step = Step.objects.get(key="project")
    assert (step.state, step.failure, step.incarnation) == ("failed", "lost", 1)


def test_a_cloud_that_was_never_looked_at_has_nothing_to_check(db):
    assert rotate("unknown") == 0
    assert not Watch.objects.exists()
