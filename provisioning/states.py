"""Where steps and actions stand, and the moves between; standard library only."""

from enum import StrEnum
from typing import Final


class StepState(StrEnum):
    """Where a step stands."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


STEP_MOVES: Final = frozenset(
    {
        (StepState.WAITING, StepState.RUNNING),  # its needs are ready; the intent is stored
        (StepState.RUNNING, StepState.READY),  # it is as wanted
        (StepState.RUNNING, StepState.FAILED),  # a person must act
        (StepState.FAILED, StepState.RUNNING),  # asked to try again
        (StepState.READY, StepState.RUNNING),  # drift, or a new revision wants something else
        (StepState.WAITING, StepState.UNDOING),  # no longer wanted before it began
        (StepState.RUNNING, StepState.UNDOING),  # no longer wanted, or in the way of its next incarnation
        (StepState.READY, StepState.UNDOING),  # no longer wanted
        (StepState.FAILED, StepState.UNDOING),  # no longer wanted
        (StepState.UNDOING, StepState.UNDONE),  # gone
        (StepState.UNDOING, StepState.FAILED),  # a person must act before it can go
        (StepState.UNDONE, StepState.WAITING),  # wanted again: the next incarnation
    }
)


class ActionState(StrEnum):
    """Where an action on a server stands."""

    ASKED = "asked"
    CALLED = "called"
    DONE = "done"
    UNKNOWN = "unknown"
    REFUSED = "refused"


ACTION_MOVES: Final = frozenset(
    {
        (ActionState.ASKED, ActionState.CALLED),  # the intent is stored; from here on it is looked at, never repeated
        (ActionState.ASKED, ActionState.REFUSED),  # it makes no sense for the server as it is
        (ActionState.CALLED, ActionState.ASKED),  # the call was surely not made
        (ActionState.CALLED, ActionState.DONE),  # the server shows it
        (ActionState.CALLED, ActionState.REFUSED),  # the cloud said no, so it had no effect
        (ActionState.CALLED, ActionState.UNKNOWN),  # it may or may not have happened; a person looks
    }
)
