"""Members, keys and accounts."""

import json

import pytest
from django.utils import timezone

from projects.errors import AlreadyMember, Invalid, LastOwner, NotAllowed
from projects.models import AccessRequest, Allocation, Event, Lookup, Member, SshKey
from projects.services import members as verbs
from projects.services.account import erase_account, stored_about
from projects.services.hooks import account_erased
from projects.services.keys import add_key, import_keys, remove_key
from projects.services.lookups import record_answer
from projects.states import Desired, LookupState, MemberRole, RequestState
from tests.factories import (
    PUBLIC_KEY,
    AllocationFactory,
    MailFactory,
    MemberFactory,
    ProjectFactory,
    SshKeyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def answer(lookup, **facts):
    return record_answer(lookup=lookup, state=LookupState.FOUND, now=timezone.now(), answer=facts)


@pytest.fixture
def project(db):
    return ProjectFactory()


@pytest.fixture
def owner(project):
    user = UserFactory()
    MemberFactory(project=project, user=user, role=MemberRole.OWNER)
    return user


def test_a_member_counts_once_the_numeric_id_is_known(project, owner):
    member = verbs.add_member(project=project, by=owner, login="Ben-Builder")
    ben = UserFactory(github_login="ben-builder")
    assert verbs.role_in(project, ben) is None
    answer(Lookup.objects.get(kind="login", key="ben-builder"), id=ben.github_id)
    assert verbs.role_in(project, ben) is MemberRole.MEMBER
    member.refresh_from_db()
    assert Event.objects.filter(verb="member.in_effect").exists()
    other = ProjectFactory()
    MemberFactory(project=other, user=owner, role=MemberRole.OWNER)
    assert verbs.add_member(project=other, by=owner, login="ben-builder").github_id == ben.github_id


def test_one_person_under_two_logins_is_one_member(project, owner):
    ben = UserFactory(github_login="ben-builder")
    MemberFactory(project=project, user=ben)
    verbs.add_member(project=project, by=owner, login="ben-new")
    answer(Lookup.objects.get(kind="login", key="ben-new"), id=ben.github_id)
    assert project.members.filter(github_id=ben.github_id).count() == 1
    assert not project.members.filter(github_id__isnull=True).exists()


@pytest.mark.parametrize("login", ["", "-a", "a--b", "a b", "<b>", "x" * 40, "a\x00"])
def test_what_is_no_login_is_refused(project, owner, login):
    with pytest.raises(Invalid) as refused:
        verbs.add_member(project=project, by=owner, login=login)
    assert refused.value.field == "login"


def test_nobody_is_added_twice(project, owner):
    verbs.add_member(project=project, by=owner, login="ben")
    with pytest.raises(AlreadyMember):
        verbs.add_member(project=project, by=owner, login="BEN")


def test_a_project_keeps_an_owner(project, owner):
    mine = project.members.get()
    with pytest.raises(LastOwner, match=project.name):
        verbs.remove_member(member=mine, by=owner)
    with pytest.raises(LastOwner):
        verbs.change_role(member=mine, by=owner, role=MemberRole.MEMBER)
    pending = verbs.add_member(project=project, by=owner, login="not-known-yet", role=MemberRole.OWNER)
    with pytest.raises(LastOwner):
        verbs.remove_member(member=mine, by=owner)
    Member.objects.filter(pk=pending.pk).update(github_id=99)
    verbs.remove_member(member=mine, by=owner)
    assert verbs.role_in(project, owner) is None


@pytest.mark.parametrize("role", [None, MemberRole.MEMBER, MemberRole.MAINTAINER])
def test_only_owners_manage_members(project, owner, role):
    person = UserFactory()
    mine = MemberFactory(project=project, user=person, role=role) if role else None
    other = MemberFactory(project=project)
    for call in (
        lambda: verbs.add_member(project=project, by=person, login="ben"),
        lambda: verbs.remove_member(member=other, by=person),
        lambda: verbs.change_role(member=other, by=person, role=MemberRole.OWNER),
    ):
        with pytest.raises(NotAllowed):
            call()
    if mine:
        verbs.remove_member(member=mine, by=person)  # everybody may leave
        assert not Member.objects.filter(pk=mine.pk).exists()


def test_a_key_is_kept_once(owner):
    first = add_key(user=owner, text=PUBLIC_KEY)
    assert add_key(user=owner, text=PUBLIC_KEY + " again").pk == first.pk
    assert first.fingerprint.startswith("SHA256:")
    with pytest.raises(Invalid):
        remove_key(key=first, by=UserFactory())
    remove_key(key=first, by=owner)
    assert not SshKey.objects.exists()


def test_keys_come_from_the_account_of_the_same_number(owner):
    assert import_keys(user=owner).status is LookupState.ASKED
    lookup = Lookup.objects.get(kind="keys")
    answer(lookup, id=owner.github_id + 1, keys=[PUBLIC_KEY])
    import_keys(user=owner)
    assert not SshKey.objects.exists()
    answer(lookup, id=owner.github_id, keys=["ssh-dss AAAA", PUBLIC_KEY])
    import_keys(user=owner)
    assert SshKey.objects.get().imported


def test_what_is_stored_can_be_taken_away_as_json(submitted, requester):
    add_key(user=requester, text=PUBLIC_KEY)
    told = json.loads(json.dumps(stored_about(requester)))
    assert told["account"]["github_id"] == requester.github_id
    assert told["requests"][0]["contacts"][0]["email"] == "ada@example.org"
    assert told["ssh_keys"][0]["public_key"] in PUBLIC_KEY


def test_erasing_leaves_only_the_number_in_the_audit(submitted, requester, django_capture_on_commit_callbacks):
    SshKeyFactory(user=requester)
    MailFactory(person=requester)
    woken = []

    def note(user_id):
        woken.append(user_id)

    account_erased.register(note)
    with django_capture_on_commit_callbacks(execute=True):
        erase_account(user=requester)
    account_erased.forget(note)
    requester.refresh_from_db()
    request = AccessRequest.objects.get(pk=submitted.pk)
    assert (requester.email, requester.github_login, requester.is_active) == ("", "", False)
    assert (request.status, request.contacts, request.ssh_keys) == (RequestState.WITHDRAWN, [], [])
    assert not SshKey.objects.filter(user=requester).exists()
    assert not requester.mails.exists()
    assert Event.objects.filter(actor_id=requester.github_id, verb="account.erased").exists()
    assert woken == [requester.pk]


def test_the_last_owner_of_something_live_is_told_instead(project, owner):
    AllocationFactory(project=project)
    with pytest.raises(LastOwner, match=project.name):
        erase_account(user=owner)
    owner.refresh_from_db()
    assert owner.is_active
    Allocation.objects.update(desired=Desired.ABSENT)
    erase_account(user=owner)
    assert not project.members.exists()
