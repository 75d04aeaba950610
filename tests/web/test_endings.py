"""Endings held back: shown to the desk with their reasons, let end by staff who saw all of them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from projects.models import Allocation, Mail, Ticket, User
from projects.services import allocations as verbs
from projects.states import Desired
from tests.factories import AllocationFactory, UserFactory, at_the_desk
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db
URL = "/desk/endings/"


@pytest.fixture
def olga(settings) -> User:
    return at_the_desk(settings, UserFactory(github_login="olga-operator"))


@pytest.fixture
def dana(settings) -> User:
    return at_the_desk(settings, UserFactory(github_login="dana-director"), staff=True)


def over(number: int) -> list[Allocation]:
    """Allocations whose grace time has just gone by, and whose owner was told."""
    made = [AllocationFactory(project__owner=UserFactory()) for _ in range(number)]
    for allocation in made:
        verbs.release_allocation(allocation=allocation, by=dana_of())
    Mail.objects.update(sent_at=timezone.now())
    Allocation.objects.filter(pk__in=[one.pk for one in made]).update(absent_at=timezone.now() - timedelta(hours=1))
    return made


def dana_of() -> User:
    return User.objects.get(github_login="dana-director")


def test_the_desk_sees_what_is_held_back_since_when_and_why(olga, dana, django_assert_max_num_queries):
    made = over(12)
    client = signed_in(olga)
    client.get(URL)
    with django_assert_max_num_queries(10):
        page = client.get(URL)
    words = page.content.decode()
    assert page.context["number"] == 12
    for allocation in made:
        assert allocation.project.name in words
    assert words.count("Given back") >= 12
    assert "Staff must decide this." in words
    assert "Let these end" not in words


def test_an_operator_lets_nothing_end(olga, dana):
    over(12)
    seen = signed_in(olga).get(URL).context["seen"]
    assert signed_in(olga).post(URL, {"typed": "12", "seen": seen}).status_code == 403
    assert not Allocation.objects.filter(desired=Desired.ABSENT).exists()


def test_staff_type_how_many_and_let_them_end(dana):
    over(12)
    verbs.make_absent_due(now=timezone.now())
    client = signed_in(dana)
    ticket = client.get(reverse("projects:ticket", args=[Ticket.objects.get().pk])).content.decode()
    assert f'href="{URL}"' in ticket
    seen = client.get(URL).context["seen"]
    wrong = client.post(URL, {"typed": "11", "seen": seen})
    assert wrong.status_code == 422
    assert wrong.context["form"].errors["typed"] == ["Type 12, as many as end."]
    assert 'value="11"' in wrong.content.decode(), "what was typed is kept"
    assert client.post(URL, {"typed": "many", "seen": seen}).context["form"].errors["typed"]
    assert not Allocation.objects.filter(desired=Desired.ABSENT).exists()
    assert client.post(URL, {"typed": "12", "seen": seen}).status_code == 302
    assert Allocation.objects.filter(desired=Desired.ABSENT).count() == 12
    assert "No ending is held back." in client.get(URL).content.decode()


def test_a_list_that_has_grown_is_shown_anew(dana):
    over(12)
    client = signed_in(dana)
    seen = client.get(URL).context["seen"]
    over(1)
    page = client.post(URL, {"typed": "12", "seen": seen})
    assert "look at the list again" in page.content.decode()
    assert (page.context["number"], page.context["seen"] == seen) == (13, False)
    assert not Allocation.objects.filter(desired=Desired.ABSENT).exists()


def test_one_of_which_nobody_could_be_told_is_shown_and_let_end(dana):
    [allocation] = over(1)
    Mail.objects.all().delete()
    client = signed_in(dana)
    verbs.make_absent_due(now=timezone.now())
    ticket = client.get(reverse("projects:ticket", args=[Ticket.objects.get().pk])).content.decode()
    assert f'href="{URL}"' in ticket
    page = client.get(URL)
    words = page.content.decode()
    assert "<strong>Nobody could be told.</strong>" in words
    assert "So many at once" not in words
    assert client.post(URL, {"typed": "1", "seen": page.context["seen"]}).status_code == 302
    allocation.refresh_from_db()
    assert allocation.desired == Desired.ABSENT


def test_a_renewal_of_what_the_lab_suspended_says_that_it_stays_so(dana):
    allocation = AllocationFactory()
    verbs.suspend_allocation(allocation=allocation, by=dana, reason="It mines coins.")
    page = signed_in(dana).get(reverse("provisioning:renew", args=[allocation.pk])).content.decode()
    assert "does not bring it back" in page
