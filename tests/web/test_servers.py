"""What a project's page says and offers of each server, by how the server and its allocation stand."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from projects.models import Allocation, User
from projects.text import day_words
from provisioning.models import Action, Plan, Sighting
from provisioning.states import StepState
from tests.factories import GenerationFactory, ImageFactory
from tests.factories_provisioning import StepFactory, built

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def lent(owner: User, status: str = "ACTIVE", **allocation: object) -> Allocation:
    """An allocation of the owner's with one server in this state."""
    made = built(project__slug="fastcodec", project__owner=owner, **allocation)
    show(status=status, launched_at="2026-11-25T10:00:00.000000")
    return made


def show(**row: object) -> None:
    sighting = Sighting.objects.get(kind="server")
    sighting.row |= row
    sighting.save()


def page(client: Client) -> str:
    return client.get(reverse("provisioning:project", args=["fastcodec"])).content.decode()


def offered(client: Client) -> list[str]:
    return re.findall(r'(?:name="verb" value="|\?verb=)([^"]+)"', page(client))


def act(client: Client, allocation: Allocation, verb: str) -> str:
    url = reverse("provisioning:server-act", args=[allocation.pk, "web-1"])
    return client.post(url, {"verb": verb}, follow=True).content.decode()


@pytest.mark.parametrize(
    ("status", "verbs"),
    [
        ("ACTIVE", ["stop", "reboot", "hard-reboot", "rescue"]),
        ("SHUTOFF", ["start", "rescue"]),
        ("ERROR", ["hard-reboot"]),
    ],
)
def test_what_is_offered_is_what_nova_takes(owner, client, status, verbs):
    lent(owner, status)
    assert offered(client) == verbs


@pytest.mark.parametrize(
    ("status", "verb", "taken"),
    [
        ("ACTIVE", "reboot", True),
        ("ACTIVE", "hard-reboot", True),
        ("SHUTOFF", "reboot", False),
        ("SHUTOFF", "hard-reboot", False),
        ("ERROR", "reboot", False),
        ("ERROR", "hard-reboot", True),
    ],
)
def test_a_reboot_is_of_a_server_that_runs(owner, client, status, verb, taken):
    allocation = lent(owner, status)
    act(client, allocation, verb)
    asked = [(action.verb, action.args["type"]) for action in Action.objects.all()]
    assert asked == ([("reboot", "HARD" if verb == "hard-reboot" else "SOFT")] if taken else [])


def test_a_suspended_servers_actions_wait_for_the_renewal(owner, client):
    allocation = lent(owner, "SHUTOFF", desired="suspended")
    text = page(client)
    assert offered(client) == []
    assert "Reinstall" not in text
    assert "suspended: renew it first" in act(client, allocation, "start")
    assert not Action.objects.exists()


def test_a_servers_uptime_ends_when_it_stops(owner, client):
    lent(owner)
    assert re.search(r">up \d", page(client))
    show(status="SHUTOFF")
    assert not re.search(r">up \d", page(client))


@pytest.mark.parametrize(
    ("state", "facts", "shown", "words"),
    [
        (StepState.WAITING, {}, "", "the public address is on its way"),
        (StepState.FAILED, {}, "", "the public address could not be given"),
        (StepState.READY, {"address": "203.0.113.9"}, "203.0.113.9", ""),
        (StepState.UNDOING, {"address": "203.0.113.9"}, "10.20.0.7", ""),
    ],
)
def test_the_ssh_line_is_for_the_public_address_that_was_granted(owner, client, state, facts, shown, words):
    lent(owner)
    wanted = state != StepState.UNDOING
    StepFactory(plan=Plan.objects.get(), key="address:web-1", state=state, facts=facts, wanted=wanted)
    text = page(client)
    assert re.findall(r"ssh ada-porter@([\d.]+)", text) == ([shown] if shown else [])
    assert words in text
    assert ("10.20.0.7" in text) == (shown == "10.20.0.7")


def test_what_comes_in_at_the_end_is_no_step_of_the_building(owner, client):
    lent(owner)
    plan = Plan.objects.get()
    step = StepFactory(plan=plan, key="purge", state=StepState.WAITING)
    plan.steps.filter(key="server:web-1").update(state=StepState.RUNNING)
    text = page(client)
    assert "What members made themselves" not in text
    assert '<progress value="3" max="4"' in text
    step.state = StepState.UNDOING
    step.save()
    assert "What members made themselves" in page(client)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("managed", "start them again on the project’s page"), ("cloud", "start them again with OpenStack’s tools")],
)
def test_a_renewal_after_a_suspension_tells_of_the_stopped_servers(owner, client, kind, words):
    allocation = lent(owner, "SHUTOFF", kind=kind, desired="suspended", absent_at=timezone.now() + timedelta(days=3))
    url = reverse("provisioning:renew", args=[allocation.pk])
    shown = client.get(url).content.decode()
    assert "It was suspended, and its servers were stopped." in shown
    assert words in shown
    until = (timezone.now() + timedelta(days=30)).date().isoformat()
    after = client.post(url, {"until": until}, follow=True).content.decode()
    assert "its servers were stopped" in after
    assert words in after


def test_a_renewal_of_what_runs_tells_of_no_stop(owner, client):
    allocation = lent(owner)
    assert "stopped" not in client.get(reverse("provisioning:renew", args=[allocation.pk])).content.decode()


@pytest.mark.parametrize(
    ("left", "badge", "words"),
    [(90, "ends soon", "Security updates until"), (-1, "end of life", "Security updates ended on"), (91, "", "")],
)
def test_a_system_that_ends_is_marked_with_what_to_do(client: Client, owner: User, left: int, badge: str, words: str):
    lent(owner)
    end = timezone.now().date() + timedelta(days=left)
    image = ImageFactory(name="fedora-43", end_of_life=end)
    show(image_id=image.external_id)
    page = client.get("/projects/fastcodec/").content.decode()
    assert "fedora-43" in page  # reinstalled since it was granted
    assert ("Reinstall it from a newer image" in page, day_words(end) in page) == (bool(badge), bool(badge))
    assert badge in page
    assert words in page


def test_a_system_that_the_catalog_does_not_have_is_not_taken_for_the_granted_one(client: Client, owner: User) -> None:
    lent(owner)
    assert "debian-12-ppc64le" in page(client)
    show(image_id="gone-long-ago")
    assert "an image that the catalog does not have" in page(client)
    assert "debian-12-ppc64le" not in page(client)


def test_reinstalling_offers_what_is_mended_and_runs_here(client: Client, owner: User) -> None:
    allocation = lent(owner)
    today, too_new = timezone.now().date(), GenerationFactory(slug="power10", order=3)
    for name, more in {
        "last-day": {"end_of_life": today},
        "ended": {"end_of_life": today - timedelta(days=1)},
        "own": {"generation": allocation.generation},
        "too-new": {"generation": too_new},
    }.items():
        ImageFactory(cloud=allocation.cloud, name=name, **more)
    page = client.get(reverse("provisioning:server-reinstall", args=[allocation.pk, "web-1"])).content.decode()
    shown = [name for name in ("last-day", "ended", "own", "too-new") if f'value="{name}"' in page]
    assert shown == ["last-day", "own"]
