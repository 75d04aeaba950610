"""How the world compares with what is desired, in words for people: a pure function of desired state and steps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from provisioning.errors import Failure
from provisioning.planner import SUSPENSION
from provisioning.states import StepState


class Told(Protocol):
    """What a step tells about itself."""

    key: str
    kind: str
    wanted: bool
    state: str
    words: str
    who: str
    began_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Phase and who must act, as projects.states names them, and one sentence."""

    phase: str
    who: str = "nobody"
    words: str = ""


# What is being done while a step of this kind runs; and what it is called.
THINGS: Final = {
    "project": "cloud project",
    "user": "service account",
    "role": "role of the service account",
    "quota": "quota",
    "flavor": "access to a flavor",
    "group": "security group",
    "volume": "volume",
    "server": "server",
    "attachment": "volume’s place in its server",
    "address": "public address",
    "credential": "application credential",
    "folder": "CI folder",
    "job": "CI job",
    "suspension": "suspension",
    "purge": "contents of the cloud project",
    "orphan": "cloud project without an owner",
    "port": "port of a server that is gone",
}
NEXT: Final[Mapping[str, str]] = {
    Failure.LOST: "It held data, so nothing is done by itself. The project says in the ticket about it whether the lab "
    "shall make a new, empty one.",
    Failure.MISMATCH: "Ask for a change of the grant: another flavor, or a new line with another image.",
    Failure.QUOTA: "Free something, or ask for a larger grant; then try again.",
    Failure.NO_CAPACITY: "The lab makes room or offers another generation, then tries it again.",
    Failure.NO_VALID_HOST: "The lab looks at the hosts, then tries it again.",
    Failure.DISK_FULL: "The lab makes room on the disk or the storage that is full, then tries it again.",
    Failure.UPSTREAM_BUG: "The lab takes what the cloud says to those who make its software, then tries it again.",
}
FIRST_TO_ACT: Final = ("you", "lab", "upstream", "nobody")


def standing(desired: str, steps: Sequence[Told], *, was_ready: bool, trouble: str = "", who: str = "lab") -> Standing:
    """The phase of an allocation. `was_ready` tells a change from the first building; `trouble` that it has no plan."""
    if desired == "absent":
        return _leaving(steps)
    if trouble:
        return Standing("degraded", who, trouble)
    wanted = [step for step in steps if step.wanted]
    if desired == "suspended" and _at_rest(wanted):
        return Standing("suspended")
    failed = [step for step in steps if step.state == StepState.FAILED]
    if failed:
        worst = min(failed, key=lambda step: FIRST_TO_ACT.index(step.who))
        return Standing("degraded", worst.who, worst.words)
    if desired == "suspended":
        ci = any(step.kind == "folder" for step in steps)
        return Standing("changing", words="the CI folder is being closed" if ci else "servers are being stopped")
    leaving = any(not step.wanted and step.state != StepState.UNDONE for step in steps)
    if wanted and not leaving and all(step.state == StepState.READY for step in wanted):
        return Standing("ready")
    return Standing("changing" if was_ready else "building", words=progress(steps))


def progress(steps: Iterable[Told]) -> str:
    """Honest words about what goes on: `volume is being created, 2 of 7`."""
    counted = [step for step in steps if counts(step)]
    ready = sum(step.state == StepState.READY for step in counted)
    for step in counted:
        if step.state in {StepState.RUNNING, StepState.UNDOING}:
            return f"{doing(step)}, {ready} of {len(counted)}"
    held = next(
        (step.words.rstrip(".") for step in counted if step.state == StepState.WAITING and step.words),
        "waiting to begin",
    )
    return f"{held}, {ready} of {len(counted)}"


def counts(step: Told) -> bool:
    """Whether people are shown this step: one wanted or not gone. What only the end needs is none of the building."""
    if step.kind == "purge" and step.state not in {StepState.UNDOING, StepState.FAILED}:
        return False
    return step.wanted or step.state != StepState.UNDONE


def called(step: Told) -> str:
    """What people call the thing of one step: `server web-1`."""
    return f"{THINGS.get(step.kind, step.kind)} {step.key.partition(':')[2]}".strip()


def failing(step: Told) -> str:
    """What a failed step comes to: `server web-1 could not be made`."""
    if not step.wanted:
        return f"{called(step)} could not be taken back"
    return f"{called(step)} {'needs attention' if _stands(step) else 'could not be made'}"


def cure(failure: str) -> str:
    """What is to be done about a failure, in one sentence."""
    return NEXT.get(failure, "Once that is mended it can be tried again.")


def doing(step: Told) -> str:
    """What goes on with one step: its own words, else what is done with things of its kind."""
    return step.words.rstrip(".") or f"{THINGS.get(step.kind, step.kind)} is being {_becoming(step)}"


def _becoming(step: Told) -> str:
    """What is done to it."""
    if step.state == StepState.UNDOING:
        return "taken back"
    return "changed" if _stands(step) else "created"


def _stands(step: Told) -> bool:
    """Whether it was ready since it was begun: what is done to it then is a change in place."""
    return bool(step.began_at and step.ended_at and step.began_at <= step.ended_at)


def _leaving(steps: Sequence[Told]) -> Standing:
    left = [step for step in steps if step.state != StepState.UNDONE]
    if not left:
        return Standing("released")
    failed = [step for step in left if step.state == StepState.FAILED]
    if failed:
        return Standing("releasing", failed[0].who, failed[0].words)
    gone = len(steps) - len(left)
    going = next((step for step in left if step.state == StepState.UNDOING and step.words), left[-1])
    return Standing("releasing", words=f"{doing(going)}, {gone} of {len(steps)}")


def _at_rest(wanted: Sequence[Told]) -> bool:
    """Put to rest, or nothing was begun that could be."""
    if any(step.kind == SUSPENSION for step in wanted):
        return any(step.kind == SUSPENSION and step.state == StepState.READY for step in wanted)
    return all(step.state == StepState.WAITING for step in wanted)
