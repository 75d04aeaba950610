"""What may be asked for as CI: repositories that Jenkins can clone, logins that GitHub could have."""

from collections import Counter
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from projects.amounts import NOTHING
from projects.errors import Invalid
from projects.grants import RESERVED, Grant, job_name
from projects.repositories import is_login

MOST_REPOSITORIES: Final = 20
MOST_LOGINS: Final = 50


def check_ci(grant: Grant, where: str) -> None:
    """Raise Invalid where this is no CI that could be given; `field` is `<where>.repositories` or `<where>.logins`."""
    if not settings.JENKINS_URL:
        raise Invalid("This lab lends no CI.", field=where)
    if grant.ci is None or grant.lines or grant.access != NOTHING:
        raise Invalid("CI is repositories and people, not servers.", field=where)
    check_repositories(grant.ci.repositories, f"{where}.repositories")
    check_logins(grant.ci.logins, f"{where}.logins")


def check_repositories(addresses: tuple[str, ...], field: str) -> None:
    """Raise Invalid for what Jenkins could not clone, or would need one job for two."""
    if not 1 <= len(addresses) <= MOST_REPOSITORIES:
        raise Invalid(f"Give 1 to {MOST_REPOSITORIES} repositories, one in a line.", field=field)
    for address in addresses:
        if not _is_clonable(address):
            words = f"“{address[:80]}” is no https address of a repository, such as https://github.com/ada/fastcodec."
            raise Invalid(words, field=field)
    names = Counter(job_name(address) for address in addresses)
    if RESERVED in names:
        raise Invalid(
            f"A repository called {RESERVED} cannot have a job: every folder has one of that name.", field=field
        )
    if twice := [name for name, count in names.items() if count > 1]:
        raise Invalid(f"Two repositories are called {twice[0]}, as their jobs would be; give one of them.", field=field)


def _is_clonable(address: str) -> bool:
    """Whether it is a plain https address with a path, without credentials, query or fragment.

    What cannot be seen stands in no XML: Jenkins would not keep it, and look as if it were set up wrongly.
    """
    try:
        parts = urlsplit(address)
        plain = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0 and parts.username is None
    except ValueError:
        return False
    rest = address.isprintable() and not (parts.query or parts.fragment or " " in address)
    return plain and rest and len(address) <= 200 and bool(job_name(address)) and len(parts.path.strip("/")) > 0


def check_logins(logins: tuple[str, ...], field: str) -> None:
    """Raise Invalid for what GitHub could not have."""
    if len(logins) > MOST_LOGINS:
        raise Invalid(f"{MOST_LOGINS} logins are the most; more can be added on the project’s page.", field=field)
    for login in logins:
        if not is_login(login):
            words = f"“{login[:40]}” is no GitHub login: letters, digits and single hyphens only."
            raise Invalid(words, field=field)
