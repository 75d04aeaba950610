"""The portal's own tasks: each only wakes what reads its work from the database."""

import time

from celery import shared_task
from django.utils import timezone

from portal import lookups, mail
from portal.signin.tidy import forget_old_sign_ins
from projects.services.lookups import forget_old_lookups
from projects.services.requests import forget_old_drafts


@shared_task(name="portal.tasks.answer_lookups", ignore_result=True)
def answer_lookups() -> None:
    """Sent after commit when a lookup was asked, and by beat."""
    lookups.answer_due()


@shared_task(name="portal.tasks.send_mail", ignore_result=True)
def send_mail() -> None:
    """Sent by beat: what is due in the outbox goes out."""
    mail.send_due(timezone.now())


@shared_task(name="portal.tasks.tidy", ignore_result=True)
def tidy() -> None:
    """Sent by beat, once an hour: what sign-ins and visitors left behind."""
    forget_old_sign_ins(time.time())
    forget_old_drafts(now=timezone.now())
    forget_old_lookups(now=timezone.now())
