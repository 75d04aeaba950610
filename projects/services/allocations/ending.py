"""What ends by the calendar: expiry suspends, the end of the grace time makes absent; beat calls both."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from projects.models import Allocation, Mail, User
from projects.services.allocations.moves import begin_end, locked, move
from projects.services.tickets import open_ticket
from projects.states import Desired

MOST_AT_ONCE: Final = 10
MOST_SHARE: Final = 0.2
UNREACHABLE: Final = 10  # failed tries after which one of several people no longer keeps an end from coming
FEW: Final = 2  # so many may always go: a share of a handful says nothing


def expire_due(*, now: datetime) -> int:
    """Suspend what has come to its end, with the grace time before it; answers how many.

    What staff have paused comes to its end like anything else.
    """
    standing = Allocation.objects.filter(desired__in=[Desired.PRESENT, Desired.SUSPENDED], absent_at=None)
    due = standing.filter(ends_at__lte=now).order_by("ends_at", "pk")
    return sum(_expire(allocation, now) for allocation in due)


def make_absent_due(*, now: datetime, confirmed_by: User | None = None) -> int:
    """Make absent what was suspended for the whole grace time and whose people were told; answers how many.

    More than 10 at once, or more than a fifth of all, looks like a mistake: then none goes and staff get a ticket.
    Staff who looked into it pass themselves as `confirmed_by`.
    """
    due = _due(now)
    number = len(due)
    if number == 0:
        return 0
    if not (confirmed_by and confirmed_by.is_staff) and too_many(number, _live().count()):
        _ask_staff(number, now)
        return 0
    return sum(_end(allocation, now, confirmed_by) for allocation in due)


def too_many(ending: int, live: int) -> bool:
    """Whether so many endings in one pass look like a mistake."""
    return ending > MOST_AT_ONCE or (ending > FEW and ending > MOST_SHARE * live)


def _live() -> QuerySet[Allocation]:
    return Allocation.objects.exclude(desired=Desired.ABSENT)


def _due(now: datetime) -> list[Allocation]:
    over = Allocation.objects.filter(desired=Desired.SUSPENDED, absent_at__lte=now, noticed_at__isnull=False)
    return [allocation for allocation in over.order_by("absent_at", "pk") if _told(allocation)]


def _told(allocation: Allocation) -> bool:
    """Whether the notices of this end went out: to all, but for those whom no mail reaches while others were told."""
    moment = allocation.absent_at.isoformat() if allocation.absent_at else ""
    notices = Mail.objects.filter(key__startswith=f"allocation:{allocation.pk}:ends:{moment}")
    waiting = [tries for tries, sent_at in notices.values_list("tries", "sent_at") if sent_at is None]
    return not waiting or (len(waiting) < notices.count() and min(waiting) >= UNREACHABLE)


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


def _ask_staff(number: int, now: datetime) -> None:
    open_ticket(
        key=f"ending:{now - timedelta(hours=now.hour):%Y-%m-%d}",
        title=f"{number} allocations would be deleted at once",
        text=(
            f"The grace time of {number} allocations is over. That is unusually many, so nothing was deleted. "
            "Renew those that should stay, and give back at once, on their pages, those that should not."
        ),
        internal=True,
    )
