"""The portal as journeys see it: worker and beat as processes of their own, and a cloud looked at from outside."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from projects.models import Allocation, User
from projects.services import allocations
from provisioning.models import Step
from tests import asking
from tests.admin import Row, admin
from tests.processes import Child, beat, until, worker
from tests.simulated import Simulated

FAST = {
    "ENGINE_LEASE": "3",
    "ENGINE_TIMEOUT": "1",
    "ENGINE_MARGIN": "0.5",
    "ENGINE_BEAT": "0.5",
    "ENGINE_LOOK": "0.2",
    "ENGINE_BREAKER_SECONDS": "2",  # three calls in a row soon take a second on a machine under load
}


class Lab:
    """What a journey starts, and how the cloud looks to its administrator."""

    def __init__(self, env: dict[str, str], cloud: Simulated, home: Path, stack: ExitStack) -> None:
        self.env, self.cloud, self.home, self.stack = env, cloud, home, stack
        self.stack.enter_context(beat(env, home / "beat.log"))
        self.admin = stack.enter_context(admin(cloud.home / "clouds.yaml"))
        self.before = self.admin.projects()
        self.started = 0

    def start_worker(self) -> Child:
        self.started += 1
        return self.stack.enter_context(worker(self.env, self.home / f"worker-{self.started}.log"))

    def servers(self) -> list[Row]:
        return self.admin.servers()

    def volumes(self) -> list[Row]:
        return self.admin.volumes()

    def mutations(self) -> int:
        """How many calls that change something the cloud has had."""
        calls = self.cloud.calls()["calls"]
        return sum(call["method"] != "GET" and not call["path"].endswith("/auth/tokens") for call in calls)


def approved(**more: Any) -> Allocation:
    request = asking.asked(1, **more)
    asking.approve(request)
    return Allocation.objects.get(part__request=request)


def owner() -> User:
    return User.objects.get(github_id=600_001)


def phase(allocation: Allocation) -> str:
    return Allocation.objects.get(pk=allocation.pk).phase


def await_phase(allocation: Allocation, wanted: str, seconds: float = 180) -> None:
    def told() -> str:
        return "; ".join(f"{s.key} {s.state} {s.words}" for s in Step.objects.exclude(state="ready"))

    try:
        until(lambda: phase(allocation) == wanted, seconds)
    except AssertionError as error:
        raise AssertionError(f"{phase(allocation)} instead of {wanted}: {told()}") from error


def assert_built(lab: Lab, servers: int) -> None:
    """Exactly what was granted: no twin, all running, each with its volume."""
    assert [server["status"] for server in lab.servers()] == ["ACTIVE"] * servers
    assert [volume["status"] for volume in lab.volumes()] == ["in-use"] * servers
    assert len(lab.admin.projects() - lab.before) == 1


def assert_nothing_left(lab: Lab) -> None:
    assert lab.servers() == []
    assert lab.volumes() == []
    assert lab.admin.projects() == lab.before


def release_now(allocation: Allocation) -> None:
    fresh = Allocation.objects.get(pk=allocation.pk)
    allocations.release_allocation(allocation=fresh, by=owner(), typed_name=fresh.project.name, now=True)
