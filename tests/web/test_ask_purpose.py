"""The step that asks what for, how long and by when."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from projects.models import AccessRequest
from projects.web.days import business_days_after
from tests.factories import SubmittedRequestFactory, UserFactory, at_the_desk
from tests.web.asking import PURPOSE
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db


def test_benchmarks_are_answered_with_the_reason(client: Client) -> None:
    answer = client.post("/ask/purpose/", {**PURPOSE, "purpose": "benchmarking"})
    assert "results would mean nothing" in answer.content.decode()


@pytest.mark.parametrize(
    ("day", "count", "wanted"),
    [
        (date(2026, 1, 5), 3, date(2026, 1, 8)),  # Monday to Thursday
        (date(2026, 1, 8), 3, date(2026, 1, 13)),  # Thursday, over the weekend, to Tuesday
        (date(2026, 1, 10), 7, date(2026, 1, 20)),  # Saturday to Tuesday a week on
    ],
)
def test_business_days_leave_weekends_out(day: date, count: int, wanted: date) -> None:
    assert business_days_after(day, count) == wanted


@pytest.mark.parametrize("hurry", ["", "3", "7"])
def test_business_days_become_a_date(client: Client, hurry: str) -> None:
    assert client.post("/ask/purpose/", {**PURPOSE, "hurry": hurry}).status_code == 302
    wanted = business_days_after(timezone.localdate(), int(hurry)) if hurry else None
    assert AccessRequest.objects.get().needed_by == wanted


def test_by_a_date_needs_the_date(client: Client) -> None:
    assert "Give the date by which" in client.post("/ask/purpose/", {**PURPOSE, "hurry": "date"}).content.decode()


@pytest.mark.parametrize("needed", ["2001-01-01", "tomorrow", "0000-00-00", "9" * 50])
def test_a_day_that_cannot_be_is_told(client: Client, needed: str) -> None:
    answer = client.post("/ask/purpose/", {**PURPOSE, "needed_by": needed})
    assert (answer.status_code, "leave it empty" in answer.content.decode()) == (422, True)


def test_a_purpose_reads_alike_on_every_page_and_as_people_write_it(client: Client, settings) -> None:
    wanted = "Continuous integration (CI)"
    client.post("/ask/purpose/", {**PURPOSE, "purpose": "ci"})
    sent = SubmittedRequestFactory(purpose="ci")
    desk = signed_in(at_the_desk(settings, UserFactory()))
    pages = [(client, "/ask/purpose/"), (client, "/ask/review/")]
    pages += [(signed_in(sent.requester), f"/requests/{sent.pk}/"), (desk, reverse("desk-request", args=[sent.pk]))]
    shown = [browser.get(address).content.decode() for browser, address in pages]
    assert [wanted in page for page in shown] == [True] * len(pages)
    assert [f"<dd>{wanted}</dd>" in page for page in shown] == [False, True, True, True]
