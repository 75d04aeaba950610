"""The tables of moves of steps and actions, walked whole and held to what becomes of a step."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

import pytest

from provisioning import upsert
from provisioning.engine.verdict import Bug, again, judge, lost, proof
from provisioning.errors import Broken, Busy, Failure, Gone, Rejected
from provisioning.models import Step
from provisioning.outcomes import Missing, Pending, Ready
from provisioning.spec import CredentialWant, PlannedStep, VolumeWant
from provisioning.states import ACTION_MOVES, STEP_MOVES, ActionState, IllegalMove, StepState, ensure_move

NOW = datetime(2026, 11, 25, tzinfo=UTC)
TABLES = [(STEP_MOVES, StepState), (ACTION_MOVES, ActionState)]
PAIRS = [(table, was, now) for table, states in TABLES for was, now in product(states, states)]
ANSWERS = [
    *(Ready("v1"), Pending(5, "on its way"), Bug("provisioning/x.py:1", "KeyError")),
    *(Missing(), Missing(proven=True), Missing(errored=True), Missing(errored=True, ran=True)),
    *(Rejected("no"), Busy("later"), Gone("not there"), Broken("not let in")),
]
WANTS = [VolumeWant(1, "ceph"), VolumeWant(2, "ceph"), CredentialWant(("member",), "2027-01-01"), None]
# What an answer can come to: something was called, or was ready and is looked at.
ANSWERED = (StepState.RUNNING, StepState.READY, StepState.UNDOING)


@pytest.mark.parametrize(("table", "was", "now"), PAIRS, ids=lambda value: str(value)[:12])
def test_only_listed_moves_pass(table, was, now):
    with nullcontext() if was == now or (was, now) in table else pytest.raises(IllegalMove, match=f"{was} to {now}"):
        ensure_move(table, was, now)


@pytest.mark.parametrize(
    ("states", "final"), [(STEP_MOVES, set()), (ACTION_MOVES, {"done", "unknown", "refused"})], ids=["step", "action"]
)
def test_what_is_final_moves_no_more(states, final):
    assert {now for _, now in states} - {was for was, _ in states} == final


@dataclass(frozen=True)
class Standing:
    """All that a verdict depends on."""

    state: StepState
    wanted: bool
    was_active: bool
    rebuilds: int
    external_id: str

    def step(self, **more: object) -> Step:
        return Step(kind="volume", key="volume:web-1", **vars(self), **more)


STANDINGS = [Standing(*row) for row in product(StepState, (True, False), (True, False), (0, 3), ("", "v1"))]


def judged() -> set[tuple[str, str]]:
    """What answers make of steps."""
    made = set()
    for standing in (one for one in STANDINGS if one.state in ANSWERED):
        step = standing.step(attempts=9, missing_since=NOW, absences=1)
        for verdict in (
            *(judge(step, answer, NOW) for answer in ANSWERS),
            *((lost(step, "", NOW), again(step, "", NOW)) if step.state != StepState.UNDOING else ()),
            *(proof(step, absent=absent, full_at=NOW, now=NOW) for absent in (True, False)),
        ):
            made.add((step.state, verdict.fields.get("state", step.state)))
    return made


def written() -> set[tuple[str, str]]:
    """What another plan makes of them; it raises for a move that no table lists."""
    made = set()
    for standing, was, now, retry in product(STANDINGS, WANTS[:3], WANTS, (True, False)):
        step = standing.step(want=was.as_json(), failure=Failure.QUOTA)
        step.kind = "credential" if isinstance(was, CredentialWant) else "volume"
        planned = [PlannedStep(step.key, now)] if now else []
        for change in upsert.revisions({step.key: step}, planned, retry=retry):
            made.add((step.state, change.fields.get("state", step.state)))
    return made


def test_the_table_lists_what_is_made_of_a_step_and_nothing_else():
    made = {(was, now) for was, now in judged() | written() if was != now}
    assert made <= STEP_MOVES, made - STEP_MOVES
    # These are the engine's own: an intent is stored, and where no secret can be read there is nothing to intend.
    assert STEP_MOVES - made == {("waiting", "running"), ("waiting", "failed")}
