"""The portal's own tasks: each only wakes what reads its work from the database."""

import time

from celery import current_app, shared_task
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError

from portal import lookups, mail
from portal.signin.tidy import forget_old_sign_ins
from projects.services.lookups import forget_old_lookups
from projects.services.requests import forget_old_drafts


@shared_task(name="portal.tasks.begin_chores", ignore_result=True)
def begin_chores() -> None:
    """Sent by beat every few seconds: what was not begun within its interval is sent, by whoever sets its mark.

    The marks stand in Redis, so beat may be restarted all the time; an emptied Redis has everything done once more.
    """
    for task, seconds in settings.CHORES.items():
        if cache.add(mark := f"begun:{task}", 1, seconds):
            try:
                current_app.send_task(task, expires=seconds)
            except OperationalError:  # not begun: the next turn tries again, not the next interval
                cache.delete(mark)
                raise


@shared_task(name="portal.tasks.answer_lookups", ignore_result=True)
def answer_lookups() -> None:
    """Sent after commit when a lookup was asked, and by beat."""
    lookups.answer_due()


@shared_task(name="portal.tasks.send_mail", ignore_result=True)
def send_mail() -> None:
    """A chore: what is due in the outbox goes out."""
    mail.send_due(timezone.now())


@shared_task(name="portal.tasks.tidy", ignore_result=True)
def tidy() -> None:
    """A chore, once an hour: what sign-ins and visitors left behind."""
    forget_old_sign_ins(time.time())
    forget_old_drafts(now=timezone.now())
    forget_old_lookups(now=timezone.now())
