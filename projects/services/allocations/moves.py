"""The one door through which `desired` moves: lock, check against the table, record, tell, wake the engine."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from projects.models import Allocation, Member, User
from projects.paths import project_page
from projects.policies import allowed, require
from projects.services.events import record_event
from projects.services.hooks import allocation_changed
from projects.services.mails import people_of, write_mails
from projects.states import DESIRED_MOVES, Desired, Kind, MemberRole, ensure_move
from projects.text import day_words, moment_words


def locked(allocation: Allocation) -> Allocation:
    """The row as it is now, locked until the transaction ends."""
    rows = Allocation.objects.select_for_update(of=("self",)).select_related("project", "cloud", "generation")
    return rows.get(pk=allocation.pk)


def move(fresh: Allocation, to: Desired, *, by: User | None, text: str) -> None:
    """Move a locked allocation; the caller has set its dates. Raises IllegalMove."""
    was = Desired(fresh.desired)
    ensure_move(DESIRED_MOVES, was, to)
    fresh.desired = to
    save(fresh, by=by, verb=f"allocation.{to}", text=text, was=was.value)


def save(fresh: Allocation, *, by: User | None, verb: str, text: str, was: str = "") -> None:
    """Write the row with its audit, and wake the engine."""
    fresh.changed_at = timezone.now()
    fresh.save(update_fields=["desired", "paused", "ends_at", "absent_at", "noticed_at", "changed_at"])
    record_event(
        verb=verb,
        actor=by,
        project=fresh.project,
        target=f"allocation {fresh.pk}",
        text=f"{called(fresh)}: {text}",
        facts={
            "was": was,
            "now": fresh.desired,
            "why": text,
            "ends_at": str(fresh.ends_at),
            "absent_at": str(fresh.absent_at),
        },
    )
    allocation_changed.fire(cloud=fresh.cloud.name)


def called(allocation: Allocation) -> str:
    """What people call it: “Managed servers on POWER9”."""
    return f"{Kind(allocation.kind).words} on {allocation.generation}"


def role_of(allocation: Allocation, person: User) -> MemberRole | None:
    """Somebody's role in the allocation's project, None for who does not belong to it."""
    member = Member.objects.filter(project=allocation.project_id, github_id=person.github_id or -1).first()
    return MemberRole(member.role) if member else None


def require_may(fresh: Allocation, by: User, verb: str) -> None:
    """Raise NotAllowed unless `by` may do this with the allocation."""
    require(allowed(by, role_of(fresh, by), verb), "Only an owner of the project, or the lab's staff, may do this.")


def grace_ends(now: datetime) -> datetime:
    """When something that is given back now is gone for good."""
    return now + timedelta(days=settings.GRACE_DAYS)


def ends_key(fresh: Allocation) -> str:
    """What tells the notices of one end from those of another."""
    return f"ends:{fresh.absent_at.isoformat() if fresh.absent_at else ''}"


def tell_keepers(fresh: Allocation, *, key: str, subject: str, text: str) -> None:
    """Mail to the project's owners and maintainers, once for each key."""
    write_mails(
        people_of(fresh.project, MemberRole.OWNER, MemberRole.MAINTAINER),
        key=f"allocation:{fresh.pk}:{key}",
        kind="allocation",
        subject=f"{fresh.project}: {subject}",
        text=text,
        path=project_page(fresh.project.slug),
        project=fresh.project,
    )


def put_to_rest(fresh: Allocation, *, by: User | None, text: str, resting: str) -> None:
    """Suspend a locked allocation; what rests already only gets the event `resting`. Raises IllegalMove."""
    if fresh.desired == Desired.SUSPENDED:
        save(fresh, by=by, verb=resting, text=text, was=fresh.desired)
    else:
        move(fresh, Desired.SUSPENDED, by=by, text=text)


def begin_end(fresh: Allocation, now: datetime, *, by: User | None, text: str) -> None:
    """Suspend, with the date of the end, and tell the project's keepers of both in the same transaction."""
    fresh.absent_at = grace_ends(now)
    fresh.noticed_at = now
    put_to_rest(fresh, by=by, text=text, resting="allocation.ending")
    day = moment_words(fresh.absent_at)
    tell_keepers(
        fresh,
        key=ends_key(fresh),
        subject=f"{called(fresh)}: suspended, gone on {day_words(fresh.absent_at)}",
        text=f"{text} It is suspended now and everything in it is deleted on {day}. Until then it can be had back.",
    )
