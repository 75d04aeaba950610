"""Members of whom GitHub has not told the number: asked, or known to nobody."""

import pytest
from django.test import Client
from django.utils import timezone

from projects.models import Lookup, Project, User
from projects.services.lookups import record_answer
from projects.services.members import add_member
from projects.states import LookupState, MemberRole
from tests.factories import MemberFactory, ProjectFactory, UserFactory
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db
ASKED, NOBODY = "GitHub is being asked", "GitHub knows nobody of this name"


@pytest.fixture
def owner() -> User:
    owner = UserFactory(github_login="ada-porter")
    MemberFactory(project=ProjectFactory(slug="fastcodec"), user=owner, role=MemberRole.OWNER)
    return owner


def page(client: Client) -> str:
    return client.get("/projects/fastcodec/").content.decode()


def test_a_login_that_nobody_has_is_told(owner: User, django_assert_max_num_queries) -> None:
    client, project = signed_in(owner), Project.objects.get(slug="fastcodec")
    for login in ("Mistyped-Name", "ben-builder"):
        add_member(project=project, by=owner, login=login)
    shown = page(client)
    assert (shown.count(ASKED), shown.count(NOBODY)) == (2, 0)
    lookup = Lookup.objects.get(key="mistyped-name")
    record_answer(lookup=lookup, state=LookupState.ABSENT, now=timezone.now())
    with django_assert_max_num_queries(10):
        shown = page(client)
    assert (shown.count(ASKED), shown.count(NOBODY)) == (1, 1)


def test_a_known_member_is_not_doubted_for_an_old_answer(owner: User) -> None:
    Lookup.objects.create(kind="login", key="ada-porter", state=LookupState.ABSENT)
    assert NOBODY not in page(signed_in(owner))
