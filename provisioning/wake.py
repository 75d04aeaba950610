"""Waking the engine: a message that names a cloud, sent by name, so that web need not load what only workers use."""

from celery import current_app
from django.db.models import Q
from django.db.models.functions import Now

from provisioning.engine.site import Clock
from provisioning.models import Plan
from provisioning.people import mark_people

ADVANCE = "provisioning.tasks.advance"
KEEP = 60  # seconds; a message older than that finds its work done by beat


def wake(cloud: str) -> None:
    """Have a cloud's due plans carried out now. To be called after commit; a lost message costs a beat."""
    current_app.send_task(ADVANCE, (cloud, Clock().began.timestamp()), expires=KEEP)


def allocation_changed(*, cloud: str, **_: object) -> None:
    """The hook of projects.services: somebody decided something."""
    wake(cloud)


def members_changed(*, project_id: int, **_: object) -> None:
    """The hook of projects.services: somebody came or left, and CI is opened or closed to them now."""
    for cloud in mark_people(allocation__project=project_id):
        wake(cloud)


def cloud_opened(*, cloud: str, **_: object) -> None:
    """The hook of projects.services: a maintenance is over, and what was held back for it goes on now."""
    waiting = Q(due_at__gt=Now()) | Q(lease_until__isnull=False)  # or in hand, by a pass that does not know it yet
    Plan.objects.filter(waiting, cloud=cloud).update(due_at=Now())
    wake(cloud)
