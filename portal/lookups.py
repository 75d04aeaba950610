"""Answers the Lookup rows that pages and services asked for: the one place that calls GitHub for facts."""

import time
from collections.abc import Callable
from typing import Final

import structlog
from django.core.cache import cache
from django.db import DataError
from django.utils import timezone

from portal.github import Answer, NoAnswer, key_facts, login_facts, repository_facts
from projects.models import Lookup
from projects.services.lookups import due_lookups, record_answer
from projects.states import LookupKind, LookupState

log = structlog.get_logger(__name__)

LOCK: Final = "github:answering"
LOCK_SECONDS: Final = 120  # a killed worker's lock; longer than a pass and its last call
PASS: Final = 20  # lookups at most in one pass
PASS_SECONDS: Final = 60  # after which no other is begun

ASK: Final[dict[LookupKind, Callable[[Lookup], Answer]]] = {
    LookupKind.REPOSITORY: lambda lookup: repository_facts(lookup.key, lookup.etag),
    LookupKind.LOGIN: lambda lookup: login_facts(lookup.key, lookup.etag),
    LookupKind.KEYS: lambda lookup: key_facts(lookup.key),
}


def answer_due() -> int:
    """Answer what is due, one pass at a time in all processes; answers how many GitHub told."""
    if not cache.add(LOCK, 1, LOCK_SECONDS):
        return 0
    ends = time.monotonic() + PASS_SECONDS
    try:
        return sum(answer(lookup) for lookup in due_lookups(timezone.now(), PASS) if time.monotonic() < ends)
    finally:
        cache.delete(LOCK)


def answer(lookup: Lookup) -> bool:
    """Ask GitHub for one fact and keep what it says; False where it did not tell, which is tried again later.

    What cannot be kept is a failure like any other, so that one strange answer never stops the rest.
    """
    try:
        _keep(lookup, ASK[LookupKind(lookup.kind)](lookup))
    except NoAnswer as error:
        reason = str(error)
    except (DataError, ValueError, LookupError) as error:
        log.exception("lookup", action="not understood", kind=lookup.kind, id=lookup.pk, error=type(error).__name__)
        reason = "GitHub's answer was not understood."
    else:
        return True
    record_answer(lookup=lookup, state=LookupState.FAILED, now=timezone.now(), reason=reason)
    log.info("lookup", action="failed", kind=lookup.kind, id=lookup.pk, reason=reason)
    return False


def _keep(lookup: Lookup, told: Answer) -> None:
    if told.unchanged:
        record_answer(lookup=lookup, state=LookupState.FOUND, now=timezone.now())
    elif told.facts is None:
        record_answer(lookup=lookup, state=LookupState.ABSENT, now=timezone.now(), answer={})
    else:
        record_answer(lookup=lookup, state=LookupState.FOUND, now=timezone.now(), answer=told.facts, etag=told.etag)
