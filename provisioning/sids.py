"""Names in Jenkins's lists of permissions that are nobody's login, whatever GitHub says."""

from typing import Final

from django.conf import settings

ALL: Final = frozenset({"anonymous", "authenticated"})  # to Jenkins everybody, and everybody who is signed in


def is_person(login: str) -> bool:
    """Whether a line for this login lets in one person: not all the world, and not the portal's own account."""
    return login.casefold() not in ALL | {settings.JENKINS_USER.casefold()}
