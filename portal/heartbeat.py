"""Signs of life of beat, worker and Jenkins, kept in Redis for /readyz and for the containers' health checks."""

from contextlib import suppress
from typing import Any

from celery import shared_task
from celery.signals import after_task_publish
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from provisioning.adapters.jenkins import open_controller
from provisioning.errors import ProviderError

TASK = "portal.heartbeat.beat"
KEEP = 3600  # seconds; older than that is "never"


def leave(part: str) -> None:
    """Leaves a sign of life of `part`."""
    cache.set(f"heartbeat:{part}", timezone.now(), KEEP)


def age(part: str) -> float | None:
    """Seconds since the last sign of life of `worker`, `beat` or `jenkins`; None where there was none."""
    seen = cache.get(f"heartbeat:{part}")
    return (timezone.now() - seen).total_seconds() if seen else None


@shared_task(name=TASK, ignore_result=True)
def beat() -> None:
    """Runs in the worker, so its trace proves broker, worker and beat at once."""
    leave("worker")


@after_task_publish.connect
def sent(sender: str | None = None, **_: Any) -> None:
    """Runs in the process that sent the message: for this task that is beat."""
    if sender == TASK:
        leave("beat")


@shared_task(name="portal.heartbeat.look_at_jenkins", ignore_result=True)
def look_at_jenkins() -> None:
    """Well is a Jenkins that lets the portal's own account in; what is wrong with one is told by the steps it stops."""
    if settings.JENKINS_URL:
        with suppress(ProviderError):
            open_controller().whoami()
            leave("jenkins")
