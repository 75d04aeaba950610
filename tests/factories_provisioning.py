"""Rows of plans and of what clouds showed, as the engine leaves them; `built(...)` stands a whole allocation up."""

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from projects.models import Allocation
from provisioning import models
from provisioning.states import StepState
from tests.factories import PUBLIC_KEY, AllocationFactory


class PlanFactory(DjangoModelFactory):
    class Meta:
        model = models.Plan

    allocation = factory.SubFactory(AllocationFactory)
    cloud = factory.LazyAttribute(lambda plan: plan.allocation.cloud.name)
    title = factory.LazyAttribute(lambda plan: plan.allocation.project.name)
    revision = factory.LazyAttribute(lambda plan: plan.allocation.revision)
    desired = factory.LazyAttribute(lambda plan: plan.allocation.desired)


class StepFactory(DjangoModelFactory):
    class Meta:
        model = models.Step

    plan = factory.SubFactory(PlanFactory)
    key = factory.Sequence(lambda n: f"server:web-{n}")
    kind = factory.LazyAttribute(lambda step: step.key.partition(":")[0])
    state = StepState.READY
    external_id = factory.Sequence(lambda n: f"10000000-0000-4000-8000-{n:012}")
    position = factory.Sequence(lambda n: n)


class SightingFactory(DjangoModelFactory):
    class Meta:
        model = models.Sighting

    cloud = "simulated"
    kind = "server"
    seen_at = factory.LazyFunction(timezone.now)


SERVER_WANT = {
    "flavor_id": "f",
    "flavor": "p9.small",
    "image_id": "i",
    "image": "debian-12-ppc64le",
    "network_id": "n",
    "group": "group:web",
    "volume": "",
    "people": [["ada-porter", [PUBLIC_KEY]]],
    "architecture": "ppc64le",
    "generation": "power9",
}


def server(plan: models.Plan, name: str, *, status: str = "ACTIVE", **row: Any) -> models.Step:
    """A ready server with what the cloud shows of it."""
    step = StepFactory(plan=plan, key=f"server:{name}", want=SERVER_WANT)
    shown = {"status": status, "addresses": [["10.20.0.7", "fixed"]], "host": "power9-1", **row}
    SightingFactory(cloud=plan.cloud, external_id=step.external_id, name=name, row=shown, allocation=plan.allocation_id)
    return step


def built(servers: int = 1, **allocation: Any) -> Allocation:
    """A ready allocation with so many servers, each with a volume, and an application credential."""
    made = AllocationFactory(phase="ready", **allocation)
    plan = PlanFactory(allocation=made)
    StepFactory(plan=plan, key="project")
    StepFactory(plan=plan, key="credential", facts={"auth_url": "http://127.0.0.1/v3", "region": "RegionOne"})
    for number in range(1, servers + 1):
        step = server(plan, f"web-{number}")
        volume = StepFactory(plan=plan, key=f"volume:web-{number}", want={"size_gib": 50, "volume_type": "ceph"})
        row = {"status": "in-use", "size_gib": 50, "servers": [step.external_id]}
        SightingFactory(kind="volume", cloud=plan.cloud, external_id=volume.external_id, row=row)
    return made
