"""From the steps that are planned now to the rows that stand: by key, pure; what is written is decided elsewhere."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from provisioning.errors import Failure
from provisioning.models import Step
from provisioning.planner import HOLD_DATA, REPLACED, changed, merged
from provisioning.spec import PlannedStep
from provisioning.states import STEP_MOVES, StepState, ensure_move

ANEW = {"attempts": 0, "rebuilds": 0, "words": "", "failure": "", "who": "nobody", "place": "", "due_at": None}


@dataclass(frozen=True, slots=True)
class Revision:
    """One row to be changed, and how."""

    step: Step
    fields: Mapping[str, Any] = field(default_factory=dict)


def fresh(plan_id: int, position: int, planned: PlannedStep) -> Step:
    """The row of a step that was not there before."""
    return Step(
        plan_id=plan_id,
        key=planned.key,
        kind=planned.kind,
        position=position,
        needs=list(planned.needs),
        want=planned.want.as_json(),
    )


def revisions(
    steps: Mapping[str, Step], planned: Iterable[PlannedStep], *, retry: bool, first: int = 0
) -> Iterator[Revision]:
    """How the rows that stand are to change; `retry` also tries again what failed (somebody changed the grant)."""
    left = dict(steps)
    for position, wanted in enumerate(planned, first):
        step = left.pop(wanted.key, None)
        if step is not None:
            yield _kept(step, position, wanted, retry=retry)
    for step in left.values():
        yield from dropped(step)


def dropped(step: Step) -> Iterator[Revision]:
    """A row that is no longer wanted: taken back, unless it is gone already."""
    if step.wanted:
        going = {} if step.state in {StepState.UNDONE, StepState.UNDOING} else {**ANEW, "state": StepState.UNDOING}
        yield _revision(step, {"wanted": False, **going})


def _kept(step: Step, position: int, planned: PlannedStep, *, retry: bool) -> Revision:
    base = {"position": position, "needs": list(planned.needs), "wanted": True}
    return _revision(step, {**base, **_change(step, planned.want.as_json(), retry=retry)})


def _change(step: Step, want: dict[str, Any], *, retry: bool) -> dict[str, Any]:
    """What another want means, by where the step stands."""
    if step.state == StepState.UNDONE:
        return {**ANEW, "want": want, "state": StepState.WAITING}
    if step.state in {StepState.WAITING, StepState.UNDOING}:
        return {"want": want}
    if step.kind in HOLD_DATA and not step.was_active:
        return _unfinished(step, want, retry=retry)
    if changed(step.kind, step.want, want):
        state = StepState.UNDOING if step.kind in REPLACED else StepState.RUNNING
        taken = want if step.kind in REPLACED else merged(step.kind, step.want, want)
        return {**ANEW, "want": taken, "state": state}
    return _again(step) if retry else {}


def _unfinished(step: Step, want: dict[str, Any], *, retry: bool) -> dict[str, Any]:
    """It holds no data yet, so another want is another incarnation."""
    if step.want != want:
        return {**ANEW, "want": want, "state": StepState.UNDOING}
    return _again(step) if retry else {}


def _again(step: Step) -> dict[str, Any]:
    """What is lost stays a person's decision; anything else that failed may work with the new grant."""
    if step.state != StepState.FAILED or step.failure == Failure.LOST:
        return {}
    return {**ANEW, "state": StepState.RUNNING}


def _revision(step: Step, fields: Mapping[str, Any]) -> Revision:
    ensure_move(STEP_MOVES, step.state, fields.get("state", step.state))
    return Revision(step, {name: value for name, value in fields.items() if getattr(step, name) != value})
