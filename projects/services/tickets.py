"""Conversations between a project and the desk."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from projects.errors import Invalid
from projects.models import AccessRequest, Allocation, Member, Message, Project, Ticket, User
from projects.paths import ticket_page
from projects.policies import allowed, require
from projects.services.events import record_event
from projects.services.mails import desk, people_of, write_mails
from projects.states import TICKET_MOVES, MemberRole, TicketState, ensure_move
from projects.text import clean_text

LONGEST_TITLE = 200


@transaction.atomic
def open_ticket(
    *,
    title: str,
    text: str,
    key: str | None = None,
    project: Project | None = None,
    request: AccessRequest | None = None,
    allocation: Allocation | None = None,
    internal: bool = False,
    by: User | None = None,
) -> Ticket:
    """A thread with its first message. With a `key` there is one open at a time, however often the trouble is told.

    Told again after it was resolved, the same ticket opens again and is mailed; after it was closed, a new one follows.
    """
    fields: dict[str, Any] = {
        "title": " ".join(title.split())[:LONGEST_TITLE],
        "project": project,
        "request": request,
        "requester": request.requester if request else None,
        "allocation": allocation,
        "internal": internal,
    }
    earlier = Ticket.objects.select_for_update().filter(key=key).first() if key else None
    if earlier and earlier.status in {TicketState.OPEN, TicketState.WAITING}:
        return earlier
    if earlier and earlier.status is TicketState.RESOLVED:
        return _reopen(earlier, fields["title"], text, by)
    if earlier:
        Ticket.objects.filter(pk=earlier.pk).update(key=f"{key}#{earlier.pk}")
    ticket, made = (
        Ticket.objects.get_or_create(key=key, defaults={**fields, "follows": earlier})
        if key
        else (Ticket.objects.create(**fields), True)
    )
    if made:
        _say(ticket, by, text)
    if made and request is None:  # a new request tells the desk by a mail of its own
        _tell(ticket, by)
    return ticket


@transaction.atomic
def post_message(*, ticket: Ticket, by: User, text: str, waiting: bool = False) -> Message:
    """Say something in a thread; the message's own ticket is another one where this one was closed.

    The desk's word with `waiting` asks for an answer; any other word reopens what was waiting or resolved. Raises
    NotAllowed for who does not belong there, Invalid for an empty message.
    """
    require(may_post(ticket, by), "Only the people of this project and the lab may write here.")
    cleaned = clean_text(text, field="text")
    if not cleaned:
        raise Invalid("Write a message.", field="text")
    locked = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if locked.status is TicketState.CLOSED:
        locked = _follow(locked)
    aim = TicketState.WAITING if waiting and by.is_operator else TicketState.OPEN
    if locked.status is TicketState.RESOLVED:
        _move(locked, TicketState.OPEN)
    if locked.status is not aim:
        _move(locked, aim)
    message = _say(locked, by, cleaned)
    _tell(locked, by, message)
    return message


@transaction.atomic
def move_ticket(*, ticket: Ticket, to: TicketState, by: User | None) -> Ticket:
    """Move a ticket through the table of moves; raises IllegalMove, or NotAllowed for who is not at the desk."""
    require(by is None or by.is_operator or may_post(ticket, by))
    locked = Ticket.objects.select_for_update().get(pk=ticket.pk)
    was = locked.status
    if was is to:
        return locked
    _move(locked, to).changed_at = timezone.now()
    locked.save(update_fields=["state", "changed_at"])
    record_event(
        verb=f"ticket.{to}",
        actor=by,
        project=locked.project,
        target=f"ticket {locked.pk}",
        text=f"Ticket “{locked.title}”: {to.words.lower()}",
    )
    return locked


@transaction.atomic
def resolve_ticket(*, key: str, text: str) -> None:
    """The portal's own last word on a trouble that is over; nothing where somebody has resolved it before."""
    open_ones = Ticket.objects.select_for_update().filter(state__in=[TicketState.OPEN, TicketState.WAITING])
    if ticket := open_ones.filter(key=key).first():
        _say(ticket, None, text)
        move_ticket(ticket=ticket, to=TicketState.RESOLVED, by=None)


def may_post(ticket: Ticket, person: User) -> bool:
    """Whether somebody may write in a thread: the desk, the requester, and owners and maintainers of the project."""
    if person.is_operator:
        return True
    if ticket.internal:
        return False
    if ticket.requester_id == person.pk:
        return True
    member = Member.objects.filter(project=ticket.project_id, github_id=person.github_id or -1).first()
    return allowed(person, MemberRole(member.role) if member else None, "tickets")


def say_in(request: AccessRequest, by: User | None, text: str, to: TicketState) -> Message | None:
    """What a decision says in the request's thread (`by` None: the portal itself), and the state that it leaves behind.

    To be called in the decision's transaction. It mails nothing, since the decision does, and a closed thread stays
    closed; None where there is no thread, since the request was never sent.
    """
    locked = Ticket.objects.select_for_update().filter(request=request).first()
    if locked is None:
        return None
    if locked.status is TicketState.RESOLVED and to is not TicketState.RESOLVED:
        _move(locked, TicketState.OPEN)
    if locked.status not in {TicketState.CLOSED, to}:
        _move(locked, to)
    return _say(locked, by, text)


def _move(ticket: Ticket, to: TicketState) -> Ticket:
    """The ticket with its new state, which the caller saves."""
    ensure_move(TICKET_MOVES, ticket.status, to)
    ticket.state = to
    return ticket


def _reopen(ticket: Ticket, title: str, text: str, by: User | None) -> Ticket:
    ticket.title = title
    _tell(ticket, by, _say(_move(ticket, TicketState.OPEN), by, text))
    return ticket


def _follow(closed: Ticket) -> Ticket:
    """A new ticket in the place of a closed one; the request's link stays with the first."""
    title = closed.title if closed.title.startswith("Again: ") else f"Again: {closed.title}"
    return Ticket.objects.create(
        title=title[:LONGEST_TITLE],
        project=closed.project or (closed.request.project if closed.request else None),
        requester=closed.requester,
        allocation=closed.allocation,
        internal=closed.internal,
        follows=closed,
    )


def _say(ticket: Ticket, by: User | None, text: str) -> Message:
    message = Message.objects.create(ticket=ticket, author=by, text=text)
    ticket.changed_at = message.at
    ticket.save(update_fields=["title", "state", "changed_at"])
    return message


def _tell(ticket: Ticket, by: User | None, message: Message | None = None) -> None:
    """Mail to the other side: what the desk says goes to the project, anything else to the desk."""
    from_desk = by is not None and by.is_operator
    people = list(desk()) if ticket.internal or not from_desk else _project_side(ticket)
    write_mails(
        [person for person in people if by is None or person.pk != by.pk],
        key=f"ticket:{ticket.pk}:{message.pk if message else 'opened'}",
        kind="ticket",
        subject=f"{ticket.project.name if ticket.project else 'Portico'}: {ticket.title}",
        text="There is a new message in this conversation.",
        path=ticket_page(ticket.pk),
        project=ticket.project,
    )


def _project_side(ticket: Ticket) -> list[User]:
    if ticket.requester is not None:
        return [ticket.requester]
    if ticket.project is None:
        return []
    return list(people_of(ticket.project, MemberRole.OWNER, MemberRole.MAINTAINER))
