"""Whose plan it is: workers side by side, killed ones, and ones that come too late."""

import threading
import time
from contextlib import suppress

import pytest
from django.db import connection

from provisioning import engine
from provisioning.engine.lease import Lost, claim
from provisioning.models import Plan, Step
from tests.engine.paper import site
from tests.engine.world import let_pass, make_plan, states


def test_a_claimed_plan_is_nobody_elses():
    make_plan()
    assert len(claim("paper", 5)) == 1
    assert claim("paper", 5) == []


def test_first_come_first():
    plans = [make_plan() for _ in range(3)]
    assert [plan.pk for plan, _ in claim("paper", 2)] == [plan.pk for plan in plans[:2]]


def test_a_killed_workers_plan_is_free_when_its_lease_is_over_not_before(settings):
    make_plan()
    claim("paper", 1)
    let_pass(settings.ENGINE_LEASE - 5)
    assert claim("paper", 1) == []
    let_pass(6)
    assert len(claim("paper", 1)) == 1


def test_what_comes_too_late_is_not_written(settings):
    plan = make_plan()
    ((_, late),) = claim("paper", 1)
    let_pass(settings.ENGINE_LEASE + 1)
    ((_, now),) = claim("paper", 1)
    with pytest.raises(Lost), late.held():
        Step.objects.update(words="too late")
    with pytest.raises(Lost):
        late.release(None)
    assert not Step.objects.filter(words="too late").exists()
    now.release(None)
    plan.refresh_from_db()
    assert plan.lease_until is None


def test_being_asked_for_meanwhile_is_not_forgotten():
    plan = make_plan()
    ((_, lease),) = claim("paper", 1)
    Plan.objects.update(due_at=plan.created_at)
    lease.release(None)
    assert len(claim("paper", 1)) == 1


def test_a_lease_is_renewed_before_a_call_that_could_outlast_it(settings):
    make_plan()
    ((_, lease),) = claim("paper", 1)
    before = Plan.objects.get().lease_until
    lease.secure()
    assert Plan.objects.get().lease_until == before
    lease.ends = time.monotonic() + settings.ENGINE_TIMEOUT
    lease.secure()
    assert Plan.objects.get().lease_until > before
    assert lease.ends > time.monotonic() + settings.ENGINE_TIMEOUT + settings.ENGINE_MARGIN
    assert Plan.objects.get().lease_no == lease.number


class Died(BaseException):
    """What a thread of a killed worker would see: nothing is finished, nothing is put in order."""


@pytest.mark.django_db(transaction=True)
def test_two_workers_side_by_side_make_everything_once(paper, settings):
    settings.ENGINE_UNITS = 2
    plans = [make_plan() for _ in range(8)]
    started = threading.Barrier(2, timeout=60)

    def work() -> None:
        started.wait()
        try:
            engine.advance(site(paper))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {state for plan in plans for state in states(plan).values()} == {"ready"}
    assert len(paper.of("server")) == len(paper.of("project")) == len(plans)
    assert paper.calls["ensure server:web-1"] == len(plans)


@pytest.mark.parametrize("dies_at", range(1, 14))
def test_a_worker_that_dies_at_any_call_leaves_no_twin(paper, settings, dies_at):
    """The effect of the call is there, its outcome was never stored."""
    plan = make_plan()
    calls = 0

    def die(name: str) -> None:
        nonlocal calls
        calls += 1
        if calls == dies_at:
            raise Died

    paper.after_make = die
    with suppress(Died):
        engine.advance(site(paper))
    paper.after_make = None
    let_pass(settings.ENGINE_LEASE + 1)
    for _ in range(3):
        engine.advance(site(paper))
        let_pass(70)
    assert set(states(plan).values()) == {"ready"}
    tags = [thing.tag for thing in paper.things.values()]
    assert len(tags) == len(set(tags)) == plan.steps.count()
