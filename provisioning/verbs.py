"""What may be asked of a server, and when it makes sense; standard library only."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from provisioning.errors import Failure
from provisioning.states import StepState

HARD_REBOOT: Final = "hard-reboot"  # as it is offered; what is asked for is a reboot of the type HARD

# For which states of a server (as nova names them) each verb makes sense.
SENSIBLE: Final[Mapping[str, frozenset[str]]] = {
    "start": frozenset({"SHUTOFF"}),
    "stop": frozenset({"ACTIVE"}),
    "reboot": frozenset({"ACTIVE"}),
    HARD_REBOOT: frozenset({"ACTIVE", "ERROR"}),
    "reinstall": frozenset({"ACTIVE", "SHUTOFF", "ERROR"}),
    "rescue": frozenset({"ACTIVE", "SHUTOFF"}),
    "unrescue": frozenset({"RESCUE"}),
    "confirm": frozenset({"VERIFY_RESIZE"}),
    "revert": frozenset({"VERIFY_RESIZE"}),
}


class Machine(Protocol):
    """What must be known of a server's step."""

    state: str
    wanted: bool
    was_active: bool
    failure: str


def obeys(step: Machine) -> bool:
    """Whether a server may be told what to do: one that stands, even in ERROR or where its change was refused."""
    in_trouble = step.state == StepState.FAILED and step.was_active and step.failure != Failure.LOST
    return step.wanted and (step.state == StepState.READY or in_trouble)


def makes_sense(verb: str, args: Mapping[str, Any], status: str) -> bool:
    """Whether this may be asked of a server in this state."""
    offered = HARD_REBOOT if verb == "reboot" and args.get("type") == "HARD" else verb
    return status in SENSIBLE[offered]


def verbs_for(status: str) -> list[str]:
    """The verbs that make sense for a server in this state, in the order in which pages offer them."""
    return [verb for verb, states in SENSIBLE.items() if status in states]
