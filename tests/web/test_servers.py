"""What a project's page says and offers of each server, by how the server and its allocation stand."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from projects.models import Allocation, User
from projects.states import MemberRole
from provisioning.models import Action, Sighting
from tests.factories import MemberFactory, ProjectFactory, UserFactory
from tests.factories_provisioning import built

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return UserFactory(github_login="ada-porter")


@pytest.fixture
def client(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def lent(owner: User, status: str = "ACTIVE", **allocation: object) -> Allocation:
    """An allocation of the owner's with one server in this state."""
    project = ProjectFactory(slug="fastcodec")
    MemberFactory(project=project, user=owner, role=MemberRole.OWNER)
    made = built(project=project, **allocation)
    show(status=status, launched_at="2026-11-25T10:00:00+00:00")
    return made


def show(**row: object) -> None:
    sighting = Sighting.objects.get(kind="server")
    sighting.row |= row
    sighting.save()


def page(client: Client) -> str:
    return client.get(reverse("provisioning:project", args=["fastcodec"])).content.decode()


def offered(client: Client) -> list[str]:
    return re.findall(r'name="verb" value="([^"]+)"', page(client))


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
