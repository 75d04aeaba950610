"""The shared look at a cloud: how many calls it makes, what it shows, who may take it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db.models.functions import Now

from projects.amounts import Amount
from projects.models import Allocation
from provisioning import observe
from provisioning.adapters.openstack import OpenStackCloud, listing
from provisioning.errors import Busy
from provisioning.identities import note_identity
from provisioning.models import Plan, Sighting, Step, Watch
from provisioning.sightings import by_kind, from_json
from provisioning.spec import Tag
from provisioning.steps.project import keystone_tag
from provisioning.sweep import tag_of
from tests import factories
from tests.simulated import Simulated

pytestmark = pytest.mark.django_db
NAME = "simulated"


@pytest.fixture
def cloud(openstack: Simulated, settings) -> OpenStackCloud:
    settings.ENGINE_LOOK = 0
    observe.forget()
    file = str(openstack.home / "clouds.yaml")
    return OpenStackCloud(NAME, config_file=file, timeout=20, domain="Default")


def fill(openstack: Simulated, **asked) -> None:
    openstack.control("POST", "fill", asked)


def paths(openstack: Simulated) -> list[str]:
    """The listings of things that the cloud was asked for since the last call."""
    calls = [call["path"] for call in openstack.calls()["calls"]]
    openstack.control("DELETE", "calls")
    return [path for path in calls if path.endswith(("/detail", "/floatingips", "/ports"))]


def test_full_look_then_only_changes(cloud: OpenStackCloud, openstack: Simulated) -> None:
    fill(openstack, servers=3, volumes=2, metadata={"portico_allocation": "not a uuid"})
    first = observe.look(NAME, cloud)
    assert (len(first.servers), len(first.volumes)) == (3, 2)
    assert len(paths(openstack)) == 4

    gone, stopped = list(first.servers)[:2]
    cloud.compute.delete_server(gone)
    cloud.compute.act(stopped, "os-stop")
    openstack.move(30)
    paths(openstack)
    second = observe.look(NAME, cloud)
    assert len(paths(openstack)) == 2
    assert set(second.servers) == set(first.servers) - {gone}
    assert second.servers[stopped].status == "SHUTOFF"
    assert second.full_at == first.full_at < second.taken_at
    assert gone in first.servers  # who reads the one before is not disturbed
    assert Sighting.objects.get(external_id=gone).gone_at == second.taken_at


def test_what_changes_during_a_slow_listing_is_asked_for_again(cloud: OpenStackCloud, openstack: Simulated) -> None:
    quick = listing.everything(cloud).marks
    openstack.fault(method="GET", path="/compute/v2.1/servers/detail", delay=2)
    slow = listing.changes(cloud, quick).marks
    assert datetime.fromisoformat(slow.servers) <= datetime.now(UTC) - timedelta(seconds=2)


def test_look_is_not_taken_again_too_soon(cloud: OpenStackCloud, openstack: Simulated, settings) -> None:
    settings.ENGINE_LOOK = 60
    first = observe.look(NAME, cloud)
    paths(openstack)
    fill(openstack, servers=1)
    assert observe.look(NAME, cloud) is first
    assert paths(openstack) == []


def test_a_look_that_fails_leaves_why_and_since_when(cloud: OpenStackCloud, openstack: Simulated) -> None:
    def trouble() -> tuple[str, bool, bool]:
        watch = Watch.objects.get(cloud=NAME)
        return watch.trouble, watch.troubled_at is not None, watch.looked_at is not None

    openstack.fault(method="GET", path="/compute/v2.1/servers/detail", status=503, times=2)
    with pytest.raises(Busy):
        observe.look(NAME, cloud)
    since = Watch.objects.get(cloud=NAME).troubled_at
    with pytest.raises(Busy) as told:
        observe.look(NAME, cloud)
    assert trouble() == (told.value.words, True, False)
    Watch.objects.update(paused_until=Now() + timedelta(seconds=60))
    observe.look(NAME, cloud)
    assert Watch.objects.get(cloud=NAME).troubled_at == since, "calls are refused though looks are answered"
    Watch.objects.update(paused_until=None)
    observe.look(NAME, cloud)
    assert trouble() == ("", False, True)


def test_other_process_reads_what_was_stored(cloud: OpenStackCloud, openstack: Simulated, settings) -> None:
    fill(openstack, servers=3, volumes=2)
    first = observe.look(NAME, cloud)
    settings.ENGINE_LOOK = 60
    observe.forget()
    paths(openstack)
    assert observe.look(NAME, cloud) == first
    assert paths(openstack) == []


def test_what_another_process_saw_since_is_put_on_top(cloud: OpenStackCloud, openstack: Simulated, settings) -> None:
    fill(openstack, servers=2)
    mine = observe.look(NAME, cloud)
    gone = next(iter(mine.servers))
    cloud.compute.delete_server(gone)
    openstack.move(30)
    fill(openstack, servers=1)
    observe.forget()
    theirs = observe.look(NAME, cloud)
    settings.ENGINE_LOOK = 60
    observe._known[NAME] = mine
    assert observe.look(NAME, cloud) == theirs
    assert gone not in theirs.servers
    assert len(theirs.servers) == 2


def test_deleted_volume_is_gone_with_the_next_full_look(cloud: OpenStackCloud, openstack: Simulated, settings) -> None:
    fill(openstack, volumes=2)
    first = observe.look(NAME, cloud)
    gone = next(iter(first.volumes))
    cloud.volume.remove("volumes", gone)
    openstack.move(30)
    assert gone in observe.look(NAME, cloud).volumes
    settings.ENGINE_FULL = 0
    assert gone not in observe.look(NAME, cloud).volumes
    assert Sighting.objects.get(external_id=gone).gone_at is not None


def test_failed_look_gives_the_right_to_look_back(cloud: OpenStackCloud, openstack: Simulated) -> None:
    openstack.fault(method="GET", path="/compute/v2.1/servers/detail", status=503)
    with pytest.raises(Busy):
        observe.look(NAME, cloud)
    assert Watch.objects.get(cloud=NAME).look_until is None
    assert not Sighting.objects.exists()
    assert observe.look(NAME, cloud).servers == {}


def test_cloud_that_does_not_answer_is_left_alone_for_a_while(
    cloud: OpenStackCloud, openstack: Simulated, settings
) -> None:
    first = observe.look(NAME, cloud)
    openstack.fault(method="GET", path="/compute/v2.1/servers/detail", cut="before")
    with pytest.raises(Busy):
        observe.look(NAME, cloud)
    paths(openstack)
    assert observe.look(NAME, cloud) is first
    assert paths(openstack) == []
    Watch.objects.update(look_until=Now() - timedelta(seconds=1))
    assert observe.look(NAME, cloud).taken_at > first.taken_at


def test_thread_does_not_wait_for_the_look_of_another(cloud: OpenStackCloud, openstack: Simulated) -> None:
    with observe._lock(NAME), pytest.raises(Busy):
        observe.look(NAME, cloud)
    first = observe.look(NAME, cloud)
    with observe._lock(NAME):
        assert observe.look(NAME, cloud) is first


def test_look_of_a_killed_process_holds_nobody_up_for_longer_than_a_lease(cloud: OpenStackCloud) -> None:
    Watch.objects.create(cloud=NAME, look_until=Now() + timedelta(seconds=60))
    with pytest.raises(Busy, match="first time"):
        observe.look(NAME, cloud)
    Watch.objects.update(look_until=Now() - timedelta(seconds=1))
    assert observe.look(NAME, cloud).taken_at


def test_late_look_does_not_write_over_a_newer_one(cloud: OpenStackCloud, openstack: Simulated) -> None:
    first = observe.look(NAME, cloud)
    late = observe.begin(NAME, cloud)
    assert late
    Watch.objects.update(look_until=Now() + timedelta(seconds=90))  # its lease ran out and somebody else looks
    fill(openstack, servers=1)
    assert late.end(late.call()) is first
    assert not Sighting.objects.filter(kind="server").exists()


def test_lab_of_ten_thousand_is_listed_in_few_calls(cloud: OpenStackCloud, openstack: Simulated) -> None:
    fill(openstack, servers=10_000, volumes=10_000, addresses=10_000)
    openstack.move(3600)
    full = observe.look(NAME, cloud)
    assert (len(full.servers), len(full.volumes)) == (10_000, 10_000)
    assert len(paths(openstack)) <= 40
    assert all(len(rows) >= 10_000 for rows in (full.ports, full.addresses))
    assert Sighting.objects.count() == sum(map(len, by_kind(full).values()))
    observe.look(NAME, cloud)
    assert len(paths(openstack)) <= 5


def test_use_is_told_to_the_allocation(cloud: OpenStackCloud, openstack: Simulated) -> None:
    project = cloud.identity.create_project("ada", "Ada’s port", "portico.test")["id"]
    allocation = factories.AllocationFactory()
    plan = Plan.objects.create(allocation=allocation, cloud=NAME, title="Ada’s port")
    Step.objects.create(plan=plan, key="project", kind="project", external_id=project)
    fill(openstack, servers=2, volumes=1, project_id=project, flavor="p9.small")
    observe.look(NAME, cloud)
    seen = Allocation.objects.get(pk=allocation.pk)
    small = Amount(vcpus=2, ram_mib=4096, instances=1)
    assert Amount.from_json(seen.observed) == small * 2 + Amount(volumes=1, volume_gib=10)


def test_rows_come_back_from_the_database_as_they_went(cloud: OpenStackCloud, openstack: Simulated) -> None:
    fill(openstack, servers=1, volumes=1, addresses=1, metadata={"kept": "as it is"})
    shown = observe.look(NAME, cloud)
    for one in Sighting.objects.all():
        assert from_json(one.kind, one.row) == by_kind(shown)[one.kind][one.external_id]


def test_nul_in_metadata_does_not_stop_the_look(cloud: OpenStackCloud, openstack: Simulated) -> None:
    fill(openstack, servers=1, metadata={"evil": "a\0b"})
    (server,) = observe.look(NAME, cloud).servers.values()
    assert server.metadata["evil"] == "ab"


def test_cloud_projects_and_users_are_noted_for_the_sweep(cloud: OpenStackCloud, openstack: Simulated) -> None:
    tag = Tag(uuid4(), uuid4(), "project", 1)
    project = cloud.identity.create_project(tag.name, "Ada", keystone_tag(tag))["id"]
    user = cloud.identity.create_user("made-by-us", "secret", str(tag))["id"]
    stranger = cloud.identity.create_user("made-by-others", "secret", "a person")["id"]
    note_identity("simulated", cloud)
    noted = {row.external_id: row for row in Sighting.objects.filter(kind__in=["project", "user"])}
    assert tag_of(noted[project].row) == tag_of(noted[user].row) == tag
    assert stranger not in noted
    observe.forget()
    assert observe.look("simulated", cloud).servers == {}
    cloud.identity.delete_user(user)
    note_identity("simulated", cloud)
    assert Sighting.objects.get(external_id=user).gone_at is not None
    assert Sighting.objects.get(external_id=project).gone_at is None
    cloud.identity.delete_project(project)
    cloud.identity.delete_user(stranger)
