"""What a project's page shows of servers, volumes and members, and what it leads to."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from projects.models import User
from projects.states import MemberRole
from projects.text import moment_words
from provisioning.models import Action
from provisioning.states import ActionState, StepState
from tests.factories import (
    CloudFactory,
    HostFactory,
    MemberFactory,
    UserFactory,
    VolumeTypeFactory,
    at_the_desk,
)
from tests.factories_provisioning import StepFactory
from tests.web.test_requests import signed_in
from tests.web.test_servers import show

pytestmark = pytest.mark.django_db
NOVA = "%Y-%m-%dT%H:%M:%S.000000"  # how nova writes when a server was launched, in UTC and without saying so


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


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ({}, "Host up<"),
        ({"enabled": False}, "Host up, takes nothing new"),
        ({"up": False}, "Host down"),
        ({"present": False}, ""),
        ({"name": "power9-2"}, ""),
    ],
)
def test_a_server_says_how_its_host_is(allocation, owner, host: dict[str, object], words: str) -> None:
    HostFactory(cloud=allocation.cloud, **{"name": "power9-1", **host})
    HostFactory(cloud=CloudFactory(name="elsewhere"), name="power9-1", up=False)
    seen = page(owner)
    assert f"debian-12-ppc64le <br>{allocation.generation.title}<br>" in seen.replace("le<br>", "le <br>")
    assert "on power9-1" in seen
    said = re.findall(r"Host (?:up|down)[^<]*<", seen)
    assert [one.startswith(words) for one in said] == [True] * bool(words)


@pytest.mark.parametrize(
    ("state", "facts"),
    [
        (StepState.READY, {"ports": [22, 443, 8080]}),
        (StepState.RUNNING, {"ports": [22, 443, 8080]}),  # another is being opened
        (StepState.RUNNING, {}),
    ],
)
def test_a_server_lists_what_is_open(allocation, owner, state: StepState, facts: dict[str, object]) -> None:
    StepFactory(plan=allocation.plan, key="group:web", want={"ports": [443, 8080]}, facts=facts, state=state)
    seen = page(owner)
    assert ("Open to everybody, TCP: 22 (SSH), 443, 8080<" in seen) is bool(facts)
    assert ("No port is open yet." in seen) is (not facts)


def test_uptime_counts_from_the_last_start(allocation, owner) -> None:
    server = allocation.plan.steps.get(key="server:web-1")
    launched = timezone.now() - timedelta(days=40)
    show(launched_at=launched.strftime(NOVA))
    assert moment_words(launched) in page(owner)
    started = {"plan": allocation.plan, "step": server, "asked_at": timezone.now() - timedelta(days=3)}
    for verb, days in {"start": 3, "reboot": 2}.items():
        Action.objects.create(
            verb=verb, state=ActionState.DONE, ended_at=timezone.now() - timedelta(days=days), **started
        )
    Action.objects.create(verb="stop", state=ActionState.DONE, ended_at=timezone.now(), **started)
    Action.objects.create(verb="start", state=ActionState.REFUSED, ended_at=timezone.now(), **started)
    assert re.search(r"up 2\Wdays", page(owner))


@pytest.mark.parametrize(("shared", "words"), [(True, "ceph, shared"), (False, "ceph, local"), (None, "ceph")])
def test_a_volume_says_on_what_storage_it_lies(allocation, owner, shared: bool | None, words: str) -> None:
    if shared is not None:
        VolumeTypeFactory(cloud=allocation.cloud, name="ceph", shared=shared)
    assert f'<td data-label="Storage">{words}</td>' in page(owner)


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


@pytest.mark.parametrize(
    ("phase", "desired", "state"),
    [("building", "present", "ready"), ("changing", "present", "ready"), ("releasing", "absent", "undone")],
)
def test_the_page_goes_on_looking_until_the_outcome_is_told(
    allocation, owner, phase: str, desired: str, state: str
) -> None:
    """Steps arrive a moment before the allocation says so; a page read in between stood still with its old words."""
    type(allocation).objects.update(phase=phase, desired=desired, words="the server is being built, 9 of 12")
    allocation.plan.steps.update(state=state, wanted=desired == "present")
    type(allocation.plan).objects.update(desired=desired)
    assert 'hx-trigger="every 2s"' in page(owner)
    type(allocation).objects.update(phase="ready" if desired == "present" else "released", words="")
    assert 'hx-trigger="every 2s"' not in page(owner)
