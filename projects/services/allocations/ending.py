"""What ends by the calendar: expiry suspends, the end of the grace time makes absent; beat calls both."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction

from projects.errors import Invalid, StalePage
from projects.models import Allocation, Mail, Ticket, User
from projects.policies import require
from projects.services.allocations.moves import begin_end, ends_key, locked, move
from projects.services.apart import Apart, plainly
from projects.services.events import record_event
from projects.services.tickets import move_ticket, open_ticket
from projects.states import Desired, TicketState

MOST_AT_ONCE: Final = 10
MOST_SHARE: Final = 0.2
UNREACHABLE: Final = 10  # failed tries after which no mail counts as reaching somebody
FEW: Final = 2  # so many may always go: a share of a handful says nothing
MANY, UNTOLD = "endings", "endings:untold"  # the keys of the tickets that ask staff
TOO_MANY = "The grace time of {} allocations is over. That is unusually many, so nothing was deleted."
NOBODY_TOLD = "Nobody who keeps them has signed in, or no mail reaches any of them, so nothing was deleted."
CURE = "Renew those that should stay, on their pages; then staff let the rest end, on the desk's page of such endings."
Notices = list[tuple[int, datetime | None]]  # of one end: how often each was tried, and when it went out


@dataclass(frozen=True, slots=True)
class Held:
    """What has come to the end of its grace time, longest due first.

    `free` may end by itself; `many` are unusually many at once; of `untold` nobody could be told.
    """

    free: Sequence[Allocation]
    many: Sequence[Allocation]
    untold: Sequence[Allocation]

    @property
    def rows(self) -> list[Allocation]:
        """All that staff must look at."""
        return [*self.many, *self.untold]


def expire_due(*, now: datetime, apart: Apart = plainly) -> int:
    """Suspend what has come to its end, with the grace time before it; answers how many.

    What staff have paused comes to its end like anything else.
    """
    standing = Allocation.objects.filter(desired__in=[Desired.PRESENT, Desired.SUSPENDED], absent_at=None)
    due = standing.filter(ends_at__lte=now).order_by("ends_at", "pk")
    return sum(bool(apart("expiry", row.pk, partial(_expire, row, now))) for row in due)


def make_absent_due(*, now: datetime, apart: Apart = plainly) -> int:
    """Make absent what was suspended for the whole grace time and whose people were told; answers how many.

    More than 10 at once, or more than a fifth of all, looks like a mistake: then none goes. About that, and about what
    nobody could be told of, staff get a ticket, which is resolved once nothing is held back for that reason.
    """
    held = held_back(now=now)
    many, untold = len(held.many), len(held.untold)
    _ask_staff(MANY, many, f"{many} allocations would be deleted at once", TOO_MANY.format(many))
    _ask_staff(UNTOLD, untold, f"Nobody could be told of {untold} ending{'s' if untold > 1 else ''}", NOBODY_TOLD)
    return sum(bool(apart("end", row.pk, partial(_end, row, now, None))) for row in held.free)


def held_back(*, now: datetime) -> Held:
    """What is over: what may end by itself (`free`), and what staff must look at before."""
    over = Allocation.objects.filter(desired=Desired.SUSPENDED, absent_at__lte=now, noticed_at__isnull=False)
    rows = list(over.order_by("absent_at", "pk"))
    notices = _notices(rows) if rows else {}
    mine = {row: notices.get(f"allocation:{row.pk}:{ends_key(row)}", []) for row in rows}
    told = [row for row in rows if _told(mine[row])]
    untold = [row for row in rows if _unreachable(mine[row])]
    return Held([], told, untold) if _are_too_many(told) else Held(told, [], untold)


def mark_of(allocations: Iterable[Allocation]) -> str:
    """The same for the same allocations, so that a page can tell which ones somebody saw on it."""
    return hashlib.sha256(" ".join(sorted(str(one.pk) for one in allocations)).encode()).hexdigest()[:16]


@transaction.atomic
def let_end(*, by: User, typed: int, seen: str, now: datetime) -> int:
    """Have everything end that is held back; answers how many. For staff, who looked at all of it (`seen`: mark_of).

    Raises NotAllowed, StalePage where it is no longer the same, Invalid where `typed` is not how many it is.
    """
    require(by.is_staff, "Only the lab's staff may let these end.")
    due = held_back(now=now).rows
    if not due or mark_of(due) != seen:
        raise StalePage("Other allocations are due to end now than those you saw; look at the list again.")
    if typed != len(due):
        raise Invalid(f"Type {len(due)}, as many as end.", field="typed")
    ended = [str(allocation.pk) for allocation in due if _end(allocation, now, by)]
    text = f"let {len(ended)} allocations end at once"
    record_event(verb="allocations.let_end", actor=by, text=text, facts={"ended": ended})
    _resolve([MANY, UNTOLD], by)
    return len(ended)


def too_many(ending: int, live: int) -> bool:
    """Whether so many endings in one pass look like a mistake."""
    return ending > MOST_AT_ONCE or (ending > FEW and ending > MOST_SHARE * live)


def _are_too_many(due: Sequence[Allocation]) -> bool:
    return bool(due) and too_many(len(due), Allocation.objects.exclude(desired=Desired.ABSENT).count())


def _notices(rows: Iterable[Allocation]) -> dict[str, Notices]:
    """Of the notices of these ends, by key without the person: how often each was tried, and when it went out."""
    found = defaultdict(list)
    mails = Mail.objects.filter(project__in={row.project_id for row in rows}, key__contains=":ends:")
    for key, tries, sent_at in mails.values_list("key", "tries", "sent_at"):
        found[key.rpartition(":")[0]].append((tries, sent_at))
    return found


def _told(notices: Notices) -> bool:
    """Whether the notices of an end went out: to all, but for those whom no mail reaches while others were told."""
    waiting = [tries for tries, sent_at in notices if sent_at is None]
    return len(waiting) < len(notices) and all(tries >= UNREACHABLE for tries in waiting)


def _unreachable(notices: Notices) -> bool:
    """Whether nobody can be told of an end: there is nobody, or no mail reaches any of them."""
    return all(sent_at is None and tries >= UNREACHABLE for tries, sent_at in notices)


@transaction.atomic
def _expire(allocation: Allocation, now: datetime) -> bool:
    fresh = locked(allocation)
    if fresh.desired == Desired.ABSENT or fresh.absent_at is not None or fresh.ends_at > now:
        return False  # given back or renewed since the list was read
    begin_end(fresh, now, by=None, text="Its time is over.")
    return True


@transaction.atomic
def _end(allocation: Allocation, now: datetime, by: User | None) -> bool:
    fresh = locked(allocation)
    still_due = fresh.desired == Desired.SUSPENDED and fresh.absent_at is not None and fresh.absent_at <= now
    if not still_due or fresh.noticed_at is None:
        return False
    move(fresh, Desired.ABSENT, by=by, text="the grace time is over")
    return True


def _ask_staff(key: str, number: int, title: str, text: str) -> None:
    """Ask about what is held back for one reason; where that is nothing, or nothing any more, the question is over."""
    if number:
        open_ticket(key=key, title=title, text=f"{text} {CURE}", internal=True)
    else:
        _resolve([key], None)


def _resolve(keys: Iterable[str], by: User | None) -> None:
    for ticket in Ticket.objects.filter(key__in=keys, state__in=[TicketState.OPEN, TicketState.WAITING]):
        move_ticket(ticket=ticket, to=TicketState.RESOLVED, by=by)
