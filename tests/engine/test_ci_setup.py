"""A Jenkins that runs builds on its own machine undoes what keeps projects apart: the desk is told while it is so."""

from projects.models import Ticket
from projects.states import TicketState
from provisioning import ci_setup
from provisioning.models import Watch
from tests.engine.lab import Lab


def looked(lab: Lab, executors: int) -> None:
    lab.sim.control("POST", "controller", {"controller": {"executors": executors}})
    assert lab.look()
    ci_setup.tell()


def test_the_desk_is_told_while_it_is_so(lab: Lab) -> None:
    looked(lab, 0)
    assert not Ticket.objects.exists()
    for _ in range(2):
        looked(lab, 2)
    ticket = Ticket.objects.get()
    assert (ticket.internal, ticket.status) == (True, TicketState.OPEN)
    assert "executors to 0" in ticket.messages.get().text
    looked(lab, 0)
    ticket.refresh_from_db()
    assert ticket.status is TicketState.RESOLVED


def test_what_was_never_seen_is_not_told(db: None) -> None:
    ci_setup.tell()
    Watch.objects.create(cloud="jenkins")
    ci_setup.tell()
    assert not Ticket.objects.exists()
