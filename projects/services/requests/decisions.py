"""What happens to a request between sending and approval: claim, question, answer, withdrawal, refusal, lapse."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction

from projects.errors import Invalid, NotAllowed
from projects.models import AccessRequest, User
from projects.policies import can_review, require
from projects.services.apart import Apart, plainly
from projects.services.events import record_event
from projects.services.requests.content import content_hash, missing
from projects.services.requests.moves import locked, move, require_requester, tell_desk, tell_requester
from projects.services.requests.submission import require_free_name
from projects.services.tickets import say_in
from projects.states import PartState, RequestState, TicketState
from projects.text import clean_text

LAPSE: Final = timedelta(days=60)
NOT_YOURS: Final = "Only the lab decides requests, and nobody their own."


@transaction.atomic
def claim_request(*, request: AccessRequest, by: User) -> AccessRequest:
    """Take a request from the queue, so that others see who looks at it. Raises NotAllowed where somebody else has."""
    fresh = locked(request)
    require(can_review(by, fresh), NOT_YOURS)
    _require_free(fresh, by)
    return _claim(fresh, by, by, "claimed")


def require_reviewer(request: AccessRequest, by: User) -> None:
    """Raise NotAllowed unless `by` may decide this request; one that is claimed is decided by who did, or by staff."""
    require(can_review(by, request), NOT_YOURS)
    if not by.is_staff:
        _require_free(request, by)


@transaction.atomic
def unclaim_request(*, request: AccessRequest, by: User) -> AccessRequest:
    """Put a request back into the queue: who claimed it, or staff."""
    fresh = locked(request)
    require(by.is_staff or fresh.claimed_by_id == by.pk, "Only who claimed it, or staff, can put it back.")
    return _claim(fresh, None, by, "unclaimed")


@transaction.atomic
def return_request(
    *, request: AccessRequest, by: User, question: str, seen_updated_at: datetime | None = None
) -> AccessRequest:
    """Ask the requester something; the question stands in the request's ticket."""
    fresh = locked(request, seen_updated_at)
    require_reviewer(fresh, by)
    text = _words(question, "question", "Write the question.")
    decision = move(fresh, RequestState.RETURNED, by=by, note=text)
    say_in(fresh, by, text, TicketState.WAITING)
    tell_requester(fresh, decision, "a question about your request", text)
    return fresh


@transaction.atomic
def answer_request(*, request: AccessRequest, by: User, text: str) -> AccessRequest:
    """The requester's answer; it brings the request, changed or not, back to the desk.

    Raises NotAllowed, Invalid, AlreadyOpen, NameTaken, IllegalMove.
    """
    fresh = locked(request)
    require_requester(fresh, by)
    words = _words(text, "text", "Write an answer.")
    if problems := missing(fresh):
        field, sentence = next(iter(problems.items()))
        raise Invalid(sentence, field=field, problems=problems)
    if fresh.allocation_id is None:
        require_free_name(fresh)  # the name may have been changed since
    fresh.content_hash = content_hash(fresh)
    decision = move(fresh, RequestState.SUBMITTED, by=by, note=words)
    say_in(fresh, by, words, TicketState.OPEN)
    tell_desk(fresh, decision, "the answer is there", words)
    return fresh


@transaction.atomic
def withdraw_request(*, request: AccessRequest, by: User, note: str = "") -> AccessRequest:
    """The requester no longer needs it."""
    fresh = locked(request)
    require_requester(fresh, by)
    words = clean_text(note, field="note", longest=2000)
    decision = move(fresh, RequestState.WITHDRAWN, by=by, note=words)
    if say_in(fresh, by, words or "Withdrawn.", TicketState.RESOLVED):  # a draft is nobody else's matter
        tell_desk(fresh, decision, "withdrawn", words or "The requester withdrew the request.")
    return fresh


@transaction.atomic
def decline_request(
    *, request: AccessRequest, by: User, reason: str, seen_updated_at: datetime | None = None
) -> AccessRequest:
    """Say no to all of it, with the reason."""
    fresh = locked(request, seen_updated_at)
    require_reviewer(fresh, by)
    words = _words(reason, "reason", "Give the reason; the requester reads it.")
    decision = move(fresh, RequestState.DECLINED, by=by, note=words)
    fresh.parts.update(state=PartState.DECLINED, reason=words)
    say_in(fresh, by, words, TicketState.RESOLVED)
    tell_requester(fresh, decision, "your request was declined", words)
    return fresh


def lapse_requests(*, now: datetime, apart: Apart = plainly) -> int:
    """End the requests whose question nobody answered for 60 days; answers how many."""
    overdue = AccessRequest.objects.filter(state=RequestState.RETURNED, updated_at__lt=now - LAPSE)
    return sum(bool(apart("lapse", row.pk, partial(_lapse, row, now))) for row in overdue.order_by("pk"))


@transaction.atomic
def _lapse(request: AccessRequest, now: datetime) -> bool:
    fresh = locked(request)
    if fresh.status is not RequestState.RETURNED or fresh.updated_at >= now - LAPSE:
        return False
    decision = move(fresh, RequestState.LAPSED, by=None, note="No answer came for 60 days.")
    say_in(fresh, None, "Lapsed: no answer came for 60 days.", TicketState.RESOLVED)
    tell_requester(fresh, decision, "your request lapsed", "No answer came for 60 days. You are welcome to ask again.")
    return True


def _require_free(request: AccessRequest, by: User) -> None:
    if request.claimed_by_id not in {None, by.pk}:
        raise NotAllowed(f"{request.claimed_by} has claimed this request already.")


def _claim(fresh: AccessRequest, claimer: User | None, by: User, verb: str) -> AccessRequest:
    # by update(), so that `updated_at` stays: a claim changes nothing of what a reviewer has on the page
    AccessRequest.objects.filter(pk=fresh.pk).update(claimed_by=claimer)
    fresh.claimed_by = claimer
    record_event(
        verb=f"request.{verb}",
        actor=by,
        project=fresh.project,
        target=f"request {fresh.pk}",
        text=f"Request for {fresh.name}: {verb}",
    )
    return fresh


def _words(typed: str, field: str, cure: str) -> str:
    if text := clean_text(typed, field=field, longest=5000):
        return text
    raise Invalid(cure, field=field)
