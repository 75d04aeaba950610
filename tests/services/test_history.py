"""What the history says, in words that a person would use."""

import pytest

from projects.history import happenings, with_names
from projects.models import Event
from projects.services.allocations import mark_phase
from projects.services.lookups import put_into_effect
from projects.services.members import add_member, change_role
from projects.services.requests import answer_request, decline_request, return_request
from projects.services.tickets import move_ticket, open_ticket
from projects.states import MemberRole, TicketState
from tests.factories import AllocationFactory, MemberFactory, ProjectFactory

pytestmark = pytest.mark.django_db


def told(verb: str) -> list[str]:
    return list(Event.objects.filter(verb=verb).order_by("id").values_list("text", flat=True))


def test_the_moves_of_a_request(submitted, requester, operator):
    return_request(request=submitted, by=operator, question="Which branch?")
    answer_request(request=submitted, by=requester, text="main")
    decline_request(request=submitted, by=operator, reason="No machines.")
    name = submitted.name
    assert told("request.submitted") == [f"Request for {name}: sent to the lab", f"Request for {name}: answered"]
    assert told("request.returned") == [f"Request for {name}: returned with a question"]
    assert told("request.declined") == [f"Request for {name}: declined"]


def test_the_phases_of_an_allocation():
    allocation = AllocationFactory(phase="ready")
    mark_phase(allocation=allocation, phase="changing", who="nobody", words="")
    (text,) = told("allocation.changing")
    assert text == f"Managed servers on {allocation.generation}: being changed"


def test_a_ticket_and_a_role(operator, staff):
    project = ProjectFactory()
    ticket = open_ticket(title="No network", text="It does not answer.", project=project)
    move_ticket(ticket=ticket, to=TicketState.RESOLVED, by=operator)
    assert told("ticket.resolved") == ["Ticket “No network”: resolved"]
    MemberFactory(project=project, role=MemberRole.OWNER)
    other = MemberFactory(project=project, role=MemberRole.OWNER)
    change_role(member=other, by=staff, role="member")
    (change,) = happenings(with_names(project.events.filter(verb="member.role")))
    assert (change.who, change.text) == (str(staff), "somebody is member now, was owner")


def test_who_was_added_is_named_once_github_has_told_the_number(staff):
    project = ProjectFactory()
    add_member(project=project, by=staff, login="max-member")

    def said():
        (added,) = happenings(with_names(project.events.filter(verb="member.added")))
        return added.text

    assert said() == "somebody was added as member"
    put_into_effect("max-member", 5_000_123)
    assert said() == "max-member was added as member"
