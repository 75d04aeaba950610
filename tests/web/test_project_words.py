"""The project's page in words for people: what is given back, what does not run, what the cloud's own words mean."""

from datetime import timedelta

import pytest
from django.utils import timezone

from projects.models import Allocation, Cloud, User
from projects.states import CloudState, Desired, MemberRole, Phase, RequestState
from projects.text import day_words
from provisioning.models import Action, Sighting, Step
from provisioning.states import ActionState
from tests.factories import MemberFactory, SubmittedRequestFactory, UserFactory
from tests.web.test_requests import signed_in
from tests.web.test_servers import show

pytestmark = pytest.mark.django_db
COPY = "Copy the ssh line of web-1"


def page(user: User) -> str:
    return " ".join(signed_in(user).get("/projects/fastcodec/").content.decode().split())


def test_what_is_given_back_says_so_and_when_it_is_deleted(allocation, owner) -> None:
    gone = timezone.now() + timedelta(days=7)
    Allocation.objects.update(desired=Desired.SUSPENDED, phase=Phase.SUSPENDED, absent_at=gone)
    shown = page(owner)
    assert ">Given back</span>" in shown
    assert day_words(gone) in shown.partition("<dt>Deleted on</dt>")[2].partition("</dd>")[0]


def test_what_staff_suspended_is_not_said_to_be_given_back(allocation, owner) -> None:
    Allocation.objects.update(desired=Desired.SUSPENDED, phase=Phase.SUSPENDED)
    assert ">Given back</span>" not in page(owner)


@pytest.mark.parametrize(("state", "told"), [(CloudState.MAINTENANCE, True), (CloudState.OPEN, False)])
def test_a_maintenance_of_its_cloud_is_told_with_its_notice(allocation, owner, state, told) -> None:
    Cloud.objects.update(state=state, notice="New switches until 20:00.")
    shown = page(owner)
    assert (("is in maintenance" in shown), ("New switches until 20:00." in shown)) == (told, told)


@pytest.mark.parametrize(("status", "copied"), [("ACTIVE", True), ("BUILD", False), ("SHUTOFF", False)])
def test_the_ssh_line_is_to_be_copied_while_the_server_runs(allocation, owner, status, copied) -> None:
    show(status=status)
    shown = page(owner)
    assert "ssh ada-porter@10.20.0.7" in shown
    assert (COPY in shown) is copied
    assert ("Once it runs." in shown) is not copied


def test_a_server_that_is_not_there_has_no_console(allocation, owner) -> None:
    assert "Console log" in page(owner)
    Sighting.objects.filter(kind="server").delete()
    assert "Console log" not in page(owner)


def test_the_clouds_words_are_said_plainly(allocation, owner) -> None:
    show(status="BUILD", task_state="block_device_mapping")
    step = Step.objects.get(key="server:web-1")
    Action.objects.create(plan=step.plan, step=step, verb="unrescue", state=ActionState.DONE)
    shown = page(owner)
    assert "getting its disks" in shown
    assert "End rescue: done" in shown
    assert "At a server" in shown
    assert "block_device_mapping" not in shown
    assert "in-use" not in shown


@pytest.mark.parametrize(("state", "said"), [("submitted", True), ("returned", True), ("declined", False)])
def test_a_change_that_waits_is_said_on_the_page_and_the_form(allocation, owner, state, said) -> None:
    asked = SubmittedRequestFactory(
        requester=owner, allocation=allocation, state=RequestState(state), submitted_at=timezone.now()
    )
    second = UserFactory()
    MemberFactory(project=allocation.project, user=second, role=MemberRole.MAINTAINER)
    form = signed_in(owner).get(f"/allocations/{allocation.pk}/change/").content.decode()
    for shown in (page(owner), form):
        assert ("A change is at the lab since" in shown) is said
        assert (f"/requests/{asked.pk}/" in shown) is said
    assert ("A change is at the lab since" in page(second)) is said
    assert f"/requests/{asked.pk}/" not in page(second)
