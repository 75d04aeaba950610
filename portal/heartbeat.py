"""Signs of life of beat and worker, kept in Redis for /readyz and for the containers' health checks."""

from typing import Any

from celery import shared_task
from celery.signals import after_task_publish
from django.core.cache import cache
from django.utils import timezone

TASK = "portal.heartbeat.beat"
KEEP = 3600  # seconds; older than that is "never"


def leave(part: str) -> None:
    """Leaves a sign of life of `part`."""
    cache.set(f"heartbeat:{part}", timezone.now(), KEEP)


def age(part: str) -> float | None:
    """Seconds since the last sign of life of `worker` or `beat`; None where there was none."""
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
