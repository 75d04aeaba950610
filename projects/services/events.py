"""The audit: what happened, written in the transaction in which it happened."""

from collections.abc import Mapping
from typing import Any

from projects.models import Event, Project, User

LONGEST_TEXT = 500


def record_event(
    *,
    verb: str,
    text: str,
    actor: User | None = None,
    project: Project | None = None,
    target: str = "",
    facts: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> Event:
    """Keep that something happened; with a `key` only once, however often it is told.

    It can never be changed, so no login, name or address of a person belongs into it: see projects.history.PERSON.
    """
    fields = {
        "verb": verb,
        "text": text[:LONGEST_TEXT],
        "actor_id": actor.github_id if actor else None,
        "project": project,
        "target": target,
        "facts": dict(facts or {}),
    }
    if key is None:
        return Event.objects.create(**fields)
    return Event.objects.get_or_create(key=key, defaults=fields)[0]
