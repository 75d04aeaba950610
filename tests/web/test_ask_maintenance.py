"""A cloud in maintenance is told where it is chosen and before it is sent; the request may be sent all the same."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from projects.models import Cloud
from projects.states import CloudState
from tests.factories import (
    PUBLIC_KEY,
    CloudFactory,
    FlavorFactory,
    Lab,
    PoolFactory,
    UserFactory,
    portico_lab,
)
from tests.web.asking import fill, send
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db
PAGES = ("/ask/need/", "/ask/review/")
TOLD = ("Simulated cloud is in maintenance.", "The lab says: New switches until noon.", "can send this all the same")


@pytest.fixture
def lab() -> Lab:
    return portico_lab()


@pytest.fixture
def drafted(client: Client, lab: Lab) -> Client:
    client.force_login(UserFactory())
    fill(client, PUBLIC_KEY)
    return client


@pytest.mark.parametrize("state", CloudState)
def test_a_maintenance_is_told_on_the_form_and_before_it_is_sent(
    drafted, lab, state, redis, django_assert_max_num_queries
) -> None:
    redis.flushdb()  # the offer is kept for half a minute
    lab.cloud.state, lab.cloud.notice = state, "New switches until noon."
    lab.cloud.save()
    paused = state is CloudState.MAINTENANCE
    for path in PAGES:
        with django_assert_max_num_queries(10):
            shown = drafted.get(path).content.decode()
        assert [words in shown for words in TOLD] == [paused] * 3
    chosen = 'label="POWER9 on Simulated cloud (in maintenance)"'
    assert (chosen in drafted.get("/ask/need/").content.decode()) is paused
    assert send(drafted).status_code == 302


def test_a_cloud_that_is_not_asked_for_is_told_only_where_it_can_be_chosen(drafted, lab, redis) -> None:
    redis.flushdb()
    west = CloudFactory(name="west", title="West", state=CloudState.MAINTENANCE)
    both = {"cloud": west, "generation": lab.generations["power9"]}
    PoolFactory(**both)
    FlavorFactory(**both)
    need, review = (drafted.get(path).content.decode() for path in PAGES)
    assert ("West is in maintenance." in need, "West is in maintenance." in review) == (True, False)
    labels = re.findall(r'label="(POWER9[^"]*)"', need)
    assert sorted(set(labels)) == ["POWER9 on Simulated cloud", "POWER9 on West (in maintenance)"]


@pytest.mark.parametrize("state", CloudState)
def test_who_asks_for_a_change_is_told_too(allocation, owner, state) -> None:
    Cloud.objects.update(state=state)
    shown = signed_in(owner).get(reverse("provisioning:change", args=[allocation.pk])).content.decode()
    assert ("can send this all the same" in shown) is (state is CloudState.MAINTENANCE)
