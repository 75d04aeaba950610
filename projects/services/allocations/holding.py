"""What people do with an allocation: give it back, keep it longer, pause it, have it back."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from projects.errors import IllegalMove, Invalid
from projects.models import Allocation, User
from projects.policies import can_suspend, require
from projects.services.allocations.moves import (
    begin_end,
    called,
    locked,
    move,
    put_to_rest,
    require_may,
    save,
    tell_keepers,
)
from projects.states import Desired
from projects.text import clean_line, day_words

LONGEST: Final = timedelta(days=731)  # from now, for one renewal: two years, with a leap day
YEAR: Final = timedelta(days=365)


@transaction.atomic
def release_allocation(*, allocation: Allocation, by: User, typed_name: str = "", now: bool = False) -> Allocation:
    """Give it back: suspended at once, gone after the grace time (GRACE_DAYS).

    With `now` it goes at once; that is for an owner who typed the project's name, or staff. Raises NotAllowed,
    Invalid, IllegalMove.
    """
    fresh = locked(allocation)
    require_may(fresh, by, "release")
    # what the lab stopped to look into is neither deleted by its owner, nor given back and then had back
    require(by.is_staff or not fresh.paused, "The lab's staff suspended this; ask them in a ticket.")
    if now:
        if not by.is_staff and typed_name.strip() != fresh.project.name:
            raise Invalid(
                f"Type the project's name, {fresh.project.name}, to delete all of it now.", field="typed_name"
            )
        fresh.absent_at = timezone.now()
        move(fresh, Desired.ABSENT, by=by, text="given back at once")
        tell_keepers(
            fresh,
            key="now",
            subject=f"{called(fresh)}: given back at once",
            text="It was given back at once; everything in it is being deleted.",
        )
        return fresh
    if fresh.absent_at is not None:
        raise IllegalMove("This is being given back already.")
    begin_end(fresh, timezone.now(), by=by, text="Given back.")
    return fresh


@transaction.atomic
def renew_allocation(*, allocation: Allocation, by: User, until: date | datetime) -> Allocation:
    """Keep it until the end of that day (UTC); within the grace time this brings it back too, unless staff paused it.

    Raises NotAllowed, Invalid for a day that is past, more than two years away or, unless it is being given back,
    before its end; IllegalMove once it is gone.
    """
    fresh = locked(allocation)
    require_may(fresh, by, "renew")
    end = until if isinstance(until, datetime) else datetime.combine(until, time(23, 59, 59), UTC)
    if not timezone.now() < end <= timezone.now() + LONGEST + timedelta(days=1):
        raise Invalid("Choose a day that is still to come, within the next two years.", field="until")
    if fresh.desired == Desired.ABSENT:
        raise IllegalMove("This is gone; ask for it again.")
    ending = fresh.absent_at is not None
    if not ending and end < fresh.ends_at:
        words = f"It is granted until {day_words(fresh.ends_at)}: choose that day or later, or give it back instead."
        raise Invalid(words, field="until")
    fresh.ends_at, fresh.absent_at, fresh.noticed_at = end, None, None
    text = f"renewed until {day_words(end)}"
    if ending and not fresh.paused:
        move(fresh, Desired.PRESENT, by=by, text=text)
    else:
        save(fresh, by=by, verb="allocation.renewed", text=text, was=fresh.desired)
    return fresh


@transaction.atomic
def resume_allocation(*, allocation: Allocation, by: User) -> Allocation:
    """Have it back within the grace time; what staff suspended staff bring back. Raises NotAllowed, IllegalMove."""
    fresh = locked(allocation)
    require_may(fresh, by, "release")
    require(by.is_staff or not fresh.paused, "The lab's staff suspended this; ask them in a ticket.")
    if fresh.ends_at <= timezone.now():
        raise IllegalMove("Its time is over; renew it instead.")
    fresh.paused, fresh.absent_at, fresh.noticed_at = False, None, None
    move(fresh, Desired.PRESENT, by=by, text="brought back")
    return fresh


@transaction.atomic
def suspend_allocation(*, allocation: Allocation, by: User, reason: str) -> Allocation:
    """Pause it until staff bring it back; its end stays as it is. For staff. Raises NotAllowed, Invalid, IllegalMove.

    In its grace time it rests already; paused, no owner has it back by renewing it.
    """
    fresh = locked(allocation)
    require(can_suspend(by), "Only the lab's staff may suspend.")
    words = clean_line(reason, field="reason", longest=300)
    if not words:
        raise Invalid("Give the reason; the project reads it.", field="reason")
    if fresh.paused:
        raise IllegalMove(was=Desired(fresh.desired).words, now=Desired.SUSPENDED.words)
    fresh.paused = True
    put_to_rest(fresh, by=by, text=f"suspended by the lab: {words}", resting="allocation.paused")
    tell_keepers(
        fresh,
        key=f"suspended:{fresh.changed_at.isoformat()}",
        subject=f"{called(fresh)}: suspended by the lab",
        text=words,
    )
    return fresh


def suggested_end(allocation: Allocation) -> date:
    """The day that a renewal offers: as long again as it was given for, from its end or from today."""
    given = min(max(allocation.ends_at - allocation.starts_at, timedelta(days=30)), YEAR)
    begins = max(allocation.ends_at, timezone.now())
    day = begins + given
    if given == YEAR:
        with suppress(ValueError):  # of the 29th of February there is none a year later
            day = begins.replace(year=begins.year + 1)
    return min(day, timezone.now() + LONGEST).date()
