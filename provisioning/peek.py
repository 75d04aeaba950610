"""A look at something outside that a page needs at once: a console log or link, a project's contents, builds.

The page asks, a worker answers into Redis for 60 seconds under a random key that only the asking browser may read, and
the page polls. Nothing here changes anything, and nothing is kept.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import structlog
from celery import shared_task
from django.core.cache import cache
from django.http import HttpRequest
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from projects.web.limits import limit
from provisioning.adapters.jenkins import listing, open_controller
from provisioning.adapters.openstack import open_cloud
from provisioning.errors import Busy, ProviderError
from provisioning.models import Step

log = structlog.get_logger(__name__)
SECONDS: Final = 60
AWAY: Final = "{} does not answer right now. Try again in a while."
MOST_CHARACTERS: Final = 64 * 1024
MOST_BUILDS: Final = 20


@dataclass(frozen=True, slots=True)
class Glimpse:
    """An answer: `state` is asked, here, or failed; `value` what was seen; `words` why it was not."""

    state: str
    value: Any = None
    words: str = ""


def ask(http: HttpRequest, what: str, step: Step, **args: Any) -> str:
    """Send a worker to look; returns the key under which this browser may poll. Raises TooOften.

    Without Redis no answer will come, and the page says so.
    """
    limit(http, "peek", most=60, minutes=5)  # workers have other work too
    key = secrets.token_urlsafe(18)
    try:
        cache.set(_name(key), {"owner": _owner(http), "state": "asked"}, SECONDS)
        look.delay(key, what, step.pk, args)
    except (RedisError, OperationalError) as error:
        log.warning("peek", action="lost", what=what, error=type(error).__name__)
    return key


def read(http: HttpRequest, key: str) -> Glimpse | None:
    """The answer so far; None where the key is unknown, over, or another browser's."""
    try:
        stored = cache.get(_name(key))
    except RedisError:
        return None
    if stored is None or not secrets.compare_digest(stored["owner"], _owner(http)):
        return None
    return Glimpse(stored["state"], stored.get("value"), stored.get("words", ""))


def _name(key: str) -> str:
    return f"peek:{key}"


def _owner(http: HttpRequest) -> str:
    return hashlib.sha256((http.session.session_key or "").encode()).hexdigest()


@shared_task(ignore_result=True, expires=SECONDS)
def look(key: str, what: str, step_id: int, args: dict[str, Any]) -> None:
    """Look, in a worker, and leave the answer or one plain sentence."""
    stored = cache.get(_name(key))
    step = Step.objects.select_related("plan").filter(pk=step_id).first()
    if stored is None or step is None:
        return
    try:
        answer = {"state": "here", "value": LOOKS[what](step, **args)}
    except Busy as error:  # its words are the service's own, and there is nothing in them that a reader could act on
        answer = {"state": "failed", "words": AWAY.format(error.system.capitalize() or "The cloud")}
    except ProviderError as error:
        answer = {"state": "failed", "words": error.words}
    cache.set(_name(key), {"owner": stored["owner"], **answer}, SECONDS)


def console_log(step: Step, offset: int = 0) -> dict[str, Any]:
    """The console's text from `offset` (characters), at most MOST_CHARACTERS, and where to read on."""
    text = open_cloud(step.plan.cloud).console_log(step.external_id)
    begin = max(offset, len(text) - MOST_CHARACTERS)
    return {"text": text[begin:], "next": len(text), "skipped": begin - offset}


def console_link(step: Step) -> str:
    """The address of the server's console; it expires by itself."""
    return str(open_cloud(step.plan.cloud).console_url(step.external_id))


def contents(step: Step) -> list[list[str]]:
    """What stands in the cloud project of a `project` step: (kind, name, id)."""
    from provisioning.steps.purge import Home
    from provisioning.steps.purge import contents as listed

    user = step.plan.steps.filter(key="user").values_list("external_id", flat=True).first()
    return [list(row) for row in listed(open_cloud(step.plan.cloud), Home(step.external_id, user or ""))]


def builds(step: Step) -> dict[str, Any]:
    """The last builds of a CI job, newest first."""
    found = map(asdict, listing.builds(open_controller().client, step.external_id, MOST_BUILDS))
    return {**_job(step), "builds": list(found)}


def build_log(step: Step, number: int, start: int = 0) -> dict[str, Any]:
    """A build's console log from that byte on, and where to read on."""
    piece = open_controller().builds.log(step.external_id, number, start)
    read = {"text": piece.text, "next": piece.end, "more": piece.more, "skipped": piece.start - start}
    return {**_job(step), "number": number, **read}


def _job(step: Step) -> dict[str, Any]:
    """What the addresses of its pages are made of."""
    return {"allocation": step.plan.allocation_id, "job": step.key.partition(":")[2]}


LOOKS: Final[dict[str, Callable[..., Any]]] = {
    "log": console_log,
    "link": console_link,
    "contents": contents,
    "builds": builds,
    "build_log": build_log,
}
