"""A draft's values as the forms of the steps take them: for showing, and for checking that all is there."""

from typing import Any

from projects.models import AccessRequest
from projects.web.forms.ask import PeopleStep

PROJECT = ("name", "repository_url", "web_page", "licence", "mission", "community")
PURPOSE = ("purpose", "usage", "duration_days", "needed_by", "advocate")


def project_values(draft: AccessRequest) -> dict[str, Any]:
    """For ProjectStep."""
    return {name: getattr(draft, name) for name in PROJECT}


def purpose_values(draft: AccessRequest) -> dict[str, Any]:
    """For PurposeStep."""
    return {name: getattr(draft, name) for name in PURPOSE} | {"hurry": "date" if draft.needed_by else ""}


def people_values(draft: AccessRequest) -> dict[str, Any]:
    """For PeopleStep."""
    contacts = PeopleStep.initial_of(draft.contacts)
    return {"ssh_keys": "\n".join(draft.ssh_keys), "notes": draft.notes, **contacts}
