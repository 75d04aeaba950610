"""What an outcome or an error means for a step: pure functions from a step and what happened to the fields to write."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from provisioning import retry
from provisioning.errors import Broken, Busy, Failure, Gone, ProviderError
from provisioning.outcomes import Missing, Outcome, Pending, Ready
from provisioning.planner import HOLD_DATA
from provisioning.states import StepState


@dataclass(frozen=True, slots=True)
class Bug:
    """A fault of ours: where it showed (`module.py:12`) and as what."""

    place: str
    name: str


Answer = Outcome | ProviderError | Bug


class Known(Protocol):
    """What must be known of a step to judge."""

    kind: str
    state: str
    wanted: bool
    incarnation: int
    external_id: str
    facts: Mapping[str, Any]
    was_active: bool
    rebuilds: int
    attempts: int
    missing_since: datetime | None
    absences: int
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fields to write, and whether this is for reconcile to pass on."""

    fields: dict[str, Any] = field(default_factory=dict)
    tell: bool = False


CLEAR = {"attempts": 0, "words": "", "failure": "", "who": "nobody", "place": ""}
PRESENT = {"missing_since": None, "absences": 0}
NEXT = {"external_id": "", "facts": {}, "called_at": None, "was_active": False, **CLEAR, **PRESENT}


def judge(step: Known, answer: Answer, now: datetime) -> Verdict:
    """What the answer of an ensure, an undo or a watch means."""
    if isinstance(answer, Bug):
        return _bug(step, answer, now)
    if isinstance(answer, Gone):
        return _gone(step, answer, now)
    if isinstance(answer, ProviderError):
        return _error(step, answer, now)
    if step.state == StepState.UNDOING:
        return undone(step, now) if isinstance(answer, Ready) else _pending(step, answer, now)
    if isinstance(answer, Ready):
        return _ready(step, answer, now)
    return _missing(step, answer, now) if isinstance(answer, Missing) else _pending(step, answer, now)


def undone(step: Known, now: datetime) -> Verdict:
    """It is gone: the next one made in its place is the next incarnation, and begins at once if it is still wanted."""
    state = StepState.WAITING if step.wanted else StepState.UNDONE
    rebuilds = step.rebuilds if step.wanted else 0
    grown = {"incarnation": step.incarnation + 1, "rebuilds": rebuilds, "due_at": None, "ended_at": now}
    return Verdict({**NEXT, **grown, "state": state}, tell=True)


def fail(words: str, failure: str, who: str) -> Verdict:
    """A person must act."""
    fields = {"state": StepState.FAILED, "words": words[:500], "failure": failure, "who": who, "due_at": None}
    return Verdict(fields, tell=True)


def _ready(step: Known, answer: Ready, now: datetime) -> Verdict:
    fields = {
        **CLEAR,
        **PRESENT,
        "state": StepState.READY,
        "external_id": answer.id or step.external_id,
        "facts": {**step.facts, **answer.facts},
        "was_active": step.was_active or step.kind in HOLD_DATA,
        "rebuilds": 0,
        "due_at": None,
    }
    if step.state != StepState.READY:
        fields["ended_at"] = now
    return Verdict(fields, tell=step.state != StepState.READY)


def _pending(step: Known, answer: Any, now: datetime) -> Verdict:
    seconds = max(retry.LEAST, answer.seconds) if isinstance(answer, Pending) else retry.backoff(1)
    fields = {**CLEAR, "words": answer.words[:500], "due_at": now + timedelta(seconds=seconds)}
    if step.state == StepState.READY:
        fields["state"] = StepState.RUNNING  # something is being done to it that it cannot be used during
    if isinstance(answer, Pending):
        fields["external_id"] = answer.id or step.external_id
        fields["facts"] = {**step.facts, **answer.facts}
    return Verdict(fields, tell=step.state == StepState.READY or step.words != fields["words"])


