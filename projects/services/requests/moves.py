"""The one door through which a request changes its state: lock, check against the table, record, write."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from projects.errors import NotAllowed, StalePage
from projects.models import AccessRequest, Decision, User
from projects.paths import desk_request_page, request_page
from projects.services.events import record_event
from projects.services.mails import desk, write_mail, write_mails
from projects.states import REQUEST_MOVES, RequestState, ensure_move

# What the history says of a request's move; of any other, the new state's own word.
SAID: Final = {
    (RequestState.DRAFT, RequestState.SUBMITTED): "sent to the lab",
    (RequestState.RETURNED, RequestState.SUBMITTED): "answered",
    (RequestState.SUBMITTED, RequestState.RETURNED): "returned with a question",
}


def locked(request: AccessRequest, seen_updated_at: datetime | None = None) -> AccessRequest:
    """The row as it is now, locked until the transaction ends. Raises StalePage where it changed since it was seen."""
    fresh = (
        AccessRequest.objects.select_for_update(of=("self",)).select_related("requester", "project").get(pk=request.pk)
    )
    if seen_updated_at is not None and fresh.updated_at != seen_updated_at:
        raise StalePage
    return fresh


def move(
    fresh: AccessRequest, to: RequestState, *, by: User | None, note: str = "", facts: Mapping[str, Any] | None = None
) -> Decision:
    """Move a locked request and keep who, when and why. Raises IllegalMove. The caller saves nothing more of it."""
    was = fresh.status
    ensure_move(REQUEST_MOVES, was, to)
    decision = Decision.objects.create(request=fresh, was=was, now=to, by=by, note=note, facts=dict(facts or {}))
    fresh.state = to
    fresh.save()
    record_event(
        verb=f"request.{to}",
        actor=by,
        project=fresh.project,
        target=f"request {fresh.pk}",
        text=f"Request for {fresh.name or 'a project'}: {said(was, to)}",
        facts={"decision": decision.pk},
    )
    return decision


def said(was: RequestState, to: RequestState) -> str:
    """A request's move in words, as histories show it."""
    return SAID.get((was, to), to.words.lower())


def tell_requester(fresh: AccessRequest, decision: Decision, subject: str, text: str) -> None:
    """Mail to who asked, once for each decision."""
    if fresh.requester is None:
        return
    write_mail(
        key=f"decision:{decision.pk}:requester",
        person=fresh.requester,
        kind="request",
        subject=f"{fresh.name}: {subject}",
        text=text,
        path=request_page(fresh.pk),
        project=fresh.project,
    )


def tell_desk(fresh: AccessRequest, decision: Decision, subject: str, text: str) -> None:
    """Mail to everybody at the desk, or to who claimed the request."""
    people = [fresh.claimed_by] if fresh.claimed_by else list(desk())
    write_mails(
        [person for person in people if person.pk != fresh.requester_id],
        key=f"decision:{decision.pk}:desk",
        kind="desk",
        subject=f"{fresh.name}: {subject}",
        text=text,
        path=desk_request_page(fresh.pk),
        project=fresh.project,
    )


def require_requester(fresh: AccessRequest, by: User) -> None:
    """Raise NotAllowed unless `by` made this request."""
    if fresh.requester_id != by.pk:
        raise NotAllowed("Only the person who made this request may do this.")
