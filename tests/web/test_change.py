"""The change form: what it passes over, and what it names before it is sent."""

import pytest
from django.urls import reverse

from projects.models import User
from projects.states import MemberRole
from tests.factories import FlavorFactory, ImageFactory, MemberFactory, ProjectFactory, UserFactory, managed_grant
from tests.factories_provisioning import built
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return UserFactory(github_login="ada-porter")


def as_a_browser_sends(page) -> dict[str, str]:
    """The change form's fields as they stand untouched; a browser sends a select's first choice where none is set."""
    typed = {}
    for field in (field for form in page.context["forms"] for field in form):
        chosen = field.value()
        if choices := getattr(field.field, "choices", None):
            names = [value for value, _ in choices]
            chosen = chosen if chosen in names else names[0]
        if chosen not in (None, False):
            typed[field.html_name] = "on" if chosen is True else str(chosen)
    return typed


def two_servers(owner):
    project = ProjectFactory(slug="two")
    MemberFactory(project=project, user=owner, role=MemberRole.OWNER)
    allocation = built(project=project, grant=managed_grant(count=2).as_json())
    FlavorFactory(cloud=allocation.cloud, generation=allocation.generation, name="p9.small")
    ImageFactory(cloud=allocation.cloud, name="debian-12-ppc64le")
    return allocation, reverse("provisioning:change", args=[allocation.pk])


def test_the_blank_line_of_a_change_is_passed_over(owner):
    (allocation, url), client = two_servers(owner), signed_in(owner)
    typed = as_a_browser_sends(client.get(url)) | {"line0-count": "3", "note": "More load"}
    assert "line1-flavor" in typed, "a browser sends it"
    assert client.post(url, typed).status_code == 302
    (line,) = allocation.change_requests.get().parts.get().asked["lines"]
    assert line["count"] == 3


def test_a_line_that_is_half_filled_in_is_not_passed_over(owner):
    (allocation, url), client = two_servers(owner), signed_in(owner)
    typed = as_a_browser_sends(client.get(url)) | {"line1-key": "db", "note": "A database"}
    assert "This field is required." in client.post(url, typed).content.decode()
    assert not allocation.change_requests.exists()


def test_a_change_that_deletes_is_sent_only_after_it_was_named(owner):
    (allocation, url), client = two_servers(owner), signed_in(owner)
    typed = as_a_browser_sends(client.get(url)) | {"line0-count": "1", "note": "Less"}
    warned = client.post(url, typed)
    assert "server web-2 with its volume of 50 GiB" in warned.content.decode()
    assert not allocation.change_requests.exists()
    agreed = typed | {"delete": warned.context["gone_key"]}
    other = agreed | {"line0-volume_gib": "0"}
    assert "the volume of web-1 (50 GiB)" in client.post(url, other).content.decode(), "another loss is named anew"
    assert client.post(url, agreed).status_code == 302
    assert allocation.change_requests.get().parts.get().asked["lines"][0]["count"] == 1
