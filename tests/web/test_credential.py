"""The application credential and its one-time secret: the project's owners' alone, replaced only after a question."""

import pytest
from django.urls import reverse

from projects.models import Allocation, User
from projects.states import Kind, MemberRole
from provisioning import secrets
from provisioning.models import Plan
from tests.factories import MemberFactory, UserFactory, at_the_desk
from tests.factories_provisioning import built
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def allocation(owner: User) -> Allocation:
    made = built(project__slug="fastcodec", project__owner=owner, kind=Kind.CLOUD)
    secrets.make(made.plan.pk, "credential")
    return made


def page(user: User) -> str:
    return signed_in(user).get("/projects/fastcodec/").content.decode()


def address(allocation: Allocation, name: str = "credential") -> str:
    return reverse(f"provisioning:{name}", args=[allocation.pk])


def test_staff_get_no_secret_of_a_project_that_they_do_not_own(allocation, owner, settings) -> None:
    staff = at_the_desk(settings, UserFactory(), staff=True)
    assert "Application credential</h3>" not in page(staff)
    client = signed_in(staff)
    assert client.post(address(allocation, "clouds-yaml")).status_code == 403
    assert client.get(address(allocation)).status_code == 403
    assert client.post(address(allocation)).status_code == 403
    assert Plan.objects.get().credential_turn == 1
    assert signed_in(owner).post(address(allocation, "clouds-yaml")).status_code == 200


def test_staff_who_own_the_project_have_its_credential(allocation, settings) -> None:
    staff = at_the_desk(settings, UserFactory(), staff=True)
    MemberFactory(project=allocation.project, user=staff, role=MemberRole.OWNER)
    assert "Download clouds.yaml" in page(staff)
    assert signed_in(staff).post(address(allocation, "clouds-yaml")).status_code == 200


def test_a_new_credential_is_asked_about_first(allocation, owner) -> None:
    shown = page(owner)
    assert f'href="{address(allocation)}"' in shown
    assert f'action="{address(allocation)}"' not in shown
    client = signed_in(owner)
    assert "stops working at once" in client.get(address(allocation)).content.decode()
    assert Plan.objects.get().credential_turn == 1
    assert client.post(address(allocation)).status_code == 302
    assert Plan.objects.get().credential_turn == 2


def test_the_page_says_that_the_secret_was_shown(allocation, owner) -> None:
    assert "can be downloaded once" in page(owner)
    signed_in(owner).post(address(allocation, "clouds-yaml"))
    after = page(owner)
    assert "is no longer kept" in after
    assert "Download clouds.yaml" not in after
