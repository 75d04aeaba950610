"""What answers, what does not, why and since when: alike on the desk's page of clouds, in /readyz, at projects."""

import json
import re
from datetime import datetime, timedelta

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from portal.health import CLOUDS, readyz
from projects.models import Allocation, Cloud
from projects.states import Phase
from projects.text import moment_words
from provisioning.clouds import Standing, view_of
from provisioning.models import Watch
from provisioning.queries import allocations_of
from tests.factories import AllocationFactory, CloudFactory, UserFactory, at_the_desk
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(settings) -> Client:
    return signed_in(at_the_desk(settings, UserFactory()))


def moment(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def closed(seconds: float) -> dict[str, dict[str, object]]:
    return {"volume": {"failures": 4, "closed_until": moment(seconds).isoformat()}}


FRESH = {"observed_at": -60, "looked_at": -3}
CASES = [
    ({}, "", Standing.UNSEEN, ""),
    (FRESH, "", Standing.ANSWERS, ""),
    ({**FRESH, "looked_at": -600}, "", Standing.SILENT, "see whether worker and beat run"),
    ({**FRESH, "looked_at": -600, "troubled_at": -590}, "The cloud does not answer.", Standing.SILENT, ""),
    ({"troubled_at": -90}, "The cloud does not answer.", Standing.SILENT, ""),
    ({**FRESH, "troubled_at": -5}, "One look failed.", Standing.ANSWERS, None),
    ({**FRESH, "troubled_at": -90, "paused_until": 30}, "The password is wrong.", Standing.BROKEN, ""),
    ({**FRESH, "paused_until": -1}, "", Standing.ANSWERS, ""),
    ({**FRESH, "observed_at": -660}, "", Standing.PARTLY, "Its catalog waits to be read."),
]


@pytest.mark.parametrize(("at", "trouble", "standing", "words"), CASES)
def test_how_a_cloud_stands_is_said_alike_on_the_page_and_to_probes(client, at, trouble, standing, words) -> None:
    times = {name: moment(seconds) for name, seconds in at.items()}
    cloud = CloudFactory(title="West", observed_at=times.pop("observed_at", None))
    if times:
        Watch.objects.create(cloud=cloud.name, trouble=trouble, **times)
    said = trouble or words if words is not None else ""
    page = client.get("/desk/clouds/").content.decode()
    assert f'<span class="badge-p tone-{standing.tone}">{standing.words}</span>' in page
    assert said in page
    answer = json.loads(readyz(RequestFactory().get("/readyz")).content)
    part = next(part for part in answer["parts"] if part["name"] == f"cloud {cloud.name}")
    assert (part["state"], said in part["words"]) == (CLOUDS[standing], True)


@pytest.mark.parametrize("phase", [Phase.READY, Phase.RELEASED])
@pytest.mark.parametrize(("at", "trouble", "standing", "words"), CASES)
def test_a_project_is_told_since_when_its_cloud_is_silent(
    allocation, owner, at, trouble, standing, words, phase, django_assert_max_num_queries
) -> None:
    times = {name: moment(seconds) for name, seconds in at.items() if name != "observed_at"}
    Cloud.objects.update(title="West")
    Allocation.objects.update(phase=phase)
    if times:
        Watch.objects.create(cloud=allocation.cloud.name, trouble=trouble, **times)
    silent = standing in {Standing.SILENT, Standing.BROKEN} and phase is not Phase.RELEASED
    answered = None if standing is Standing.BROKEN else times.get("looked_at")
    client, since = signed_in(owner), answered or times.get("troubled_at")
    for name, argument in (("project", allocation.project.slug), ("live", allocation.pk)):
        with django_assert_max_num_queries(10):
            page = client.get(reverse(f"provisioning:{name}", args=[argument])).content.decode()
        assert ("has not reached West since" in page) is silent
        assert not silent or moment_words(since) in page
        assert trouble not in page or not trouble, "which is the lab's"


def test_a_page_that_polls_is_told_when_its_cloud_falls_silent() -> None:
    allocation = AllocationFactory()
    view = allocations_of(allocation.project, UserFactory())[0]
    Watch.objects.create(cloud=allocation.cloud.name, looked_at=moment(-600))
    assert allocations_of(allocation.project, UserFactory())[0].mark != view.mark


def test_a_cloud_is_not_called_silent_before_its_next_looks_are_over(settings) -> None:
    cloud = CloudFactory(observed_at=moment(-60))
    watch = Watch.objects.create(cloud=cloud.name, looked_at=moment(-100))
    assert view_of(cloud, watch, timezone.now()).standing is Standing.SILENT
    settings.ENGINE_BEAT, settings.ENGINE_TIMEOUT = 20, 30
    assert view_of(cloud, watch, timezone.now()).standing is Standing.ANSWERS


@pytest.mark.parametrize(("seconds", "standing"), [(30, Standing.PARTLY), (-1, Standing.ANSWERS)])
def test_a_service_that_is_left_alone_is_named_with_its_failures(client, seconds, standing) -> None:
    cloud = CloudFactory(observed_at=moment(-60))
    watch = Watch.objects.create(cloud=cloud.name, looked_at=moment(-3), breakers=closed(seconds))
    assert view_of(cloud, watch, timezone.now()).standing is standing
    shown = "4 calls in a row failed" in client.get("/desk/clouds/").content.decode()
    assert shown is (standing is Standing.PARTLY)


def test_a_catalog_that_cannot_be_read_is_told_with_the_last_time_it_could(client) -> None:
    cloud = CloudFactory(observed_at=moment(-1000), trouble="Placement refuses us.")
    Watch.objects.create(cloud=cloud.name, looked_at=moment(-3))
    page = client.get("/desk/clouds/").content.decode()
    assert re.search(rf"Since .*{cloud.observed_at:%H:%M} UTC.*: Placement refuses us\.", page)


def test_trouble_of_a_catalog_that_is_read_all_the_time_is_told_without_a_time(client) -> None:
    cloud = CloudFactory(observed_at=moment(-60), trouble="Servers run on hosts that nobody knows.")
    Watch.objects.create(cloud=cloud.name, looked_at=moment(-3))
    page = client.get("/desk/clouds/").content.decode()
    assert (cloud.trouble in page, "Since" in page) == (True, False)


def test_maintenance_is_said_beside_with_what_people_are_told(client) -> None:
    CloudFactory(state="maintenance", notice="New disks until noon.")
    page = client.get("/desk/clouds/").content.decode()
    assert "In maintenance: nothing new is created" in page
    assert "New disks until noon." in page


def test_the_page_takes_as_many_queries_for_many_clouds(client, django_assert_max_num_queries) -> None:
    for number in range(5):
        Cloud.objects.create(name=f"c{number}", title=f"Cloud {number}")
    with django_assert_max_num_queries(4):
        client.get("/desk/clouds/")
