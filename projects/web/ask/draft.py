"""Which draft a browser is filling in."""

from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from projects.errors import AlreadyOpen
from projects.models import AccessRequest, User
from projects.services import requests as services
from projects.services.requests.drafts import EDITABLE
from projects.text import name_key
from projects.web.limits import limit

SESSION: Final = "ask_draft"
SENT: Final = "ask_sent"


def current(http: HttpRequest) -> AccessRequest | None:
    """What this browser is filling in, taken along by whoever has signed in since; None where there is nothing.

    A draft that nobody owns yet is found by its key; one that has an owner is that person's alone. A request with a
    question of the lab can be changed here too.
    """
    kept = http.session.get(SESSION)
    if not kept:
        return None
    rows = AccessRequest.objects.filter(pk=kept["pk"], state__in=EDITABLE, allocation=None)
    found = rows.with_parts().first()
    user = http.user if isinstance(http.user, User) else None
    if found is None or found.requester_id is not None:
        return found if found and user and found.requester_id == user.pk else None
    if not found.draft_key or found.draft_key != kept["key"]:
        return None
    return services.adopt_draft(draft=found, user=user) if user else found


def earlier_request(draft: AccessRequest, name: str) -> AccessRequest | None:
    """The open request for a project of this name that the draft's owner has sent already."""
    if draft.requester_id is None:
        return None
    mine = AccessRequest.objects.open().filter(requester=draft.requester_id, name_key=name_key(name))
    return mine.exclude(pk=draft.pk).first()


def already_open(earlier: AccessRequest) -> SafeString:
    """What is said of it, with the way there."""
    return format_html('{} <a href="{}">Go to it</a>', AlreadyOpen(), reverse("projects:request", args=[earlier.pk]))


def ensured(http: HttpRequest) -> AccessRequest:
    """The same, begun now where there is none yet."""
    if draft := current(http):
        return draft
    limit(http, "drafts", most=20, minutes=60)
    draft = services.begin_draft(user=http.user if isinstance(http.user, User) else None)
    continue_with(http, draft)
    return draft


def continue_with(http: HttpRequest, draft: AccessRequest) -> None:
    """Make this the browser's draft."""
    http.session[SESSION] = {"pk": draft.pk, "key": draft.draft_key}
    http.session.pop(SENT, None)


def leave(http: HttpRequest, sent: AccessRequest | None = None) -> None:
    """Let go of the draft; `sent` is remembered, so that a second click leads to the same page."""
    http.session.pop(SESSION, None)
    if sent:
        http.session[SENT] = sent.pk
