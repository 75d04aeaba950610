"""From an approval to a connected server and back, with a real worker process, through kills and a lost broker."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import openstack as sdk
import pytest
from django.core.management import call_command
from redis import Redis

from projects.models import Allocation, User
from projects.services import allocations
from provisioning.models import Deployment, Sighting, Step
from tests import asking
from tests.processes import Child, beat, until, worker
from tests.simulated import Simulated

FAST = {"ENGINE_LEASE": "3", "ENGINE_TIMEOUT": "1", "ENGINE_MARGIN": "0.5", "ENGINE_BEAT": "0.5", "ENGINE_LOOK": "0.2"}


class Lab:
    """The portal with its worker and beat as processes of their own, and a cloud seen from outside."""

    def __init__(self, env: dict[str, str], cloud: Simulated, home: Path, stack: ExitStack) -> None:
        self.env, self.cloud, self.home, self.stack = env, cloud, home, stack
        self.stack.enter_context(beat(env, home / "beat.log"))
        self.admin = sdk.connect("simulated", load_envvars=False)
        self.before = self.projects()
        self.started = 0

    def start_worker(self) -> Child:
        self.started += 1
        return self.stack.enter_context(worker(self.env, self.home / f"worker-{self.started}.log"))

    def projects(self) -> set[str]:
        return {project.id for project in self.admin.identity.projects()}

    def servers(self) -> list[Any]:
        return list(self.admin.compute.servers(all_projects=True))

    def volumes(self) -> list[Any]:
        return list(self.admin.block_storage.volumes(all_projects=True))

    def mutations(self) -> int:
        """How many calls that change something the cloud has had."""
        return sum(call["method"] != "GET" for call in self.cloud.calls()["calls"])


@pytest.fixture
def lab(
    child_env: dict[str, str], openstack: Simulated, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Lab]:
    openstack.control("POST", "pace", {"build_seconds": 1})
    clouds = openstack.home / "clouds.yaml"
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds))
    settings.OS_CLIENT_CONFIG_FILE = clouds
    settings.PORTAL_STAFF = {4401: "dana-director"}
    ours = Deployment.objects.get_or_create()[0].pk
    env = child_env | FAST
    env |= {"OS_CLIENT_CONFIG_FILE": str(clouds), "PORTAL_DEPLOYMENT": str(ours), "PORTAL_STAFF": "dana-director:4401"}
    call_command("refresh_catalog", verbosity=0)
    with ExitStack() as stack:
        yield Lab(env, openstack, tmp_path, stack)


def approved(**more: Any) -> Allocation:
    request = asking.asked(1, **more)
    asking.approve(request)
    return Allocation.objects.get(part__request=request)


def phase(allocation: Allocation) -> str:
    return Allocation.objects.get(pk=allocation.pk).phase


def await_phase(allocation: Allocation, wanted: str, seconds: float = 60) -> None:
    def told() -> str:
        return "; ".join(f"{s.key} {s.state} {s.words}" for s in Step.objects.exclude(state="ready"))

    try:
        until(lambda: phase(allocation) == wanted, seconds)
    except AssertionError as error:
        raise AssertionError(f"{phase(allocation)} instead of {wanted}: {told()}") from error


def assert_built(lab: Lab, servers: int) -> None:
    """Exactly what was granted: no twin, all running, each with its volume."""
    assert [server.status for server in lab.servers()] == ["ACTIVE"] * servers
    assert [volume.status for volume in lab.volumes()] == ["in-use"] * servers
    assert len(lab.projects() - lab.before) == 1


def assert_nothing_left(lab: Lab) -> None:
    assert lab.servers() == []
    assert lab.volumes() == []
    assert lab.projects() == lab.before


def release_now(allocation: Allocation) -> None:
    fresh = Allocation.objects.get(pk=allocation.pk)
    allocations.release_allocation(
        allocation=fresh, by=User.objects.get(github_id=600_001), typed_name=fresh.project.name, now=True
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(180)
def test_from_approval_to_a_running_server_and_back(lab: Lab):
    lab.start_worker()
    allocation = approved(count=2)

    await_phase(allocation, "ready")

    assert_built(lab, servers=2)
    rows = Sighting.objects.filter(kind="server", allocation=allocation.pk)
    assert all(row.row["addresses"] for row in rows), "each server shows its address"
    release_now(allocation)
    await_phase(allocation, "released")
    assert_nothing_left(lab)


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(180)
def test_a_worker_killed_again_and_again_makes_no_twin(lab: Lab):
    allocation = approved(count=2)
    for more in (2, 4, 4):
        running = lab.start_worker()
        calls = lab.mutations() + more
        until(lambda calls=calls: lab.mutations() >= calls, 60, what="more calls")
        running.kill()

    lab.start_worker()

    await_phase(allocation, "ready", 90)
    assert_built(lab, servers=2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(180)
def test_an_emptied_redis_costs_no_work(lab: Lab, redis: Redis):
    lab.start_worker()
    allocation = approved(count=2)
    until(lambda: lab.mutations() > 5, 30, what="some calls")

    redis.flushall()

    await_phase(allocation, "ready")
    assert_built(lab, servers=2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(180)
def test_a_release_goes_on_where_a_killed_worker_left_it(lab: Lab):
    running = lab.start_worker()
    allocation = approved()
    await_phase(allocation, "ready")
    calls = lab.mutations()
    release_now(allocation)
    until(lambda: lab.mutations() >= calls + 2, 30, what="a release under way")
    running.kill()

    lab.start_worker()

    await_phase(allocation, "released", 90)
    assert_nothing_left(lab)
