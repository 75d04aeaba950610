"""CI as a part of a request: what may be asked for, and what its approval makes."""

from dataclasses import replace

import pytest

from projects.amounts import Amount
from projects.errors import Invalid
from projects.grants import CiGrant, Grant, job_name
from projects.losses import losses
from projects.models import Allocation, Part
from projects.services.hooks import members_changed
from projects.services.lookups import ask_login, record_answer
from projects.services.members import add_member, change_role, remove_member
from projects.services.requests import approve_request, request_change, submit_request
from projects.services.requests.parts import PartAsked, check_parts
from projects.states import Kind, LookupState, MemberRole
from tests.factories import AccessRequestFactory, MemberFactory, PartFactory, ProjectFactory

pytestmark = pytest.mark.django_db
CI = CiGrant(("https://github.com/ada-porter/fastcodec",), ("bo-builder",))


@pytest.fixture(autouse=True)
def jenkins(settings):
    settings.JENKINS_URL = "https://ci.example.org/"


@pytest.fixture
def ask(lab):
    def check(ci: CiGrant | None = CI, **grant) -> None:
        check_parts([PartAsked(Kind.CI, lab.cloud, lab.generations["power9"], Grant(ci=ci, **grant))])

    return check


def test_repositories_and_logins_may_be_asked_for(ask):
    ask()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"repositories": ()}, "repositories", "one in a line"),
        ({"repositories": ("http://example.org/x",)}, "repositories", "https address"),
        ({"repositories": ("https://user:pw@example.org/x",)}, "repositories", "https address"),
        ({"repositories": ("https://example.org/",)}, "repositories", "https address"),
        ({"repositories": ("https://example.org/a b",)}, "repositories", "https address"),
        ({"repositories": ("https://example.org/x?y=1",)}, "repositories", "https address"),
        ({"repositories": ("https://example.org/x\x07",)}, "repositories", "https address"),
        ({"repositories": ("file:///etc/passwd",)}, "repositories", "https address"),
        ({"repositories": ("https://example.org/...",)}, "repositories", "https address"),
        ({"repositories": ("https://a.org/About-the-agents",)}, "repositories", "every folder has one"),
        ({"repositories": ("https://a.org/Codec", "https://b.org/codec.git")}, "repositories", "are called codec"),
        ({"repositories": tuple(f"https://a.org/{n}" for n in range(21))}, "repositories", "1 to 20"),
        ({"logins": ("-ada",)}, "logins", "no GitHub login"),
        ({"logins": ("ada;Overall/Administer",)}, "logins", "no GitHub login"),
        ({"logins": tuple(f"ada{n}" for n in range(51))}, "logins", "50 logins"),
    ],
)
def test_what_jenkins_or_github_could_not_take_is_refused_by_field(ask, changes, field, words):
    with pytest.raises(Invalid, match=words) as refused:
        ask(replace(CI, **changes))
    assert refused.value.field == f"parts.0.{field}"


def test_ci_is_no_servers(ask):
    with pytest.raises(Invalid, match="not servers"):
        ask(access=Amount(vcpus=1))
    with pytest.raises(Invalid, match="not servers"):
        ask(None)


def test_a_lab_without_a_jenkins_lends_no_ci(ask, settings):
    settings.JENKINS_URL = ""
    with pytest.raises(Invalid, match="lends no CI"):
        ask()


def test_a_grant_is_read_back_as_it_was_stored():
    grant = Grant(ci=replace(CI, gpu=True))
    assert Grant.from_json(grant.as_json()) == grant
    assert "ci" not in Grant().as_json()  # what was asked before there was CI keeps its content


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://github.com/ada-porter/fastcodec", "fastcodec"),
        ("https://git.example.org/deep/er/Fast%20Codec.git/", "fast-20codec"),
        ("https://example.org/../..", ""),
    ],
)
def test_a_job_is_called_like_its_repository(address, name):
    assert job_name(address) == name


@pytest.fixture
def asked(lab, requester, repository_found):
    request = AccessRequestFactory(requester=requester, name="OpenBLAS")
    power9 = lab.generations["power9"]
    PartFactory(request=request, cloud=lab.cloud, generation=power9, kind=Kind.CI, asked=Grant(ci=CI).as_json())
    sent = submit_request(request=request, by=requester, rules_version="2026-01")
    repository_found(sent)
    return sent


