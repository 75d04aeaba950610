"""Leaks at the desk: seen by all there with the evidence, taken back by staff alone."""

import pytest
from django.urls import reverse
from django.utils import timezone

from projects.models import Event, User
from provisioning.models import Deployment, Sighting, Step
from provisioning.spec import Tag
from tests.factories import CloudFactory, UserFactory, at_the_desk
from tests.factories_provisioning import PlanFactory, SightingFactory, StepFactory
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(settings) -> User:
    return at_the_desk(settings, UserFactory())


@pytest.fixture
def dana(settings) -> User:
    return at_the_desk(settings, UserFactory(), staff=True)


@pytest.fixture
def leak(settings) -> Sighting:
    """A twin of a server that stands, met by two sweeps."""
    settings.PORTAL_DEPLOYMENT = Deployment.objects.get_or_create()[0].pk
    plan = PlanFactory(cloud=CloudFactory().name)
    step = StepFactory(plan=plan, kind="server", key="server:web-1", external_id="standing")
    tag = Tag(settings.PORTAL_DEPLOYMENT, plan.allocation_id, step.key, step.incarnation)
    return SightingFactory(
        cloud=plan.cloud,
        kind="server",
        external_id="twin",
        row={"id": "twin", "metadata": tag.as_metadata()},
        stray_since=timezone.now(),
        stray_count=2,
        stray_why="the step owns standing: a twin",
    )


def page(leak: Sighting) -> str:
    return reverse("provisioning:leak", args=[leak.pk])


def taken_back() -> list[str]:
    return list(Step.objects.filter(wanted=False, state="undoing").values_list("external_id", flat=True))


@pytest.mark.parametrize(("by_itself", "words"), [(True, "are taken back 24 hours after"), (False, "staff decide")])
def test_the_list_says_why_and_what_becomes_of_them(leak, olga, settings, by_itself, words):
    settings.SWEEP_RECLAIM = by_itself
    shown = signed_in(olga).get(reverse("provisioning:leaks")).content.decode()
    assert all(text in shown for text in (leak.stray_why, "Seen 2 times", words))


def test_staff_take_a_leak_back_and_it_is_kept_who_did(leak, dana):
    client = signed_in(dana)
    assert "Take it back" in client.get(page(leak)).content.decode()
    client.post(page(leak))
    assert taken_back() == ["twin"]
    event = Event.objects.get(verb="leak.taken_back")
    assert (event.actor_id, event.target) == (dana.github_id, "server twin")


def test_an_operator_sees_it_and_takes_nothing_back(leak, olga):
    client = signed_in(olga)
    assert "Take it back" not in client.get(page(leak)).content.decode()
    assert client.post(page(leak)).status_code == 403
    assert taken_back() == []


@pytest.mark.parametrize("change", [{"stray_count": 1}, {"external_id": "standing"}, {"in_use": True}])
def test_what_is_uncertain_owned_or_in_use_stays(leak, dana, change):
    if change.pop("in_use", False):
        change["row"] = {**leak.row, "volumes": ["data"]}
    Sighting.objects.filter(pk=leak.pk).update(**change)
    answer = signed_in(dana).post(page(leak), follow=True)
    assert ("tone-bad" in answer.content.decode(), taken_back()) == (True, [])


@pytest.mark.parametrize(
    ("row", "words"),
    [({"volumes": ["data"]}, "It is in use"), ({"metadata": "another step"}, "Nothing says how to take it back")],
)
def test_what_cannot_be_taken_back_is_told_why_instead_of_asked(leak, dana, row, words, django_assert_max_num_queries):
    if "metadata" in row:
        row["metadata"] = {**leak.row["metadata"], "portico_step": "server:web-9"}
    Sighting.objects.filter(pk=leak.pk).update(row={**leak.row, **row})
    client = signed_in(dana)
    client.get(page(leak))
    with django_assert_max_num_queries(10):
        shown = client.get(page(leak)).content.decode()
    assert (words in shown, "Take it back" in shown) == (True, False)


def test_what_is_being_taken_back_is_not_asked_about_again(leak, dana):
    client = signed_in(dana)
    client.post(page(leak))
    assert "Take it back" not in client.get(page(leak)).content.decode()
    client.post(page(leak))
    assert Event.objects.filter(verb="leak.taken_back").count() == 1


def test_a_restored_copy_of_the_database_takes_nothing_back(leak, dana, settings):
    settings.PORTAL_DEPLOYMENT = None
    client = signed_in(dana)
    assert "this database belongs to" in client.get(page(leak)).content.decode()
    assert (client.post(page(leak)).status_code, taken_back()) == (422, [])


def test_what_is_no_leak_has_no_page(leak, olga):
    Sighting.objects.update(stray_since=None)
    assert signed_in(olga).get(page(leak)).status_code == 404


def test_a_leaked_address_is_called_as_openstack_calls_it(leak, olga):
    Sighting.objects.update(kind="address")
    pages = [signed_in(olga).get(url).content.decode() for url in (page(leak), reverse("provisioning:leaks"))]
    assert "A floating IP that belongs to nobody" in pages[0]
    assert ">floating IP" in pages[1]
