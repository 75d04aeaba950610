"""Waking the engine: a message that names a cloud, sent by name, so that web need not load what only workers use."""

from celery import current_app

from provisioning.engine.site import Clock

ADVANCE = "provisioning.tasks.advance"
KEEP = 60  # seconds; a message older than that finds its work done by beat


def wake(cloud: str) -> None:
    """Have a cloud's due plans carried out now. To be called after commit; a lost message costs a beat."""
    current_app.send_task(ADVANCE, (cloud, Clock().began.timestamp()), expires=KEEP)


def allocation_changed(*, cloud: str, **_: object) -> None:
    """The hook of projects.services: somebody decided something."""
    wake(cloud)
