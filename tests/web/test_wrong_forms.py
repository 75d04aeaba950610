"""A form of a project's page that is not right comes back with status 422, the field named and what was typed kept."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from projects.amounts import Amount
from projects.grants import Grant
from projects.models import Allocation
from projects.states import Kind
from provisioning.models import Action
from tests.factories import ImageFactory, MemberFactory, UserFactory
from tests.factories_provisioning import built
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def allocation(allocation: Allocation) -> Allocation:
    """The same, with an image to reinstall its server from."""
    ImageFactory(cloud=allocation.cloud, name="debian-12-ppc64le")
    return allocation


def url(name: str, allocation: Allocation) -> str:
    args = {"members": ["fastcodec"], "server-reinstall": [allocation.pk, "web-1"]}
    return reverse(f"provisioning:{name}", args=args.get(name, [allocation.pk]))


PAST = (timezone.now() - timedelta(days=3)).date().isoformat()
CASES = [
    ("renew", {}, "until", ""),
    ("renew", {"until": "tomorrow"}, "until", "tomorrow"),
    ("renew", {"until": PAST}, "until", PAST),
    ("release", {}, "when", ""),
    ("release", {"when": "never"}, "when", ""),
    ("release", {"when": "now", "typed_name": "Slowcodec"}, "typed_name", "Slowcodec"),
    ("server-reinstall", {}, "image", ""),
    ("server-reinstall", {"image": "debian-12-ppc64le", "typed_name": "web-2"}, "typed_name", "web-2"),
    ("members", {}, "login", ""),
    ("members", {"login": "no login", "role": "member"}, "login", "no login"),
    ("members", {"login": "ada-porter", "role": "member"}, "", "ada-porter"),
    ("members", {"login": "ben-builder", "role": "emperor"}, "role", "ben-builder"),
]


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize(("name", "typed", "field", "kept"), CASES)
def test_what_is_wrong_is_named_and_kept(allocation, owner, name, typed, field, kept, headers) -> None:
    answer = signed_in(owner).post(url(name, allocation), typed, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Something in this form needs to be changed." in page
    assert f'href="#id_{field}"' in page or not field
    assert f'value="{kept}"' in page or not kept
    assert Allocation.objects.get().desired == "present"
    assert allocation.project.members.count() == 1
    assert not Action.objects.exists()


@pytest.mark.parametrize("name", ["renew", "release", "server-reinstall", "members"])
def test_who_may_not_is_told_that_first(allocation, name) -> None:
    member = UserFactory()
    MemberFactory(project=allocation.project, user=member)
    assert signed_in(member).post(url(name, allocation), {}).status_code == 403


def test_a_change_without_its_reason_or_beside_another_is_told_in_the_form(owner) -> None:
    held = Amount(vcpus=8, ram_mib=16384, volumes=1, volume_gib=50, instances=2)
    address = url("change", built(project__owner=owner, kind=Kind.CLOUD, grant=Grant(access=held).as_json()))
    typed = {"vcpus": 16, "ram_gib": 16, "instances": 2, "volumes": 1, "volume_gib": 50}
    client = signed_in(owner)
    without = client.post(address, typed)
    assert (without.status_code, 'href="#id_note"' in without.content.decode()) == (422, True)
    assert client.post(address, {**typed, "note": "More builds"}).status_code == 302
    second = client.post(address, {**typed, "note": "Even more"})
    assert (second.status_code, "Even more" in second.content.decode()) == (422, True)
    assert re.search(r"<li>[^<]* already[^<]*</li>", second.content.decode())


def test_a_role_that_is_none_changes_nothing(allocation, owner) -> None:
    own = allocation.project.members.get()
    address = reverse("provisioning:member", args=["fastcodec", own.pk])
    answer = signed_in(owner).post(address, {"role": "emperor"})
    assert (answer.status_code, "Choose one of the roles." in answer.content.decode()) == (422, True)
