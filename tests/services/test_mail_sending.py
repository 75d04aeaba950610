"""The outbox goes out: digests, once, tried again where the server is down."""

import socket
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core import mail as outbox
from django.utils import timezone

from portal import mail
from projects.models import Mail
from tests.factories import MailFactory, ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_one_person_and_project_get_one_message():
    person, project = UserFactory(), ProjectFactory(name="Fastcodec")
    MailFactory.create_batch(3, person=person, project=project)
    MailFactory(person=person)
    assert mail.send_due(timezone.now()) == 2
    assert sorted(len(message.body.split("\n\n")) for message in outbox.outbox) == [1, 1]
    assert any(message.subject == "[Fastcodec] 3 news" for message in outbox.outbox)


def test_what_was_sent_is_not_sent_again():
    MailFactory()
    mail.send_due(timezone.now())
    assert mail.send_due(timezone.now()) == 0
    assert len(outbox.outbox) == 1


def test_what_is_not_due_waits():
    MailFactory(due_at=timezone.now() + timedelta(hours=1))
    assert mail.send_due(timezone.now()) == 0


def test_what_nobody_got_is_not_called_sent_and_goes_out_once_there_is_an_address():
    person = UserFactory(email="")
    MailFactory(person=person)
    now = timezone.now()
    assert mail.send_due(now) == 0
    row = Mail.objects.get()
    assert (row.sent_at, row.tries, row.due_at > now, outbox.outbox) == (None, 1, True, [])
    person.email = "ada@example.org"
    person.save()
    assert mail.send_due(row.due_at) == 1


def test_a_server_that_refuses_postpones(settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", nobody.getsockname()[1]
        MailFactory()
        now = timezone.now()
        assert mail.send_due(now) == 0
    row = Mail.objects.get()
    assert (row.sent_at, row.tries) == (None, 1)
    assert row.due_at > now


def test_the_message_id_stays_the_same():
    rows = MailFactory.create_batch(2, person=UserFactory())
    assert mail.message_id(rows) == mail.message_id(rows)
    assert mail.message_id(rows) != mail.message_id(rows[:1])


def test_a_subject_cannot_bring_headers():
    message = mail.message([MailFactory.build(subject="Hello\r\nBcc: all@example.org")])
    assert "\n" not in message.subject


def test_waits_grow_up_to_six_hours():
    waits = [mail.wait(tries) for tries in range(20)]
    assert all(a <= b for a, b in pairwise(waits))
    assert waits[-1] == timedelta(hours=6)


def test_what_cannot_be_sent_does_not_keep_others_from_theirs():
    strange = MailFactory(person=UserFactory(email="ada@example.org\nBcc: all@example.org"))
    MailFactory(person=UserFactory(email="ben@example.org"))
    assert mail.send_due(timezone.now()) == 1
    assert [message.to for message in outbox.outbox] == [["ben@example.org"]]
    strange.refresh_from_db()
    assert (strange.sent_at, strange.tries) == (None, 1)
