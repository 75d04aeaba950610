"""Drafts: begun by anybody, kept from the first word, taken along when somebody signs in."""

import secrets
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from projects.errors import IllegalMove
from projects.models import AccessRequest, Part, User
from projects.review import repository_lookup
from projects.services.lookups import ask_repository
from projects.services.requests.content import cleaned
from projects.services.requests.moves import locked
from projects.services.requests.parts import PartAsked, check_parts
from projects.states import RequestState

# A question of the desk may be answered by changing what is asked for.
EDITABLE = frozenset({RequestState.DRAFT, RequestState.RETURNED})


def begin_draft(*, user: User | None = None) -> AccessRequest:
    """An empty draft. Its `draft_key` is what the browser of a visitor who is not signed in keeps to find it again."""
    return AccessRequest.objects.create(requester=user, draft_key=secrets.token_urlsafe(32))


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
