"""Where the pages are that mails, messages and pages link to, as paths under PORTAL_URL.

The rooms above say by `register` what theirs are called; no other address of theirs is known here.
"""

from typing import Final

from django.urls import reverse

ABOVE: Final[dict[str, str]] = {}
DESK: Final[dict[str, str]] = {}  # where the desk deals with what a ticket of such a key is about


def register(*, desk: dict[str, str] | None = None, **pages: str) -> None:
    """The URL names of `projects`, `project` (by slug) and `desk_request` (by id).

    `desk` has them by how a ticket's key begins, in whole words; the longest counts.
    """
    ABOVE.update(pages)
    DESK.update(desk or {})


def request_page(request_id: int) -> str:
    """The requester's page of an access request."""
    return reverse("projects:request", args=[request_id])


def desk_request_page(request_id: int) -> str:
    """The desk's page of an access request."""
    return reverse(ABOVE["desk_request"], args=[request_id])


def projects_page() -> str:
    """The list of projects."""
    return reverse(ABOVE["projects"])


def project_page(slug: str) -> str:
    """The page of a project."""
    return reverse(ABOVE["project"], args=[slug])


def ticket_page(ticket_id: int) -> str:
    """The page of a ticket."""
    return reverse("projects:ticket", args=[ticket_id])


def desk_page(key: str | None) -> str:
    """The desk's page for what a ticket of this key is about, or was before it closed; empty where there is none."""
    words = (key or "").partition("#")[0]  # `#` and its number: another has the key since
    fitting = [begin for begin in DESK if f"{words}:".startswith(f"{begin}:")]
    return reverse(DESK[max(fitting, key=len)]) if fitting else ""