def _missing(step: Known, answer: Missing, now: datetime) -> Verdict:
    if answer.errored:
        if step.was_active or answer.ran:
            failed = fail(answer.words, answer.failure or Failure.UPSTREAM_BUG, answer.who)
            return replace(failed, fields={**failed.fields, "was_active": True})
        if step.rebuilds >= retry.MOST_REBUILDS:
            return fail(answer.words, answer.failure or Failure.NO_VALID_HOST, answer.who)
        return again(step, f"{answer.words}; it is taken away and made again", now)
    if answer.proven:
        return lost(step, answer.words, now)
    words = answer.words or "not in the cloud’s listing; being checked"
    fields = {"missing_since": step.missing_since or now, "words": words[:500], "due_at": now}
    return Verdict(fields, tell=step.missing_since is None)


def lost(step: Known, words: str, now: datetime) -> Verdict:
    """Proven to be gone. What held data is a person's to decide on; anything else is made again."""
    if step.was_active:
        return fail(f"{words or 'it is gone from the cloud'}; its data may be lost", Failure.LOST, "lab")
    if step.rebuilds >= retry.MOST_REBUILDS:
        return fail(words or "it keeps disappearing from the cloud", Failure.LOST, "lab")
    return again(step, words or "gone from the cloud; it is made again", now)


def again(step: Known, words: str, now: datetime) -> Verdict:
    """Take what is left of it away, then make the next incarnation."""
    fields = {"state": StepState.UNDOING, "rebuilds": step.rebuilds + 1, "words": words[:500], "due_at": now, **PRESENT}
    return Verdict(fields, tell=True)


def listed_since(step: Known, full_at: datetime | None) -> bool:
    """Whether there was a full listing since it was missed first."""
    return bool(full_at and step.missing_since and full_at > step.missing_since)


def proof(step: Known, *, absent: bool, full_at: datetime | None, now: datetime) -> Verdict:
    """One more answer by id: two of them a minute apart, and a full listing since, prove that it is gone."""
    if not absent:
        return Verdict({**PRESENT, "words": "", "due_at": None}, tell=True)
    if step.absences + 1 < 2:
        return Verdict({"absences": 1, "due_at": now + timedelta(seconds=retry.PROOF)})
    if not listed_since(step, full_at):
        return Verdict({"absences": 2, "due_at": now + timedelta(seconds=retry.PROOF)})
    return lost(step, "", now)


def _gone(step: Known, error: Gone, now: datetime) -> Verdict:
    """Success for an undo; else the thing, or something that it stands on, is not there (yet, or any more)."""
    if step.state == StepState.UNDOING:
        return undone(step, now)
    if step.external_id:
        return _missing(step, Missing(error.words), now)
    if step.attempts + 1 >= retry.MOST_GONE:
        return fail(error.words, error.code, "lab")
    return _later(step, error.words, retry.backoff(step.attempts + 1), now)


def _error(step: Known, error: ProviderError, now: datetime) -> Verdict:
    attempt = step.attempts + 1
    if isinstance(error, Busy):
        return _later(step, error.words, retry.backoff(attempt, error.retry_after), now)
    if isinstance(error, Broken):
        return _later(step, error.words, retry.broken_backoff(attempt), now)
    return fail(error.words, error.code, error.who)


def _later(step: Known, words: str, seconds: float, now: datetime) -> Verdict:
    fields = {"attempts": step.attempts + 1, "words": words[:500], "due_at": now + timedelta(seconds=seconds)}
    return Verdict(fields, tell=step.words != fields["words"])


def _bug(step: Known, bug: Bug, now: datetime) -> Verdict:
    return Verdict(
        {
            "attempts": step.attempts + 1,
            "words": "a fault in the portal; the lab was told and it is tried again",
            "failure": Failure.BUG,
            "who": "lab",
            "place": bug.place[:160],
            "due_at": now + timedelta(seconds=retry.BUG),
        },
        tell=True,
    )
