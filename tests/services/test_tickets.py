"""Conversations."""

from importlib import import_module

import pytest
from django.db import connection

from projects.errors import IllegalMove, Invalid, NotAllowed
from projects.models import Mail, Message, Ticket
from projects.services.requests import decline_request
from projects.services.tickets import move_ticket, open_ticket, post_message
from projects.states import MemberRole, TicketState
from tests.factories import MemberFactory, ProjectFactory, TicketFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(db):
    return ProjectFactory()


@pytest.fixture
def keeper(project):
    user = UserFactory()
    MemberFactory(project=project, user=user, role=MemberRole.MAINTAINER)
    return user


@pytest.fixture
def ticket(project, keeper):
    return open_ticket(title="No network", text="It does not answer.", project=project, by=keeper)


def test_a_key_opens_one_ticket(project):
    first = open_ticket(key="step:1", title="Failed", text="No room.", project=project)
    assert open_ticket(key="step:1", title="Failed", text="No room.", project=project) == first
    assert Message.objects.count() == 1


def test_trouble_told_again_reopens_or_follows(project, operator):
    first = open_ticket(key="step:1", title="Failed", text="No room.", project=project)
    move_ticket(ticket=first, to=TicketState.RESOLVED, by=operator)
    again = open_ticket(key="step:1", title="Failed again", text="Again.", project=project)
    again.refresh_from_db()
    assert (again.pk, again.status, again.messages.count()) == (first.pk, TicketState.OPEN, 2)
    assert again.title == "Failed again"
    assert Mail.objects.filter(person=operator, kind="ticket").count() == 2
    move_ticket(ticket=first, to=TicketState.RESOLVED, by=operator)
    move_ticket(ticket=first, to=TicketState.CLOSED, by=operator)
    third = open_ticket(key="step:1", title="Failed", text="Once more.", project=project)
    assert (third.follows, third.status) == (first, TicketState.OPEN)


def test_question_and_answer_move_the_ticket(ticket, keeper, operator):
    post_message(ticket=ticket, by=operator, text="Which server?", waiting=True)
    ticket.refresh_from_db()
    assert ticket.status is TicketState.WAITING
    post_message(ticket=ticket, by=keeper, text="The first.")
    ticket.refresh_from_db()
    assert ticket.status is TicketState.OPEN
    assert Mail.objects.filter(person=keeper).count() == 1
    assert Mail.objects.filter(person=operator).count() == 1


def test_an_answer_to_a_closed_ticket_opens_one_that_names_it(ticket, keeper, operator):
    move_ticket(ticket=ticket, to=TicketState.RESOLVED, by=operator)
    move_ticket(ticket=ticket, to=TicketState.CLOSED, by=operator)
    message = post_message(ticket=ticket, by=keeper, text="It is back.")
    assert message.ticket.follows == ticket
    assert message.ticket.status is TicketState.OPEN


def test_an_answer_after_a_refusal_stays_the_requesters_however_often_it_is_closed(submitted, requester, operator):
    decline_request(request=submitted, by=operator, reason="It is no free software.")
    ticket = Ticket.objects.get(request=submitted)
    for number in range(2):
        if number:
            move_ticket(ticket=ticket, to=TicketState.RESOLVED, by=operator)
        move_ticket(ticket=ticket, to=TicketState.CLOSED, by=operator)
        ticket = post_message(ticket=ticket, by=requester, text="Now it is.").ticket
        assert Ticket.objects.visible_to(requester).filter(pk=ticket.pk).exists()
        said = post_message(ticket=ticket, by=operator, text="Then ask again, please.")
        assert Mail.objects.get(key=f"ticket:{ticket.pk}:{said.pk}:{requester.pk}").person == requester
    assert Ticket.objects.filter(request=submitted).count() == 1


def test_threads_from_before_become_the_requesters_with_all_that_follow_them(submitted, requester):
    first = Ticket.objects.get(request=submitted)
    second = TicketFactory(follows=first)
    third, other = TicketFactory(follows=second), TicketFactory()
    Ticket.objects.update(requester=None)
    with connection.cursor() as cursor:
        cursor.execute(import_module("projects.migrations.0005_ticket_requester").OF_REQUESTS)
    assert set(Ticket.objects.filter(requester=requester)) == {first, second, third}
    assert Ticket.objects.get(requester=None) == other


def test_an_illegal_move_is_refused(ticket, operator):
    with pytest.raises(IllegalMove):
        move_ticket(ticket=ticket, to=TicketState.CLOSED, by=operator)


@pytest.mark.parametrize("text", ["", "  \n", "a\x00b", "\u202eabc", "x" * 5001])
def test_messages_say_something_that_can_be_seen(ticket, keeper, text):
    with pytest.raises(Invalid) as refused:
        post_message(ticket=ticket, by=keeper, text=text)
    assert refused.value.field == "text"


def test_strangers_and_plain_members_do_not_write(ticket, project):
    member = UserFactory()
    MemberFactory(project=project, user=member)
    for person in (member, UserFactory()):
        with pytest.raises(NotAllowed):
            post_message(ticket=ticket, by=person, text="Hello")
        with pytest.raises(NotAllowed):
            move_ticket(ticket=ticket, to=TicketState.RESOLVED, by=person)


def test_the_desks_own_tickets_stay_its_own(project, keeper, operator):
    ticket = open_ticket(title="Broken", text="The password is wrong.", project=project, internal=True)
    with pytest.raises(NotAllowed):
        post_message(ticket=ticket, by=keeper, text="Hello")
    assert not Ticket.objects.visible_to(keeper).exists()
    assert Ticket.objects.visible_to(operator).exists()
    assert not Mail.objects.filter(person=keeper).exists()
