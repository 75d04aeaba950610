"""Members: of whom GitHub has not told the number, who leaves or is demoted, and what they may still have."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from projects.models import Allocation, Lookup, Mail, Member, Project, User
from projects.services.lookups import record_answer
from projects.services.members import add_member
from projects.states import Desired, Kind, LookupState, MemberRole
from tests.factories import AllocationFactory, MemberFactory, ProjectFactory, UserFactory, at_the_desk
from tests.factories_provisioning import StepFactory
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db
ASKED, NOBODY = "GitHub is being asked", "GitHub knows nobody of this name"


@pytest.fixture
def owner(owner: User) -> User:
    ProjectFactory(slug="fastcodec", owner=owner)
    return owner


def page(client: Client) -> str:
    return client.get("/projects/fastcodec/").content.decode()


def credential(allocation: Allocation) -> str:
    return reverse("provisioning:credential", args=[allocation.pk])


def demoted(client: Client, member: Member) -> str:
    address = f"/projects/fastcodec/members/{member.pk}/"
    return client.post(address, {"role": MemberRole.MEMBER}, follow=True).content.decode()


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


@pytest.mark.parametrize("leaves", [False, True])
@pytest.mark.parametrize(
    ("kind", "desired", "told"),
    [
        (Kind.CLOUD, Desired.PRESENT, True),
        (Kind.CLOUD, Desired.SUSPENDED, True),
        (Kind.CLOUD, Desired.ABSENT, False),
        (Kind.MANAGED, Desired.PRESENT, False),
    ],
)
def test_owners_are_told_of_the_credential_that_who_left_may_have(owner, kind, desired, told, leaves) -> None:
    project = Project.objects.get(slug="fastcodec")
    allocation = AllocationFactory(project=project, kind=kind, desired=desired)
    second = UserFactory(github_login="ben-builder")
    member = MemberFactory(project=project, user=second, role=MemberRole.OWNER)
    client = signed_in(second if leaves else owner)
    shown = client.post(f"/projects/fastcodec/members/{member.pk}/", {"remove": "1"}, follow=True).content.decode()
    assert ("may still have the application credential" in shown) is (told and not leaves)
    assert (f'href="{credential(allocation)}">New credential' in shown) is (
        told and not leaves and desired is Desired.PRESENT
    )
    assert not Member.objects.filter(pk=member.pk).exists()
    mails = Mail.objects.filter(key__contains=":credential:")
    assert [(mail.person, mail.path) for mail in mails] == ([(owner, "/projects/fastcodec/")] if told else [])
    assert not Mail.objects.filter(text__contains="ben-builder").exists(), "an erased account stands in no table"


@pytest.mark.parametrize(("role", "told"), [(MemberRole.OWNER, True), (MemberRole.MAINTAINER, False)])
def test_who_demotes_an_owner_is_told_of_the_credential_and_can_replace_it(owner, role, told) -> None:
    project, ben = Project.objects.get(slug="fastcodec"), UserFactory(github_login="ben-builder")
    allocation = AllocationFactory(project=project, kind=Kind.CLOUD)
    member = MemberFactory(project=project, user=ben, role=role)
    for _ in range(2):  # each time anew: in between ben could download it again
        shown = demoted(signed_in(owner), member)
        assert (f'href="{credential(allocation)}">New credential' in shown) is told
        Member.objects.filter(pk=member.pk).update(role=role)
    mails = Mail.objects.filter(key__contains=":credential:")
    assert [(mail.person, "no longer an owner" in mail.text) for mail in mails] == [(owner, True)] * 2 * told


def test_only_who_can_replace_the_credential_is_sent_to_it(owner, settings) -> None:
    project = Project.objects.get(slug="fastcodec")
    allocation = AllocationFactory(project=project, kind=Kind.CLOUD)
    own = MemberFactory(project=project, user=UserFactory(), role=MemberRole.OWNER)
    ben = MemberFactory(project=project, user=UserFactory(github_login="ben-builder"))
    staff = signed_in(at_the_desk(settings, UserFactory(), staff=True))
    removed = staff.post(f"/projects/fastcodec/members/{ben.pk}/", {"remove": "1"}, follow=True).content.decode()
    stepped_down = demoted(signed_in(User.objects.get(github_id=own.github_id)), own)
    for shown in (removed, stepped_down):
        assert "its owners are told, and can replace it" in shown
        assert credential(allocation) not in shown


@pytest.mark.parametrize("kind", [Kind.CLOUD, Kind.MANAGED])
def test_the_pages_of_members_say_that_the_credential_stays_with_who_had_it(owner, kind) -> None:
    allocation = AllocationFactory(project=Project.objects.get(slug="fastcodec"), kind=kind)
    if kind is Kind.CLOUD:
        StepFactory(plan__allocation=allocation, key="credential")
    ben = MemberFactory(project=allocation.project, user=UserFactory(github_login="ben-builder"))
    asked = signed_in(owner).get(f"/projects/fastcodec/members/{ben.pk}/").content.decode()
    assert ("A clouds.yaml that ben-builder has works until" in asked) is (kind is Kind.CLOUD)
    said = [
        "may still have the application credential" in page(signed_in(user))
        for user in (owner, User.objects.get(github_id=ben.github_id))
    ]
    assert said == [kind is Kind.CLOUD, False]


def test_a_removal_is_asked_about_first(owner: User) -> None:
    ben = MemberFactory(project=Project.objects.get(slug="fastcodec"), user=UserFactory(github_login="ben-builder"))
    client, url = signed_in(owner), f"/projects/fastcodec/members/{ben.pk}/"
    assert f'href="{url}"' in page(client)
    assert 'name="remove"' not in page(client)
    asked = client.get(url).content.decode()
    assert "Remove ben-builder from" in asked
    assert '<input type="hidden" name="remove" value="1">' in asked
    assert Member.objects.filter(pk=ben.pk).exists()


def test_who_leaves_is_asked_and_nobody_else_may_be_removed_by_members(owner: User) -> None:
    project, user = Project.objects.get(slug="fastcodec"), UserFactory()
    own = MemberFactory(project=project, user=user)
    client = signed_in(user)
    assert "Leave the project" in client.get(f"/projects/fastcodec/members/{own.pk}/").content.decode()
    other = Member.objects.get(github_id=owner.github_id)
    assert client.get(f"/projects/fastcodec/members/{other.pk}/").status_code == 403
