"""A pass with calls in the air: others get their turn, and no call begins that its lease does not cover."""

import threading
import time

import pytest
from django.db import OperationalError

from provisioning import engine
from provisioning.engine.calls import answered
from provisioning.engine.lease import claim
from provisioning.engine.run import Hand, Pass
from provisioning.engine.site import Site
from provisioning.engine.unit import Unit
from provisioning.models import Deployment, Plan, Watch
from provisioning.outcomes import Ready
from tests.engine.paper import Paper, site
from tests.engine.world import make_plan, states
from tests.processes import until


@pytest.fixture
def one(paper: Paper) -> Pass:
    return Pass(site(paper), Deployment.objects.get().id, Watch.objects.create(cloud="paper"))


def in_hand(one: Pass) -> Hand:
    """A plan, claimed and read."""
    make_plan()
    plan, lease = claim("paper", 1)[0]
    hand = Hand(Unit(one.site, one.deployment, plan, lease, one.clock), None)
    hand.unit.load()
    return hand


def test_while_a_slow_call_is_in_the_air_others_are_written_down_and_carried_out(paper: Paper, settings) -> None:
    settings.ENGINE_PASS = 1  # over, by the time of the first turn
    plans, made, met = [make_plan()], threading.Event(), []

    def slow(name: str) -> None:
        if not met:
            met.append(name)
            met.append(made.wait(60))

    def renew() -> Site:
        if len(plans) == 1:
            plans.append(make_plan())
        return site(paper, renew=renew)

    paper.on_call, paper.after_make = slow, lambda kind: made.set() if kind == "server" else None
    engine.advance(site(paper, renew=renew))
    assert met == ["ensure project", True], "the second’s server was made before the first’s call came back"
    assert set(states(plans[1]).values()) == {"ready"}


def test_a_lease_that_would_not_cover_a_call_is_renewed_before_it_begins(one: Pass, settings) -> None:
    hand = in_hand(one)
    hand.unit.lease.ends = time.monotonic() + settings.ENGINE_TIMEOUT
    with hand.unit.lease.held():
        (call,) = one._begun(hand)
    assert isinstance(answered(call.run), Ready)


def test_the_lease_of_what_waits_for_a_thread_is_kept(paper: Paper, one: Pass, settings) -> None:
    settings.ENGINE_THREADS = 1
    plans, kept = [make_plan(), make_plan()], []

    def slow(name: str) -> None:
        """The first call is long, and the lease of the other plan nears its end meanwhile."""
        if not kept:
            lease = max((hand.unit for hand in one._hands()), key=lambda unit: unit.plan.pk).lease
            lease.ends = time.monotonic() + settings.ENGINE_TIMEOUT
            kept.append(lease)
            kept.append(until(lease.lasts, what="renewed"))

    paper.on_call = slow
    one.run()
    assert kept[1:] == [True]
    assert {state for plan in plans for state in states(plan).values()} == {"ready"}


def test_the_databases_trouble_is_no_fault_of_a_plan(one: Pass) -> None:
    hand = in_hand(one)

    def fail(hand: Hand) -> None:
        raise OperationalError

    assert one._guarded(hand, fail) is False
    plan = Plan.objects.get()
    assert (plan.lease_until, plan.due_at > one.clock.now()) == (None, True)
    assert not plan.steps.filter(failure="bug").exists()


def test_a_plan_whose_call_is_in_the_air_is_not_given_back_before_it_has_landed(one: Pass) -> None:
    hand = in_hand(one)
    hand.unit.flying = 1
    one._give_back(hand, 60)
    assert Plan.objects.get().lease_until is not None
    assert not hand.unit.lease.lasts()
