"""What a project's page shows of servers, volumes and members, and what it leads to."""

import re

import pytest
from django.urls import reverse

from projects.models import Allocation, User
from projects.states import MemberRole
from tests.factories import MemberFactory, ProjectFactory, UserFactory, at_the_desk
from tests.factories_provisioning import built
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return UserFactory(github_login="ada-porter")


@pytest.fixture
def allocation(owner: User) -> Allocation:
    project = ProjectFactory(name="Fastcodec", slug="fastcodec")
    MemberFactory(project=project, user=owner, role=MemberRole.OWNER)
    return built(project=project)


def page(user: User) -> str:
    return " ".join(signed_in(user).get("/projects/fastcodec/").content.decode().split())


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("maintainer", True), ("member", False), ("desk", True)])
def test_a_ticket_begins_with_the_project_chosen(allocation, settings, role: str, may: bool) -> None:
    user = at_the_desk(settings, UserFactory()) if role == "desk" else UserFactory()
    if role != "desk":
        MemberFactory(project=allocation.project, user=user, role=role)
    link = f"{reverse('projects:ticket-new')}?project=fastcodec"
    assert (link in page(user)) is may
    if may:
        form = signed_in(user).get(link).content.decode()
        assert '<option value="fastcodec" selected>Fastcodec</option>' in form


def test_members_are_listed_with_their_roles_in_words(allocation, owner) -> None:
    plain = UserFactory(github_login="max-member")
    MemberFactory(project=allocation.project, user=plain, role=MemberRole.MEMBER)
    words = "Owners look after people and dates, maintainers after servers and tickets; members look and connect."
    seen = page(plain)
    assert words in seen
    assert re.findall(r'<td data-label="Role">(\w+)', seen) == ["Owner", "Member"]
    seen = page(owner)
    assert words in seen
    assert re.findall(r"selected>(\w+)</option>", seen)[:2] == ["Owner", "Member"]


def test_another_role_is_told_in_words(allocation, owner) -> None:
    other = MemberFactory(project=allocation.project, user=UserFactory(github_login="max-member"))
    address = reverse("provisioning:member", args=["fastcodec", other.pk])
    answer = signed_in(owner).post(address, {"role": "maintainer"}, follow=True)
    assert "max-member: maintainer now." in answer.content.decode()
