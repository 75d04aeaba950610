"""The portal's own tasks: each only wakes what reads its work from the database."""

from celery import shared_task

from portal import lookups


@shared_task(name="portal.tasks.answer_lookups", ignore_result=True)
def answer_lookups() -> None:
    """Sent after commit when a lookup was asked, and by beat."""
    lookups.answer_due()
