"""Redis away: what is decided or looked at goes on, and beat finds the work when it is back."""

from collections.abc import Iterator

import pytest
from celery import current_app
from django.test import Client
from django.urls import reverse

from projects.models import Allocation, Lookup, User
from provisioning.models import Action, Plan

pytestmark = pytest.mark.django_db(transaction=True)
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def client(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture(autouse=True)
def away(settings) -> Iterator[None]:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": NOWHERE}}
    broker = current_app.conf.broker_url
    publish_at(NOWHERE)
    yield
    publish_at(broker)


def publish_at(broker: str) -> None:
    """Celery keeps what it once connected to, so its publisher is made anew."""
    current_app.conf.broker_url = broker
    vars(current_app._get_current_object()).pop("amqp", None)


def test_a_release_stands(client: Client, allocation: Allocation) -> None:
    answer = client.post(reverse("provisioning:release", args=[allocation.pk]), {"when": "grace"})
    assert answer.status_code == 302
    allocation.refresh_from_db()
    assert allocation.desired == "suspended"


def test_an_action_and_a_new_credential_are_asked_for(client: Client, allocation: Allocation) -> None:
    act = reverse("provisioning:server-act", args=[allocation.pk, "web-1"])
    assert client.post(act, {"verb": "stop"}).status_code == 302
    assert Action.objects.get().verb == "stop"
    assert Plan.objects.get().due_at is not None


def test_a_member_is_added_and_github_asked_later(client: Client, allocation: Allocation) -> None:
    answer = client.post(reverse("provisioning:members", args=["fastcodec"]), {"login": "zed", "role": "member"})
    assert answer.status_code == 302
    assert Lookup.objects.get().key == "zed"


def test_a_look_at_the_cloud_ends_in_a_sentence(client: Client, allocation: Allocation) -> None:
    pages = [
        client.get(reverse("provisioning:release", args=[allocation.pk])),
        client.get(reverse("provisioning:server-log", args=[allocation.pk, "web-1"])),
        client.post(reverse("provisioning:server-console", args=[allocation.pk, "web-1"])),
    ]
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert "No answer came" in client.get(reverse("provisioning:peek", args=["some-key"])).content.decode()
