"""Where steps and actions stand, and the moves between; standard library only."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final


class IllegalMove(Exception):
    """A step or an action was about to move as no table says: a fault of ours, and nothing of it is written."""


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
        # two moves in one write
        (StepState.WAITING, StepState.FAILED),  # nothing can be called for it, as its secrets cannot be read
        (StepState.READY, StepState.FAILED),  # lost, in ERROR or not to be asked about: a person decides
        (StepState.UNDOING, StepState.WAITING),  # gone while it is wanted: its next incarnation begins at once
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


def ensure_move(table: Collection[tuple[str, str]], was: str, now: str) -> None:
    """Pass silently where it stays as it is or the table lists the move, else raise IllegalMove."""
    if was != now and (was, now) not in table:
        raise IllegalMove(f"{was} to {now}")
