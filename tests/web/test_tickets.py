"""A new ticket from the desk, about any project, found by its name; and where a ticket leads the desk to."""

import pytest
from django.test import Client

from projects import paths
from projects.models import Ticket
from projects.services.tickets import move_ticket, open_ticket
from projects.states import TicketState
from tests.factories import ProjectFactory, UserFactory, at_the_desk
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db
URL = "/tickets/new/"


@pytest.fixture
def desk(settings) -> Client:
    return signed_in(at_the_desk(settings, UserFactory()))


def offered(client: Client, query: str = "") -> list[str]:
    page = client.get(URL + query)
    assert page.status_code == 200
    return [name for _, name in page.context["form"].fields["project"].choices]


def test_the_desk_finds_any_project_by_name(desk, django_assert_max_num_queries):
    ProjectFactory.create_batch(60)
    last = ProjectFactory(name="Zlib, the old one", slug="zlib")
    assert len(offered(desk)) == 50
    assert last.name not in offered(desk)
    with django_assert_max_num_queries(10):
        assert offered(desk, "?q=zLIB") == [last.name]
    assert offered(desk, "?project=zlib")[0] == last.name
    assert 'value="zLIB"' in desk.get(URL + "?q=zLIB").content.decode()
    said = {"project": "zlib", "title": "Your disk", "text": "It is full."}
    assert desk.post(URL, said).status_code == 302
    assert Ticket.objects.get().project == last


def test_what_has_no_such_name_is_said_and_another_can_be_looked_for(desk):
    ProjectFactory()
    page = desk.get(URL + "?q=nothing%00of%20this").content.decode()
    assert "No project has this in its name" in page
    assert 'type="search"' in page
    assert desk.post(URL, {"project": "a\x00b", "title": "x", "text": "y"}).status_code == 422


def test_owners_search_nothing():
    user = UserFactory()
    own = ProjectFactory(owner=user)
    ProjectFactory(name="Somebody else")
    assert offered(signed_in(user), "?q=some") == [own.name]
    assert 'type="search"' not in signed_in(user).get(URL).content.decode()


@pytest.mark.parametrize("word", sorted(paths.DESK))
@pytest.mark.parametrize("rest", ["", ":5:1"])
def test_what_the_portal_opened_leads_to_the_desks_page_also_once_it_is_closed_and_told_again(desk, word, rest):
    told = {"key": word + rest, "title": "It is so", "text": "Look.", "internal": True}
    first = open_ticket(**told)
    for to in (TicketState.RESOLVED, TicketState.CLOSED):
        move_ticket(ticket=first, to=to, by=None)
    again = open_ticket(**told)
    assert again != first
    for ticket in (first, again):
        page = desk.get(f"/tickets/{ticket.pk}/").content.decode()
        assert f'<a href="{paths.desk_page(word)}">Look and act</a>' in page
