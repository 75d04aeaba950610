"""Facts that only GitHub can tell: asked here, answered by a task in another room, kept for 24 hours."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, models, transaction
from django.db.models import functions
from django.utils import timezone

from projects.history import PERSON
from projects.models import Lookup, Member
from projects.models.people import nameless
from projects.models.records import ANSWERED, FRESH
from projects.services.events import record_event
from projects.services.hooks import lookup_asked, members_changed
from projects.states import LookupKind, LookupState

FIRST_PAUSE: Final = 60  # seconds; doubled with each failure
LONGEST_PAUSE: Final = 3600  # seconds
FORGOTTEN: Final = timedelta(days=180)
GIVE_UP: Final = timedelta(days=61)  # a request waits for an answer 60 days at most


def ask_repository(full_name: str) -> Lookup:
    """Ask for a repository by `owner/name` (see projects.repositories); answers the row as it stands now."""
    return _ask(LookupKind.REPOSITORY, full_name)


def ask_login(login: str) -> Lookup:
    """Ask for the numeric id of a GitHub login."""
    return _ask(LookupKind.LOGIN, login)


def ask_keys(login: str) -> Lookup:
    """Ask for the public SSH keys of a GitHub login."""
    return _ask(LookupKind.KEYS, login)


def due_lookups(now: datetime, limit: int = 20) -> list[Lookup]:
    """What is to be answered next: newly asked first, then what failed, with growing pauses between tries."""
    waiting = models.Q(state=LookupState.ASKED)
    failed = models.Q(state=LookupState.FAILED, answered_at__lt=now - timedelta(seconds=FIRST_PAUSE))
    recent = models.Q(asked_at__gt=now - GIVE_UP)
    rows = Lookup.objects.filter(recent & (waiting | failed)).order_by("state", "asked_at", "id")[: 5 * limit]
    return [row for row in rows if row.status is LookupState.ASKED or _pause_over(row, now)][:limit]


def forget_old_lookups(*, now: datetime) -> int:
    """Delete what nobody asked about for so long that no open request stands on it; answers how many."""
    return Lookup.objects.filter(asked_at__lt=now - FORGOTTEN).delete()[0]


@transaction.atomic
def record_answer(
    *,
    lookup: Lookup,
    state: LookupState,
    now: datetime,
    answer: Mapping[str, Any] | None = None,
    etag: str = "",
    reason: str = "",
) -> Lookup:
    """Keep what GitHub said. `answer` None keeps the one that is there (not modified, or the call failed).

    What a login was found to be is taken over by login_told().
    """
    row = Lookup.objects.select_for_update().get(pk=lookup.pk)
    row.state, row.reason, row.answered_at = state, reason[:200], now
    row.tries = 0 if state in ANSWERED else min(row.tries + 1, 1000)
    if answer is not None:
        row.answer, row.etag = dict(answer), etag[:120]
    row.save()
    if row.kind == LookupKind.LOGIN and row.status is LookupState.FOUND:
        login_told(row.key, int(row.answer["id"]))
    return row


def login_told(login: str, github_id: int) -> None:
    """GitHub has just said whose login this is: nobody else goes by it, and who waited for the number waits no longer.

    Jenkins knows people by login, so who had it before is left out there until GitHub tells the new one.
    """
    earlier = Lookup.objects.filter(kind=LookupKind.LOGIN, key=login.lower(), state=LookupState.FOUND)
    earlier.exclude(answer__id=github_id).update(state=LookupState.ASKED)
    others = Member.objects.filter(github_login__iexact=login, github_id__isnull=False).exclude(github_id=github_id)
    for member in others:
        member.github_login = nameless(member.github_id or 0)
        member.save(update_fields=["github_login"])
        members_changed.fire(project_id=member.project_id)
    put_into_effect(login, github_id)


def login_unknown() -> models.Exists:
    """For a query of members: whether GitHub answered that nobody has the member's login."""
    login = functions.Lower(models.OuterRef("github_login"))
    return models.Exists(Lookup.objects.filter(kind=LookupKind.LOGIN, key=login, state=LookupState.ABSENT))


def put_into_effect(login: str, github_id: int) -> None:
    """Give the memberships of a login that waited for its numeric id that id."""
    for member in Member.objects.filter(github_login__iexact=login, github_id__isnull=True).select_related("project"):
        try:
            with transaction.atomic():
                Member.objects.filter(pk=member.pk).update(github_id=github_id)
        except IntegrityError:  # this person belongs to the project already, under an earlier login
            member.delete()
            continue
        members_changed.fire(project_id=member.project_id)
        record_event(
            verb="member.in_effect",
            project=member.project,
            target=f"member {member.pk}",
            text=f"{PERSON} belongs to {member.project} now",
            facts={"github_id": github_id, "role": member.role},
        )


def _ask(kind: str, key: str) -> Lookup:
    now = timezone.now()
    row, made = Lookup.objects.get_or_create(kind=kind, key=key.lower(), defaults={"asked_at": now})
    stale = row.stale(now)
    if stale or row.asked_at < now - FRESH:
        # the old answer stays to be compared by its ETag; only its state says that it is being checked again
        row.state, row.asked_at = (LookupState.ASKED if stale else row.state), now
        row.save(update_fields=["state", "asked_at"])
    if made or stale:
        lookup_asked.fire()
    return row


def _pause_over(row: Lookup, now: datetime) -> bool:
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(max(row.tries - 1, 0), 10))
    return row.answered_at is None or row.answered_at <= now - timedelta(seconds=pause)
