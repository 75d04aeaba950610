"""The look beside other calls: what it shows makes due what has come to rest, and nothing that is still moving."""

import threading
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from provisioning import engine
from provisioning.engine import changes
from provisioning.models import Plan, Step
from provisioning.ports import Position, SeenServer, Snapshot
from provisioning.states import StepState
from tests.engine.paper import KINDS, Paper, PaperKind, site
from tests.engine.world import let_pass, make_plan, states

SERVER = SeenServer("server-1", "web-1", "project-1", "BUILD", moving=True)


@pytest.fixture
def building() -> Step:
    """A server under way, to be looked at by itself much later."""
    plan = make_plan()
    later = timezone.now() + timedelta(hours=1)
    Plan.objects.update(due_at=later)
    plan.steps.filter(key="server:web-1").update(state=StepState.RUNNING, external_id=SERVER.id, due_at=later)
    return plan.steps.get(key="server:web-1")


def shown(*servers: SeenServer) -> Snapshot:
    now = timezone.now()
    return Snapshot("paper", now, now, {one.id: one for one in servers}, {}, {})


def then(before: Snapshot, *servers: SeenServer) -> Snapshot:
    return replace(shown(*servers), full_at=before.full_at)


def is_due() -> bool:
    return Plan.objects.get().due_at <= timezone.now()


def test_what_is_still_moving_is_no_reason_to_open_its_plan(building: Step) -> None:
    first = shown()
    changes.notice(first)
    appeared = then(first, SERVER)
    assert changes.notice(appeared) == 0
    assert changes.notice(then(appeared, replace(SERVER, task_state="spawning"))) == 0
    assert not is_due()
    assert engine.watched("paper")


@pytest.mark.parametrize("status", ["ACTIVE", "ERROR"])
def test_what_has_come_to_rest_is(building: Step, status: str) -> None:
    first = shown(SERVER)
    changes.notice(first)
    changes.notice(then(first, replace(SERVER, status=status, moving=False)))
    assert is_due()
    building.refresh_from_db()
    assert building.due_at is not None
    assert building.due_at <= timezone.now()
    assert not engine.watched("paper")


def test_what_came_to_rest_before_the_first_look_is_too(building: Step) -> None:
    """A worker that has just started has nothing to compare with."""
    building.began_at = timezone.now()
    building.save(update_fields=["began_at"])
    changes.notice(shown(replace(SERVER, status="ACTIVE", moving=False)))
    assert is_due()


def test_a_first_look_leaves_alone_what_is_still_moving(building: Step) -> None:
    building.began_at = timezone.now()
    building.save(update_fields=["began_at"])
    changes.notice(shown(SERVER))
    assert not is_due()


def test_what_begins_to_move_is_too(building: Step) -> None:
    at_rest = replace(SERVER, status="ACTIVE", moving=False)
    first = shown(at_rest)
    changes.notice(first)
    changes.notice(then(first, replace(at_rest, status="REBOOT", moving=True)))
    assert is_due()


class Beside:
    """A look of the paper cloud in two parts, noting what was under way when it began."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper

    def call(self) -> str:
        return "listed"

    def end(self, answer: Any) -> Snapshot:
        assert answer == "listed"
        return self.paper.look()


def test_a_pass_looks_beside_its_calls_while_something_is_under_way(paper: Paper) -> None:
    slow = make_plan()
    paper.instant = False
    engine.advance(site(paper))
    assert "running" in states(slow).values()
    for thing in paper.things.values():
        thing.status = "ACTIVE"
    let_pass(10)
    other = make_plan()
    begun: list[Beside] = []

    def begin() -> Beside:
        begun.append(Beside(paper))
        return begun[-1]

    engine.advance(site(paper, begin_look=begin))
    assert begun
    assert Plan.objects.filter(lease_until=None).count() == 2
    assert "ready" in states(other).values()


def test_a_pass_looks_for_what_earlier_ones_have_begun(building: Step, paper: Paper) -> None:
    make_plan()
    begun: list[Beside] = []

    def begin() -> Beside:
        begun.append(Beside(paper))
        return begun[-1]

    engine.advance(site(paper, begin_look=begin))
    assert begun
    building.refresh_from_db()
    assert building.state == StepState.RUNNING


@dataclass(frozen=True)
class Slow(PaperKind):
    """Answers what it found when it was asked, once a look has shown more."""

    shown: threading.Event

    def ensure(self, paper: Paper, it: Position) -> Any:
        answer = super().ensure(paper, it)
        self.shown.wait(60)
        return answer


def test_what_comes_to_rest_while_it_is_asked_about_is_seen_at_once(paper: Paper) -> None:
    plan, _, ended = make_plan(), make_plan(), threading.Event()
    paper.instant = False
    engine.advance(site(paper))
    plan.steps.filter(key="volume:web-1").update(due_at=timezone.now())
    Plan.objects.filter(pk=plan.pk).update(due_at=timezone.now())

    class Ending(Beside):
        def end(self, answer: Any) -> Snapshot:
            for thing in self.paper.things.values():
                thing.status = "ACTIVE"
            ended.set()
            return super().end(answer)

    slow = {**KINDS, "volume": Slow("volume", ended)}
    engine.advance(replace(site(paper, begin_look=lambda: Ending(paper)), kinds=slow))
    assert states(plan)["volume:web-1"] == "ready"
