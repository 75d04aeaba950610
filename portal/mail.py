"""Sends what is due in the outbox: one message for each person and project, at least once, with a stable Message-ID."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from email.errors import MessageError
from itertools import groupby
from smtplib import SMTPException
from typing import Final
from urllib.parse import urljoin, urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F

from projects.models import Mail

log = structlog.get_logger(__name__)
MOST: Final = 200  # rows in one go
LONGEST_WAIT: Final = timedelta(hours=6)


def send_due(now: datetime) -> int:
    """Send what is due by `now` (UTC); returns how many messages went out. What fails is tried again, ever later."""
    due = Mail.objects.filter(sent_at=None, due_at__lte=now).order_by("person_id", "project_id", "due_at", "id")
    pairs = dict.fromkeys(due.values_list("person_id", "project_id")[:MOST])
    return sum(_send(person, project, now) for person, project in pairs)


@transaction.atomic
def _send(person: int, project: int | None, now: datetime) -> bool:
    """One digest; rows that another process has in hand are left to it."""
    rows = list(
        Mail.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("person", "project")
        .filter(sent_at=None, due_at__lte=now, person=person, project=project)
        .order_by("due_at", "id")[:MOST]
    )
    ids = [row.pk for row in rows]
    if not rows:
        return False
    try:
        sent = message(rows).send() > 0  # nothing goes out to somebody without an address
    except (SMTPException, OSError, MessageError, ValueError) as error:  # the last two: no mail can be made of it
        log.warning("mail", action="postponed", rows=ids, error=type(error).__name__)
        sent = False
    when = {"sent_at": now} if sent else {"due_at": now + wait(max(row.tries for row in rows))}
    Mail.objects.filter(pk__in=ids).update(tries=F("tries") + 1, **when)
    return sent


def wait(tries: int) -> timedelta:
    """How long after a failed try the next one comes: a minute at first, six hours at most."""
    return min(LONGEST_WAIT, timedelta(minutes=2 ** min(tries, 10)))


def message(rows: Sequence[Mail]) -> EmailMessage:
    """The mail that tells all of these rows, which are one person's and one project's."""
    first = rows[0]
    name = first.project.name if first.project else "Portico"
    subject = f"[{name}] {first.subject if len(rows) == 1 else f'{len(rows)} news'}"
    return EmailMessage(
        subject=" ".join(subject.split()),
        body="\n\n".join(_told(rows)) + "\n",
        to=[first.person.email],
        headers={"Message-ID": message_id(rows), "Auto-Submitted": "auto-generated"},
    )


def message_id(rows: Iterable[Mail]) -> str:
    """The same for the same rows, so that what is sent twice is shown once."""
    host = urlsplit(settings.PORTAL_URL).hostname or "localhost"
    return f"<{hashlib.sha256(' '.join(row.key for row in rows).encode()).hexdigest()[:32]}@{host}>"


def _told(rows: Iterable[Mail]) -> Iterable[str]:
    """Each thing with the page it is about; the same sentence about the same page only once."""
    for (subject, text, path), _ in groupby(rows, key=lambda row: (row.subject, row.text, row.path)):
        link = urljoin(settings.PORTAL_URL, path) if path else ""
        yield "\n".join(filter(None, (subject, text, link)))
