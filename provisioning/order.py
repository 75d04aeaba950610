"""Which steps of a plan may move now: pure, over rows or anything that has their fields."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from provisioning.planner import SUSPENSION
from provisioning.states import StepState


class Standing(Protocol):
    """What must be known of a step to tell whether it, or another, may move."""

    key: str
    kind: str
    needs: Sequence[str]
    wanted: bool
    state: str
    external_id: str
    was_active: bool
    facts: Mapping[str, Any]


Steps = Mapping[str, Standing]
AT_REST = frozenset({StepState.WAITING, StepState.UNDONE})
ON_THE_MOVE = frozenset({StepState.RUNNING, StepState.UNDOING})

# Kinds of which a cloud gives so many and no more: a new one has no room before the one that it replaces is gone.
COUNTED = frozenset({"group", "volume", "server", "address"})


def may_move(step: Standing, steps: Steps, desired: str) -> bool:
    """Whether its ensure (waiting, running) or its undo (undoing) may be called now."""
    if step.kind != SUSPENSION and _resting(steps.values()):
        return False
    if step.state == StepState.UNDOING:
        return not any(_in_the_way(other) for other in dependents(step, steps))
    if step.state not in {StepState.WAITING, StepState.RUNNING} or not step.wanted:
        return False
    if step.kind == SUSPENSION:
        return _settled(step, steps)
    if step.state == StepState.WAITING and desired != "present":
        return False
    return _needs_ready(step, steps) and not _leavers(step, steps) and not waits_for_room(step, steps)


def waits_for_room(step: Standing, steps: Steps) -> bool:
    """Whether it is to be made, or to grow, while others of its kind are still to go. What is being made goes on."""
    if step.kind not in COUNTED or not step.wanted or step.state not in {StepState.WAITING, StepState.RUNNING}:
        return False
    if step.external_id and not step.was_active:
        return False
    return any(other.kind == step.kind and _leaving(other) for other in steps.values())


def may_check(step: Standing, steps: Steps) -> bool:
    """Whether one that is ready may be looked at by itself: what it stands on must be there to be asked for."""
    return step.state == StepState.READY and _needs_ready(step, steps)


def dependents(step: Standing, steps: Steps) -> list[Standing]:
    """The steps that need this one."""
    return [other for other in steps.values() if step.key in other.needs]


def _resting(steps: Iterable[Standing]) -> bool:
    """While the suspension is being lifted the cloud project is disabled: nothing else can be done in it."""
    return any(s.kind == SUSPENSION and not s.wanted and s.state not in AT_REST for s in steps)


def _in_the_way(dependent: Standing) -> bool:
    """What is on its way out goes first. What stays (its need is made anew after a loss) is not in the way."""
    return dependent.state == StepState.UNDOING or _leaving(dependent)


def _leaving(step: Standing) -> bool:
    return not step.wanted and step.state not in AT_REST


def _settled(suspension: Standing, steps: Steps) -> bool:
    """Everything came to rest, ready or failed: a server that failed must not keep the others running."""
    others = (other for other in steps.values() if other is not suspension and not waits_for_room(other, steps))
    moving = any(other.state in ON_THE_MOVE for other in others)
    home = steps.get("project") or steps.get("folder")
    return not moving and home is not None and home.state == StepState.READY


def _needs_ready(step: Standing, steps: Steps) -> bool:
    return all(_serves(steps[key], step) for key in step.needs if key in steps)


def _serves(need: Standing, step: Standing) -> bool:
    """A quota that is only waiting to be lowered is enough for what stands, which must become smaller first."""
    lowering = need.state == StepState.RUNNING and need.facts.get("lowering")
    return need.state == StepState.READY or bool(lowering and step.external_id and step.state == StepState.RUNNING)


def _leavers(step: Standing, steps: Steps) -> bool:
    """A change in place waits for what leaves: a quota is lowered when the server that used it is gone."""
    return any(_leaving(other) for other in dependents(step, steps))
