"""Suspend and resume: who may, what is said before, and what the project's page then tells of it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from projects.models import Allocation, Event, Generation, Mail, User
from projects.services import allocations as services
from projects.states import Desired, MemberRole
from provisioning.queries import why_ending
from provisioning.web.suspension import STAFF_ONLY
from tests.factories import MemberFactory, UserFactory, at_the_desk
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db
WHY = "Somebody mines coins on it"


@pytest.fixture
def ada(owner: User) -> User:
    return owner


@pytest.fixture
def dana(settings) -> User:
    return at_the_desk(settings, UserFactory(github_login="dana-director"), staff=True)


def address(verb: str, allocation: Allocation) -> str:
    return reverse(f"provisioning:{verb}", args=[allocation.pk])


def page(user: User) -> str:
    return " ".join(signed_in(user).get("/projects/fastcodec/").content.decode().split())


def desired(allocation: Allocation) -> str:
    return Allocation.objects.get(pk=allocation.pk).desired


def test_staff_suspend_with_a_reason_and_resume(allocation, ada, dana) -> None:
    client, url = signed_in(dana), address("suspend", allocation)
    assert url in page(dana)
    before = client.get(url).content.decode()
    assert "Its servers are stopped" in before
    assert "no server is started by itself" in before
    assert client.post(url, {"reason": WHY}).status_code == 302
    assert desired(allocation) == Desired.SUSPENDED
    assert Event.objects.get(verb="allocation.suspended").actor_id == dana.github_id
    assert WHY in Mail.objects.get(person=ada).text

    services.mark_phase(allocation=allocation, phase="suspended", who="nobody", words="")  # once its servers are off
    shown = page(ada)
    assert f"<strong>Suspended by the lab: {WHY}.</strong>" in shown
    assert "dana-director, <time" in shown
    assert "until the lab’s staff resume it" in shown
    assert address("resume", allocation) not in shown
    assert address("release", allocation) not in shown, "staff would have to"
    assert address("change", allocation) not in shown
    assert address("renew", allocation) in shown

    url = address("resume", allocation)
    assert url in page(dana)
    assert "No server is started by itself" in client.get(url).content.decode()
    assert client.post(url).status_code == 302
    assert desired(allocation) == Desired.PRESENT
    assert WHY not in page(ada).partition('id="history-h"')[0]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301, "a\x00b"])
def test_a_suspension_without_a_proper_reason_is_told_in_its_form(allocation, dana, reason) -> None:
    answer = signed_in(dana).post(address("suspend", allocation), {"reason": reason})
    assert (answer.status_code, "field-wrong" in answer.content.decode()) == (422, True)
    assert desired(allocation) == Desired.PRESENT


@pytest.mark.parametrize(("kind", "servers"), [("ci", False), ("managed", True)])
def test_what_was_done_is_said_in_words_of_its_kind(allocation, dana, kind, servers) -> None:
    Allocation.objects.update(kind=kind)
    for verb, word in (("suspend", "Suspended"), ("resume", "Resumed")):
        answer = signed_in(dana).post(address(verb, allocation), {"reason": WHY}, follow=True)
        (said,) = answer.context["messages"]
        assert (word in str(said), "servers" in str(said)) == (True, servers)


def test_what_is_suspended_is_not_suspended_again(allocation, dana) -> None:
    services.suspend_allocation(allocation=allocation, by=dana, reason=WHY)
    answer = signed_in(dana).post(address("suspend", allocation), {"reason": "Twice"})
    assert (answer.status_code, "no longer possible" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("verb", ["suspend", "resume"])
@pytest.mark.parametrize("role", [*MemberRole, "operator", None])
def test_others_neither_suspend_nor_resume(allocation, dana, settings, verb, role) -> None:
    if verb == "resume":
        services.suspend_allocation(allocation=allocation, by=dana, reason=WHY)
    was, user = desired(allocation), UserFactory()
    if role == "operator":
        at_the_desk(settings, user)
    elif role:
        MemberFactory(project=allocation.project, user=user, role=role)
    client, url = signed_in(user), address(verb, allocation)
    for answer in (client.get(url), client.post(url, {"reason": "Because"})):
        assert answer.status_code == (403 if role else 404)
        assert (STAFF_ONLY in answer.content.decode()) is (role is not None)
    assert desired(allocation) == was


def test_staff_suspend_what_is_being_given_back_so_that_no_renewal_brings_it_back(allocation, ada, dana) -> None:
    services.release_allocation(allocation=allocation, by=ada)
    given_back = why_ending([allocation])
    client, url = signed_in(dana), address("suspend", allocation)
    shown = page(dana)
    assert (url in shown, address("resume", allocation) in shown) == (True, True)
    assert url not in page(ada)
    before = client.get(url).content.decode()
    assert "no renewal brings it back" in before
    assert "Its servers are stopped" not in before
    assert client.post(url, {"reason": WHY}).status_code == 302
    shown = page(ada)
    assert f"<strong>Suspended by the lab: {WHY}.</strong>" in shown
    assert "until the lab’s staff resume it" in shown
    assert "Deleted on" in shown
    assert why_ending([allocation]) == given_back, "the lab’s reason is none for its end"
    assert url not in page(dana)
    assert "It is not given back any more" in client.get(address("resume", allocation)).content.decode()


def test_what_came_to_its_end_says_that_renewing_brings_it_back(allocation, ada, dana) -> None:
    Allocation.objects.update(ends_at=timezone.now() - timedelta(hours=1))
    services.expire_due(now=timezone.now())
    services.mark_phase(allocation=allocation, phase="suspended", who="nobody", words="")
    assert why_ending([allocation])[allocation.pk].endswith("Its time is over.")
    shown = page(ada)
    assert '<strong>Its time is over.</strong> <span class="help">the portal, <time' in shown
    assert "An owner who renews it in time has it back." in shown
    answer = signed_in(dana).post(address("resume", allocation), follow=True)
    assert "Its time is over; renew it instead." in answer.content.decode()
    assert desired(allocation) == Desired.SUSPENDED


def test_the_reason_is_told_alone_whatever_is_called_otherwise_since(allocation, ada, dana) -> None:
    services.suspend_allocation(allocation=allocation, by=dana, reason=WHY)
    Generation.objects.update(title="POWER9 S922")
    assert f"<strong>Suspended by the lab: {WHY}.</strong>" in page(ada)


@pytest.mark.parametrize(("by_lab", "back"), [(True, False), (False, True)])
def test_an_owner_who_renews_what_staff_gave_back_lifts_no_suspension(allocation, ada, dana, by_lab, back) -> None:
    if by_lab:
        services.suspend_allocation(allocation=allocation, by=dana, reason=WHY)
    services.release_allocation(allocation=allocation, by=dana)
    until = {"until": services.suggested_end(allocation)}
    answer = signed_in(ada).post(address("renew", allocation), until, follow=True).content.decode()
    kept = Allocation.objects.get(pk=allocation.pk)
    assert (kept.desired, kept.absent_at) == (Desired.PRESENT if back else Desired.SUSPENDED, None)
    assert ("start them again" in answer) is back
    assert ("does not bring it back" in answer) is not back


def test_the_page_of_what_is_suspended_takes_no_more_queries(allocation, ada, dana, django_assert_max_num_queries):
    services.suspend_allocation(allocation=allocation, by=dana, reason=WHY)
    client = signed_in(ada)
    with django_assert_max_num_queries(10):
        assert WHY in client.get("/projects/fastcodec/").content.decode()
