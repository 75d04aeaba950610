"""Drafts: begun by anybody, kept from the first word, taken along when somebody signs in."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from projects.errors import IllegalMove, Invalid
from projects.models import AccessRequest, Part, User
from projects.review import repository_lookup
from projects.services.lookups import ask_repository
from projects.services.requests.content import cleaned
from projects.services.requests.moves import locked
from projects.services.requests.parts import PartAsked, check_parts
from projects.states import OPEN_REQUESTS, RequestState
from projects.text import name_key

ABANDONED = timedelta(days=2)
# A question of the desk may be answered by changing what is asked for.
EDITABLE = frozenset({RequestState.DRAFT, RequestState.RETURNED})


def begin_draft(*, user: User | None = None) -> AccessRequest:
    """An empty draft. Its `draft_key` is what the browser of a visitor who is not signed in keeps to find it again."""
    return AccessRequest.objects.create(requester=user, draft_key=secrets.token_urlsafe(32))


def forget_old_drafts(*, now: datetime) -> int:
    """Delete the drafts that no browser can find any more: nobody's, and older than a login. Answers how many."""
    late = now - max(ABANDONED, timedelta(seconds=settings.SESSION_COOKIE_AGE))
    left = AccessRequest.objects.filter(requester=None, state=RequestState.DRAFT, updated_at__lt=late)
    return left.delete()[1].get(AccessRequest._meta.label, 0)  # noqa: SLF001 - Django's documented name for it


@transaction.atomic
def adopt_draft(*, draft: AccessRequest, user: User) -> AccessRequest:
    """Make a visitor's draft that of the person who signed in; one that has an owner keeps that owner."""
    fresh = locked(draft)
    if fresh.requester_id is None and fresh.status is RequestState.DRAFT:
        fresh.requester = user
        fresh.save(update_fields=["requester", "updated_at"])
    return fresh


@transaction.atomic
def save_draft(*, draft: AccessRequest, **fields: Any) -> AccessRequest:
    """Keep fields of the form (projects.services.requests.content names them), each cleaned.

    Raises Invalid with the field and the cure, and IllegalMove once the request was sent. A repository on GitHub is
    looked up in the background.
    """
    fresh = editable(draft)
    for name, value in cleaned(fields).items():
        setattr(fresh, name, value)
    _require_own_name(fresh)
    fresh.save()
    full_name, _ = repository_lookup(fresh)
    if full_name and "repository_url" in fields:
        ask_repository(full_name)
    return fresh


@transaction.atomic
def set_parts(*, draft: AccessRequest, parts: Sequence[PartAsked]) -> AccessRequest:
    """Put these parts in the place of all earlier ones. Raises Invalid where the catalog has no such thing."""
    fresh = editable(draft)
    check_parts(parts)
    fresh.parts.all().delete()
    Part.objects.bulk_create(
        Part(
            request=fresh,
            kind=part.kind,
            cloud=part.cloud,
            generation=part.generation,
            asked=part.grant.as_json(),
        )
        for part in parts
    )
    fresh.save(update_fields=["updated_at"])
    return fresh


def editable(draft: AccessRequest) -> AccessRequest:
    """The row, locked. Raises IllegalMove where it may no longer be changed."""
    fresh = locked(draft)
    if fresh.status not in EDITABLE:
        raise IllegalMove("This request was sent already and can no longer be changed.")
    return fresh


def _require_own_name(fresh: AccessRequest) -> None:
    """Raise Invalid where an open request would get the name of another one of the same person."""
    if fresh.status not in OPEN_REQUESTS:
        return
    others = AccessRequest.objects.filter(requester=fresh.requester_id, state__in=OPEN_REQUESTS).exclude(pk=fresh.pk)
    if others.filter(name_key=name_key(fresh.name)).exists():
        raise Invalid("You have another open request for a project of this name; choose another name.", field="name")
