"""What Jenkins's refusals mean to us: by status and by its headers. Its pages are never read, shown or logged."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import jenkins
import requests

from provisioning.errors import Broken, Busy, Failure, Gone, ProviderError, Rejected

SYSTEM: Final = "jenkins"
OVERALL: Final = "hudson.model.Hudson."  # permissions that no folder gives or takes
LONGEST: Final = 300  # characters of Jenkins's own message


class Absent(Gone, jenkins.NotFoundException):  # type: ignore[misc]
    """A 404 of Jenkins's own; python-jenkins's functions take it for theirs."""


def translate(answer: requests.Response) -> ProviderError:
    """The error of ours that an answer means which is no success."""
    status = answer.status_code
    if status == 404:
        return _absent(answer)
    if status == 401:
        return Broken("Jenkins does not accept the portal's own account.", system=SYSTEM)
    if status == 403:
        return _forbidden(answer)
    if status in {408, 429} or status >= 500:
        after = answer.headers.get("Retry-After", "")
        return Busy(_words(answer), retry_after=float(after) if after.isdigit() else 0, system=SYSTEM)
    if status < 400 or status == 405:
        return set_up("Something before Jenkins leads its callers elsewhere; is JENKINS_URL its public address?")
    return Rejected(_words(answer), who="lab", system=SYSTEM)


def set_up(words: str) -> Broken:
    """What an operator must put right in Jenkins or in the settings."""
    return Broken(words, code=Failure.SET_UP, system=SYSTEM)


def rejected(words: str, code: Failure = Failure.REFUSED) -> Rejected:
    """What the lab must put right at one thing."""
    return Rejected(words, code=code, who="lab", system=SYSTEM)


def _words(answer: requests.Response) -> str:
    """Jenkins's own sentence where a header carries it (UTF-8, which requests reads as Latin-1), else the status."""
    said = answer.headers.get("X-Error", "").encode("latin-1", "replace").decode(errors="replace")
    return f"Jenkins: {said[:LONGEST] or f'it answered {answer.status_code} {answer.reason}'}"


def _absent(answer: requests.Response) -> ProviderError:
    """Gone only on Jenkins's own word: a proxy's 404 says nothing of what is behind it."""
    if "X-Jenkins" in answer.headers:
        return Absent("Jenkins: not found.", system=SYSTEM)
    return set_up("What answers at JENKINS_URL is not Jenkins.")


def _forbidden(answer: requests.Response) -> ProviderError:
    """Who may configure a folder can shut us out of it, if not of Jenkins: no reason to pause all of Jenkins."""
    needed = answer.headers.get("X-Required-Permission", "")[:LONGEST]
    if "/job/" in (answer.request.path_url or "") and not needed.startswith(OVERALL):
        return rejected(f"Jenkins does not let the portal in here; needed: {needed or 'not said'}.", Failure.SET_UP)
    if needed:
        return set_up(f"In Jenkins the portal's account lacks the permission {needed}.")
    return Broken("Jenkins refuses the portal's account; JENKINS_TOKEN must be an API token.", system=SYSTEM)


@contextmanager
def reached() -> Iterator[None]:
    """Turns what requests raises, where no whole answer came, into our kinds."""
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise set_up("The certificate of JENKINS_URL is not accepted.") from error
    except (requests.Timeout, requests.ConnectionError) as error:
        raise Busy("Jenkins does not answer.", unavailable=True, system=SYSTEM) from error
    except requests.RequestException as error:
        raise Busy(f"Jenkins: {type(error).__name__}", system=SYSTEM) from error
