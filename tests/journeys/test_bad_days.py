"""What a lab meets over the months: a server gone behind our back, maintenance, an outage, a change, an end put off."""

from datetime import timedelta

import pytest
from django.utils import timezone

from projects.grants import Grant
from projects.models import Allocation, Cloud, Ticket
from projects.services import allocations, catalog, requests
from projects.states import CloudState
from provisioning.actions import retry_step
from provisioning.models import Step
from tests import asking
from tests.engine.world import let_pass
from tests.journeys.lab import Lab, approved, assert_built, await_phase, owner, phase, release_now
from tests.processes import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ready(lab: Lab) -> Allocation:
    """One server with one volume, built."""
    lab.start_worker()
    allocation = approved()
    await_phase(allocation, "ready")
    return allocation


def change(allocation: Allocation, **line: int) -> None:
    """Ask for other figures in the server line, and approve them."""
    fresh = Allocation.objects.get(pk=allocation.pk)
    grant = fresh.grant | {"lines": [row | line for row in fresh.grant["lines"]]}
    asked = requests.request_change(allocation=fresh, by=owner(), grant=Grant.from_json(grant), note="More is needed.")
    asking.approve(asked)


def waits_for_a_proof(step: Step) -> bool:
    """Whether it was missed once, and its plan was given back until it is time to ask again."""
    later = timezone.now() + timedelta(seconds=30)
    missed = Step.objects.filter(pk=step.pk, absences=1, due_at__gt=later)
    return missed.filter(plan__lease_until=None, plan__due_at__gt=later).exists()


def test_a_server_deleted_behind_our_back_is_told_and_made_again_only_when_asked(lab: Lab, ready: Allocation):
    lost = lab.servers()[0]
    lab.admin.compute.delete(f"/servers/{lost['id']}")
    step = Step.objects.get(plan__allocation=ready, kind="server")
    until(lambda: waits_for_a_proof(step), what="a first proof of absence")
    let_pass(61)

    await_phase(ready, "degraded")

    assert Ticket.objects.filter(key=f"step:{step.pk}:1").exists()
    assert lab.servers() == [], "what held data is not made again by itself"
    retry_step(step=Step.objects.get(pk=step.pk), by=asking.director())
    await_phase(ready, "ready")
    assert_built(lab, servers=1)
    assert lab.servers()[0]["id"] != lost["id"]


def test_maintenance_holds_what_is_new_and_lets_it_go_on_by_itself(lab: Lab):
    cloud, staff = Cloud.objects.get(), asking.director()
    catalog.set_cloud_state(cloud=cloud, state=CloudState.MAINTENANCE, by=staff, notice="New disks")
    lab.start_worker()
    allocation = approved()
    until(lambda: Step.objects.filter(plan__allocation=allocation.pk).exists(), what="a plan")
    until(lambda: "maintenance" in Allocation.objects.get(pk=allocation.pk).words, what="words that say so")
    assert lab.mutations() == 0, "nothing is made in maintenance"

    catalog.set_cloud_state(cloud=cloud, state=CloudState.OPEN, by=staff)

    await_phase(allocation, "ready")
    assert_built(lab, servers=1)


def test_an_outage_is_waited_for(lab: Lab):
    lab.cloud.fault(path="/compute", status=503, times=None)
    lab.cloud.fault(path="/volume", status=503, times=None)
    lab.start_worker()
    allocation = approved()
    refused = "a few refused calls"
    until(lambda: sum(call["status"] == 503 for call in lab.cloud.calls()["calls"]) >= 4, what=refused)
    assert phase(allocation) == "building"

    lab.cloud.heal()

    await_phase(allocation, "ready")
    assert_built(lab, servers=1)
    assert not Ticket.objects.filter(allocation=allocation).exists(), "an outage is nobody's fault"


def test_a_change_of_grant_adds_a_server_and_grows_a_volume_in_place(lab: Lab, ready: Allocation):
    before = lab.admin.standing()
    change(ready, count=2, volume_gib=20)

    until(lambda: Allocation.objects.get(pk=ready.pk).plan.revision == 2, what="a plan of the new revision")
    await_phase(ready, "ready")

    assert_built(lab, servers=2)
    assert [volume["size"] for volume in lab.volumes()] == [20, 20]
    assert before["servers"] < lab.admin.standing()["servers"], "the first server stays"
    assert before["volumes"] < lab.admin.standing()["volumes"], "its volume too"


def test_a_release_rests_for_the_grace_time_and_a_renewal_brings_it_back(lab: Lab, ready: Allocation):
    before = lab.admin.standing()
    fresh = Allocation.objects.get(pk=ready.pk)
    allocations.release_allocation(allocation=fresh, by=owner())
    await_phase(ready, "suspended")
    assert [server["status"] for server in lab.servers()] == ["SHUTOFF"]

    allocations.renew_allocation(allocation=fresh, by=owner(), until=(timezone.now() + timedelta(days=90)).date())

    await_phase(ready, "ready")
    assert lab.admin.standing() == before
    release_now(ready)
    await_phase(ready, "released")
    assert lab.servers() == []
