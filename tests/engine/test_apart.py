"""What goes wrong with one allocation stays with it: no other waits for it, and a person is told."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from projects.models import AccessRequest, Allocation, Ticket
from projects.services.allocations.moves import ends_key
from provisioning import engine, tasks
from provisioning.engine import calls
from provisioning.engine.lease import claim
from provisioning.engine.run import Hand, Pass
from provisioning.engine.site import Clock
from provisioning.engine.unit import Unit
from provisioning.errors import Busy
from provisioning.models import Deployment, Plan, Secret, Step, Watch
from provisioning.reconcile import write_plans
from provisioning.settle import settle
from tests.engine.paper import KINDS, site
from tests.engine.test_reconcile import an_allocation, cloud, grant
from tests.engine.world import make_plan, states
from tests.factories import MailFactory, SubmittedRequestFactory

__all__ = ["cloud"]


def test_an_allocation_that_cannot_be_read_stops_no_other(cloud, paper):
    an_allocation(cloud, grant={"lines": [{"key": "web"}]})
    good = an_allocation(cloud)
    for _ in range(2):
        write_plans()
    assert Plan.objects.get(allocation=good).steps.exists()
    assert "fault in the portal" in Ticket.objects.get().title


def test_what_cannot_be_planned_does_not_keep_others_waiting(cloud, paper):
    an_allocation(cloud, grant=grant(flavor="gone").as_json())
    assert write_plans(most=1) == set()
    good = an_allocation(cloud)
    assert write_plans(most=1) == {"paper"}
    assert Plan.objects.get(allocation=good).steps.exists()


def test_a_date_that_cannot_be_kept_stops_no_other(cloud):
    """Neither those behind it nor other kinds of dates; one ticket tells of it."""
    now = timezone.now()
    bad, good, gone = an_allocation(cloud), an_allocation(cloud), an_allocation(cloud)
    Allocation.objects.update(ends_at=now - timedelta(hours=1))
    Allocation.objects.filter(pk=bad.pk).update(kind="unknown", ends_at=now - timedelta(hours=2))
    told = {"desired": "suspended", "absent_at": now, "noticed_at": now}
    Allocation.objects.filter(pk=gone.pk).update(**told)
    key = f"allocation:{gone.pk}:{ends_key(Allocation.objects.get(pk=gone.pk))}:1"
    MailFactory(key=key, project=gone.project, sent_at=now)
    asked = SubmittedRequestFactory(state="returned")
    AccessRequest.objects.update(updated_at=now - timedelta(days=61))
    tasks.dates()
    desired = [Allocation.objects.get(pk=one.pk).desired for one in (bad, good, gone)]
    assert desired == ["present", "suspended", "absent"]
    asked.refresh_from_db()
    assert asked.state == "lapsed"
    assert "fault in the portal" in Ticket.objects.get().title


def test_an_outcome_that_cannot_be_told_stops_no_other(cloud, paper):
    bad, good = an_allocation(cloud), an_allocation(cloud)
    write_plans()
    engine.advance(site(paper))
    Step.objects.filter(plan__allocation=bad, key="server:web-1").update(state="failed", who="a stranger", told=False)
    settle()
    assert Allocation.objects.get(pk=good.pk).phase == "ready"
    assert Ticket.objects.get().internal is True


def test_a_secret_under_a_lost_key_is_one_allocations_trouble(paper):
    bad = make_plan()
    engine.advance(site(paper))
    Secret.objects.update(ciphertext=Fernet(Fernet.generate_key()).encrypt(b"x").decode())
    Step.objects.filter(plan=bad, key="role").update(state="running")
    Plan.objects.filter(pk=bad.pk).update(due_at=bad.created_at)
    good = make_plan()
    engine.advance(site(paper))
    assert set(states(good).values()) == {"ready"}
    assert Watch.objects.get().paused_until is None
    role = bad.steps.get(key="role")
    assert (role.state, role.failure, role.who) == ("failed", "credential_broken", "lab")


@pytest.fixture
def clumsy(monkeypatch):
    """A kind whose comparison with the listing has a fault."""

    class Clumsy(type(KINDS["server"])):
        def watch(self, it):
            raise ZeroDivisionError

    return {**KINDS, "server": Clumsy("server")}


def test_a_fault_in_a_comparison_is_told_and_the_rest_of_the_plan_goes_on(paper, clumsy):
    plan = make_plan()
    engine.advance(site(paper))
    Step.objects.filter(key="volume:web-1").update(state="running")
    Plan.objects.update(due_at=plan.created_at)
    faulty = site(paper)
    engine.advance(type(faulty)(faulty.name, faulty.cloud, clumsy, faulty.look))
    assert states(plan)["volume:web-1"] == "ready"
    server = plan.steps.get(key="server:web-1")
    assert (server.state, server.failure) == ("ready", "bug")
    settle()
    assert "fault in the portal" in Ticket.objects.get().title
    Plan.objects.update(due_at=plan.created_at)
    engine.advance(faulty)
    assert plan.steps.get(key="server:web-1").failure == ""


def test_a_plan_that_cannot_be_carried_out_is_told_and_stops_no_other(paper):
    bad, good = make_plan(), make_plan()
    Step.objects.filter(plan=bad, key="server:web-1").update(needs=[[]])
    engine.advance(site(paper))
    assert set(states(good).values()) == {"ready"}
    settle()
    ticket = Ticket.objects.get()
    assert "provisioning/order.py" in ticket.title


def test_a_call_that_its_lease_no_longer_covers_is_not_made(paper):
    make_plan()
    plan, lease = claim("paper", 1)[0]
    unit = Unit(site(paper), Deployment.objects.get().id, plan, lease, Clock())
    unit.load()
    call = next(iter(unit.launch(lambda _: None)))
    lease.ends = float("-inf")
    answer = calls.answered(call.run)
    assert isinstance(answer, Busy)
    assert not paper.calls
    unit.land(call.key, call.verb, answer)
    assert states(plan)["project"] == "running"


def test_what_is_dropped_is_not_called_any_more(paper):
    make_plan()
    plan, lease = claim("paper", 1)[0]
    one = Pass(site(paper), Deployment.objects.get().id, Watch.objects.create(cloud="paper"))
    one._drop(Hand(Unit(one.site, one.deployment, plan, lease, one.clock), None))
    assert not lease.lasts()
