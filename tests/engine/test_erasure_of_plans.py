"""Who erased their account leaves the plans, but for those that the engine takes in hand at that moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from provisioning.engine.lease import claim
from provisioning.erasure import forget_erased
from provisioning.models import Plan, Step
from tests.engine.world import make_plan
from tests.factories import UserFactory
from tests.processes import until

WAITERS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITERS)
        return bool(cursor.fetchone()[0])


def forget() -> int:
    try:
        return forget_erased(now=timezone.now())
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_what_the_engine_claims_meanwhile_waits():
    gone = UserFactory(erased_at=timezone.now())
    make_plan()
    step = Step.objects.get(key="server:web-1")
    Step.objects.filter(pk=step.pk).update(want={**step.want, "people": [["ada", []]], "numbers": [gone.github_id]})
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert claim("paper", 1)
            forgotten = pool.submit(forget)
            until(somebody_waits_for_us, what="the erasure to wait for the claim")
        assert forgotten.result(timeout=60) == 0
    Plan.objects.update(lease_until=None)
    assert forget() == 1