def test_its_approval_takes_nothing_of_the_cloud_and_makes_builders_members(asked, operator):
    part = Part.objects.get()
    approve_request(request=asked, by=operator, grants={part: Grant.from_json(part.asked)})
    allocation = Allocation.objects.get()
    assert (allocation.kind, Amount.from_json(allocation.granted)) == (Kind.CI, Amount())
    assert Grant.from_json(allocation.grant).ci == replace(CI, logins=())
    roles = dict(allocation.project.members.values_list("github_login", "role"))
    assert roles == {"ada-porter": MemberRole.OWNER, "bo-builder": MemberRole.MEMBER}


def test_who_belongs_to_the_project_already_stays_what_they_are(asked, operator):
    part = Part.objects.get()
    grant = Grant(ci=replace(CI, logins=("Ada-Porter", "bo-builder", "BO-builder")))
    approve_request(request=asked, by=operator, grants={part: grant}, reasons={part: "Twice the same."})
    assert Allocation.objects.get().project.members.count() == 2


def test_a_change_lets_nobody_in(lab, asked, requester, staff, repository_found):
    """Who belongs to the project is for its owners to say, and maintainers may ask for changes."""
    part = Part.objects.get()
    approve_request(request=asked, by=staff, grants={part: Grant(ci=replace(CI, logins=()))}, reasons={part: "Alone."})
    more = Grant(ci=CiGrant((*CI.repositories, "https://a.org/x"), ("eve-outsider",)))
    change = request_change(allocation=Allocation.objects.get(), by=requester, grant=more, note="One more.")
    repository_found(change)
    part = change.parts.get()
    assert Grant.from_json(part.asked) == more.lasting
    approve_request(request=change, by=staff, grants={part: more}, reasons={part: "With her."})
    assert list(Allocation.objects.get().project.members.values_list("github_login", flat=True)) == ["ada-porter"]


def test_a_change_says_which_jobs_it_deletes():
    held = Grant(ci=replace(CI, repositories=("https://a.org/x", "https://a.org/y")))
    assert losses(held, Grant(ci=replace(CI, repositories=("https://a.org/y",)))) == (
        "the CI job x with all its builds",
    )
    assert losses(held, held) == ()
    assert losses(held, Grant(ci=replace(CI, repositories=("https://a.org/X", "https://b.org/y")))) == ()


def test_every_change_of_people_wakes_who_opens_things_to_them(staff, django_capture_on_commit_callbacks):
    project, woken = ProjectFactory(), []
    MemberFactory(project=project, role=MemberRole.OWNER)

    def hook(*, project_id: int, **_: object) -> None:
        woken.append(project_id)

    members_changed.register(hook)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            member = add_member(project=project, by=staff, login="bo-builder")
        assert woken == [project.pk]
        with django_capture_on_commit_callbacks(execute=True):
            lookup = ask_login("bo-builder")
            record_answer(lookup=lookup, state=LookupState.FOUND, now=lookup.asked_at, answer={"id": 77})
        assert woken == [project.pk] * 2
        member.refresh_from_db()
        with django_capture_on_commit_callbacks(execute=True):
            change_role(member=member, by=staff, role=MemberRole.MAINTAINER)
            remove_member(member=member, by=staff)
        assert woken == [project.pk] * 4
    finally:
        members_changed.forget(hook)


@pytest.mark.parametrize(("role", "taken"), [(MemberRole.OWNER, True), (MemberRole.MAINTAINER, False)])
def test_only_an_owner_asks_for_people_in_a_project_that_stands(lab, requester, role, taken):
    project = ProjectFactory(name="OpenBLAS")
    MemberFactory(project=project, user=requester, role=role)
    request = AccessRequestFactory(requester=requester, name="OpenBLAS")
    power9 = lab.generations["power9"]
    part = PartFactory(request=request, cloud=lab.cloud, generation=power9, kind=Kind.CI, asked=Grant(ci=CI).as_json())
    if taken:
        assert submit_request(request=request, by=requester, rules_version="2026-01").project == project
        return
    with pytest.raises(Invalid, match="Only an owner of OpenBLAS adds people"):
        submit_request(request=request, by=requester, rules_version="2026-01")
    part.asked = Grant(ci=replace(CI, logins=())).as_json()
    part.save()
    assert submit_request(request=request, by=requester, rules_version="2026-01").project == project
