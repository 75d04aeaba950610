"""The steps of the form by name, and what the page of each shows around it."""

from typing import Any, Final

from django.urls import reverse

from projects.models import AccessRequest
from projects.policies import Mark
from projects.review import check_of_repository

TITLES: Final = {
    "project": "The project",
    "purpose": "What for",
    "need": "What you need",
    "people": "Keys and contacts",
    "review": "Look over and send",
}
NAMES: Final = tuple(TITLES)


def frame(name: str, draft: AccessRequest | None) -> dict[str, Any]:
    """What every step's page shows: the row of steps and the way back."""
    at = NAMES.index(name)
    unsendable = draft and draft.repository_url and check_of_repository(draft).mark is Mark.BAD
    steps = [
        {
            "title": title,
            "url": reverse("projects:ask-step", args=[key]) if draft or number == 0 else "",
            "current": key == name,
            "tone": "good" if number < at else "muted",
        }
        for number, (key, title) in enumerate(TITLES.items())
    ]
    if unsendable:
        steps[0] |= {"tone": "bad", "words": "cannot be sent like this"}
    back = reverse("projects:ask-step", args=[NAMES[at - 1]]) if at else ""
    return {"steps": steps, "step": name, "step_title": TITLES[name], "back": back, "draft": draft}
