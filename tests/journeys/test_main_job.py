"""From an approval to a connected server and back, with a real worker process, through kills and a lost broker."""

import pytest
from redis import Redis

from projects.models import Allocation
from provisioning.models import Sighting
from tests.journeys.lab import Lab, approved, assert_built, assert_nothing_left, await_phase, phase, release_now
from tests.processes import until


@pytest.mark.django_db(transaction=True)
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


def is_ready(allocation: Allocation) -> bool:
    return phase(allocation) == "ready"


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_again_and_again_makes_no_twin(lab: Lab):
    allocation = approved(count=2)
    for more in (2, 3, 3):  # a kill comes late, so what is left for the last of them may be less
        running = lab.start_worker()
        calls = lab.mutations() + more
        until(lambda calls=calls: lab.mutations() >= calls or is_ready(allocation), what="more calls")
        running.kill()

    lab.start_worker()

    await_phase(allocation, "ready")
    assert_built(lab, servers=2)


@pytest.mark.django_db(transaction=True)
def test_an_emptied_redis_costs_no_work(lab: Lab, redis: Redis):
    lab.start_worker()
    allocation = approved(count=2)
    until(lambda: lab.mutations() > 5, what="some calls")

    redis.flushdb()  # flushall would empty it for the other half of a divided run too

    await_phase(allocation, "ready")
    assert_built(lab, servers=2)


@pytest.mark.django_db(transaction=True)
def test_a_release_goes_on_where_a_killed_worker_left_it(lab: Lab):
    running = lab.start_worker()
    allocation = approved()
    await_phase(allocation, "ready")
    calls = lab.mutations()
    release_now(allocation)
    until(lambda: lab.mutations() >= calls + 2, what="a release under way")
    running.kill()

    lab.start_worker()

    await_phase(allocation, "released")
    assert_nothing_left(lab)
