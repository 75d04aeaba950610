"""Who gets an account on servers that are built from now on."""

import pytest

from projects.accounts import accounts_of
from projects.models import User
from projects.states import MemberRole
from tests.factories import PUBLIC_KEY, AllocationFactory, MemberFactory, SshKeyFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def allocation():
    requester = UserFactory(github_login="ada-porter")
    people = [{"login": "ada-porter", "github_id": requester.github_id, "keys": [PUBLIC_KEY]}]
    made = AllocationFactory(people=people)
    MemberFactory(project=made.project, user=requester, role=MemberRole.OWNER)
    return made


def test_the_requester_with_the_keys_of_the_request(allocation):
    number = allocation.people[0]["github_id"]
    assert accounts_of(allocation) == (("ada-porter", (PUBLIC_KEY,), number),)


def test_the_requester_has_the_keys_of_the_account_of_today_too_and_each_once(allocation):
    requester = allocation.project.members.get().github_id
    user = User.objects.get(github_id=requester)
    SshKeyFactory(user=user, public_key=" ".join(PUBLIC_KEY.split()[:2]), comment="the same, called otherwise")
    SshKeyFactory(user=user, public_key="ssh-ed25519 AAAAnew", comment="new laptop")
    assert set(accounts_of(allocation)[0].keys) == {PUBLIC_KEY, "ssh-ed25519 AAAAnew new laptop"}


def test_a_member_with_a_key_gets_one_too(allocation):
    ben = UserFactory(github_login="Ben-Builder")
    SshKeyFactory(user=ben, public_key="ssh-ed25519 AAAAben", comment="laptop")
    MemberFactory(project=allocation.project, user=ben)
    assert accounts_of(allocation)[1] == ("ben-builder", ("ssh-ed25519 AAAAben laptop",), ben.github_id)


def test_a_member_without_a_key_gets_none(allocation):
    MemberFactory(project=allocation.project, user=UserFactory(github_login="no-key"))
    assert [account.login for account in accounts_of(allocation)] == ["ada-porter"]


def test_a_key_of_somebody_who_is_no_member_stays_out(allocation):
    SshKeyFactory(user=UserFactory(github_login="eve-outsider"))
    assert [account.login for account in accounts_of(allocation)] == ["ada-porter"]


def test_who_left_gets_none_any_more(allocation):
    ben = UserFactory(github_login="ben-builder")
    SshKeyFactory(user=ben)
    MemberFactory(project=allocation.project, user=ben, role=MemberRole.OWNER)
    allocation.project.members.filter(github_login="ada-porter").delete()
    assert [account.login for account in accounts_of(allocation)] == ["ben-builder"]


def test_a_server_is_never_left_without_anybody(allocation):
    allocation.project.members.all().delete()
    assert [account.login for account in accounts_of(allocation)] == ["ada-porter"]
