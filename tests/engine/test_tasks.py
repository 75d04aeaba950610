"""A pass as a worker makes it, on the simulated cloud: woken, carried out, told, and given back."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from projects.amounts import Amount
from projects.grants import Grant, ServerLine
from projects.models import Allocation, Cloud, Generation, Ticket
from projects.services.catalog import set_cloud_state
from projects.states import CloudState, Kind
from provisioning import observe, peek, tasks
from provisioning.adapters.openstack.cloud import forget_clouds, open_cloud
from provisioning.engine import changes
from provisioning.models import Deployment, Plan, Step, Watch
from provisioning.ports import Snapshot
from provisioning.spec import Tag
from tests.engine.world import let_pass
from tests.factories import PUBLIC_KEY, AllocationFactory, UserFactory, at_the_desk


@pytest.fixture
def lab(openstack, settings):
    settings.CLOUDS = ("simulated",)
    settings.OS_CLIENT_CONFIG_FILE = openstack.home / "clouds.yaml"
    forget_clouds()
    observe.forget()
    changes.forget("simulated")
    openstack.control("POST", "pace", {"build_seconds": 0})
    tasks.refresh_catalogs()
    return openstack


@pytest.fixture
def allocation(lab) -> Allocation:
    line = ServerLine(key="web", flavor="p9.small", image="debian-12-ppc64le", volume_gib=10, ports=(443,))
    return AllocationFactory(
        cloud=Cloud.objects.get(), generation=Generation.objects.get(slug="power9"), grant=Grant((line,)).as_json()
    )


def passes(allocation: Allocation, phase: str) -> Allocation:
    for _ in range(30):
        tasks.advance("simulated", 0.0, look=True)
        allocation.refresh_from_db()
        if allocation.phase == phase:
            return allocation
        let_pass(5)
    raise AssertionError((allocation.phase, allocation.words, list(Step.objects.values_list("key", "state", "words"))))


def test_from_an_approval_to_ready_and_back(allocation, lab):
    passes(allocation, "ready")
    server = Step.objects.get(key="server:web-1")
    assert server.facts["addresses"]
    calls = lab.calls()["count"]
    tasks.advance("simulated", 0.0, look=False)
    assert lab.calls()["count"] == calls
    Allocation.objects.update(desired="absent")
    passes(allocation, "released")


def test_a_server_that_is_started_in_a_suspended_project_is_stopped_again(lab):
    """By a token made before: it goes on working for minutes. The server is a member's own, so no step's."""
    access = Grant(access=Amount(vcpus=2, ram_mib=4096, instances=1)).as_json()
    power9 = Generation.objects.get(slug="power9")
    allocation = AllocationFactory(cloud=Cloud.objects.get(), generation=power9, kind=Kind.CLOUD, grant=access)
    passes(allocation, "ready")
    project = Step.objects.get(key="project").external_id
    lab.control("POST", "fill", {"servers": 1, "flavor": "p9.small", "projects": [project]})
    Allocation.objects.update(desired="suspended")
    passes(allocation, "suspended")
    compute = open_cloud("simulated").compute
    (server,) = compute.servers_of(project)
    assert server["status"] == "SHUTOFF"
    compute.act(server["id"], "os-start")
    looks_later(5)
    passes(allocation, "suspended")
    assert compute.server(server["id"])["status"] == "SHUTOFF"


def looks_later(seconds: float) -> None:
    """Let time pass for the looks too, and look."""
    let_pass(seconds)
    by = timedelta(seconds=seconds)
    Watch.objects.update(full_at=F("full_at") - by, full_asked_at=F("full_asked_at") - by)
    observe.forget()
    tasks.advance("simulated", 0.0, look=True)


def full_listings(lab) -> int:
    listed = [call["query"] for call in lab.calls()["calls"] if call["path"].endswith("/servers/detail")]
    return sum("changes-since" not in query for query in listed)


def test_a_server_deleted_by_hand_is_a_ticket_within_two_minutes(allocation, lab):
    passes(allocation, "ready")
    looks_later(31)
    listed = full_listings(lab)
    server = Step.objects.get(key="server:web-1")
    lab.control("POST", f"servers/{server.external_id}", {"gone": True})
    looks_later(5)  # it is not there when it is asked for by id
    assert Step.objects.get(key="server:web-1").absences == 1
    looks_later(5)  # and in no full listing
    assert full_listings(lab) == listed + 1
    assert Step.objects.get(key="server:web-1").state == "ready"
    looks_later(56)  # nor a minute after the first time
    allocation.refresh_from_db()
    assert (allocation.phase, Step.objects.get(key="server:web-1").failure) == ("degraded", "lost")
    assert Ticket.objects.get(internal=False).messages.get().text
    looks_later(60)
    assert full_listings(lab) == listed + 1


def test_what_a_smaller_grant_gave_back_counts_as_used_no_longer_within_a_minute(allocation, lab):
    grant = Grant.from_json(allocation.grant)
    (line,) = grant.lines
    Allocation.objects.update(grant=Grant((replace(line, count=2),)).as_json())
    passes(allocation, "ready")
    looks_later(31)
    allocation.refresh_from_db()
    assert allocation.observed["volumes"] == 2
    Allocation.objects.update(grant=grant.as_json(), revision=2, phase="changing")
    passes(allocation, "ready")
    assert Step.objects.get(key="volume:web-2").state == "undone"
    looks_later(31)
    allocation.refresh_from_db()
    used = Amount.from_json(allocation.observed)
    assert (used.instances, used.volumes, used.volume_gib) == (1, 1, 10)


def test_where_nothing_is_gone_nothing_is_listed_in_full_before_its_time(allocation, lab):
    passes(allocation, "ready")
    listed = full_listings(lab)
    for _ in range(5):
        looks_later(100)
    assert full_listings(lab) == listed
    looks_later(500)
    assert full_listings(lab) == listed + 1


@pytest.mark.parametrize(
    ("asked_before", "full_before", "full"),
    [(None, 31, False), (5, 31, True), (5, 29, False), (40, 31, False), (None, 901, True)],
)
def test_everything_is_listed_soon_where_something_is_gone_but_not_at_once_again(asked_before, full_before, full):
    now = timezone.now()
    ago = [None if seconds is None else now - timedelta(seconds=seconds) for seconds in (asked_before, full_before)]
    until = now + timedelta(seconds=settings.ENGINE_LEASE)
    watch = Watch(marks={"servers": "x"}, look_until=until, full_asked_at=ago[0])
    assert observe._full(watch, Snapshot("simulated", now, ago[1], {}, {}, {})) is full


def test_the_dry_run_of_a_release_names_the_service_users_key_pairs(allocation, lab):
    passes(allocation, "ready")
    ours = {"type": "ssh", "public_key": PUBLIC_KEY, "user_id": Step.objects.get(key="user").external_id}
    open_cloud("simulated").compute.post("/os-keypairs", {"keypair": {"name": "ada", **ours}})
    shown = peek.contents(Step.objects.get(key="project"))
    assert ["key pair", "ada"] in [row[:2] for row in shown]


def test_the_dry_run_of_a_release_does_without_a_service_that_is_not_there(allocation, lab):
    passes(allocation, "ready")
    lab.fault(method="GET", path="/volume/v3/[^/]+/backups", status=404, times=None)
    shown = peek.contents(Step.objects.get(key="project"))
    assert {"server", "volume"} <= {kind for kind, _, _ in shown}


def swept() -> str:
    out = StringIO()
    call_command("sweep", "simulated", stdout=out)
    return out.getvalue()


def test_the_sweep_command_looks_at_all_of_the_cloud_before_it_tells(allocation, lab, settings):
    passes(allocation, "ready")
    looks_later(31)
    tag = Tag(Deployment.objects.get().id, allocation.pk, "project", 9)
    stray = open_cloud("simulated").identity.create_project("stray", "Nobody’s", str(tag).replace("/", "."))["id"]
    listed = full_listings(lab)
    told = swept()
    assert stray in told
    assert f"servers and volumes were listed at {timezone.now():%Y-%m-%d}" in told
    assert full_listings(lab) == listed + 1
    settings.OS_CLIENT_CONFIG_FILE = None
    told = swept()
    assert "Not looked at now: " in told
    assert stray in told


def test_an_old_wake_is_done_by_a_pass_that_began_after_it(allocation, lab):
    Watch.objects.update(pass_began_at=timezone.now())
    tasks.advance("simulated", (timezone.now() - timedelta(seconds=5)).timestamp())
    assert not Plan.objects.exists()
    tasks.advance("simulated", (timezone.now() + timedelta(seconds=5)).timestamp())
    assert Plan.objects.exists()


def test_in_maintenance_it_waits_and_says_so(allocation, lab):
    Cloud.objects.update(state="maintenance")
    tasks.advance("simulated", 0.0, look=True)
    allocation.refresh_from_db()
    assert "maintenance" in allocation.words
    Cloud.objects.update(state="open")
    let_pass(60)
    passes(allocation, "ready")


def test_at_the_end_of_a_maintenance_what_waited_goes_on_at_once(
    allocation, lab, redis, settings, django_capture_on_commit_callbacks
):
    staff = at_the_desk(settings, UserFactory(), staff=True)
    set_cloud_state(cloud=Cloud.objects.get(), state=CloudState.MAINTENANCE, by=staff)
    tasks.advance("simulated", 0.0, look=True)
    assert not Step.objects.exclude(state="waiting").exists()
    redis.flushdb()
    with django_capture_on_commit_callbacks(execute=True):
        set_cloud_state(cloud=Cloud.objects.get(), state=CloudState.OPEN, by=staff)
    assert redis.llen("portico") == 1
    tasks.advance("simulated", 0.0)
    assert Step.objects.get(key="project").state == "ready"


def test_while_a_cloud_is_paused_no_pass_sends_itself_on_before_the_end_of_it(allocation, lab, redis):
    tasks.write_plans()
    redis.flushdb()
    Watch.objects.update(paused_until=timezone.now() + timedelta(seconds=60))
    tasks.advance("simulated", 0.0)
    assert redis.llen("portico") == 0
    ends = timezone.now() + timedelta(seconds=3)
    Watch.objects.update(paused_until=ends)
    tasks.advance("simulated", 0.0)
    (message,) = redis.lrange("portico", 0, -1)
    assert abs(datetime.fromisoformat(json.loads(message)["headers"]["eta"]) - ends) < timedelta(seconds=1)
    assert not Step.objects.exclude(state="waiting").exists()


def test_a_restored_copy_is_told_once_and_touches_nothing(allocation, lab, settings):
    settings.PORTAL_DEPLOYMENT = None
    calls = lab.calls()["count"]
    for _ in range(2):
        tasks.advance("simulated", 0.0, look=True)
    assert lab.calls()["count"] == calls
    assert "PORTAL_DEPLOYMENT" in Ticket.objects.get().messages.get().text


def flavor_as_p9(name: str, *, vcpus: int, ram: int, disk: int) -> None:
    """Another flavor of POWER9, read into the catalog."""
    compute = open_cloud("simulated").compute
    like = next(row for row in compute.flavors() if row["name"] == "p9.small")
    body = {"name": name, "vcpus": vcpus, "ram": ram, "disk": disk, "os-flavor-access:is_public": False}
    made = compute.post("/flavors", {"flavor": body})["flavor"]["id"]
    compute.post(f"/flavors/{made}/os-extra_specs", {"extra_specs": like["extra_specs"]})
    tasks.refresh_catalogs()


def test_a_smaller_flavor_lowers_the_quota_once_the_server_is_smaller(allocation, lab):
    passes(allocation, "ready")
    flavor_as_p9("p9.tiny", vcpus=1, ram=2048, disk=20)
    line = replace(Grant.from_json(allocation.grant).lines[0], flavor="p9.tiny")
    Allocation.objects.update(grant=Grant((line,)).as_json(), revision=2, phase="changing")
    passes(allocation, "ready")
    assert Step.objects.get(key="server:web-1").facts["flavor"] == "p9.tiny"
    project = Step.objects.get(key="project").external_id
    assert open_cloud("simulated").compute.quota(project)["ram"]["limit"] == 2048
