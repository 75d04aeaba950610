"""What interrupts a server is asked about first, on a page that says what it does; the rest stays one click."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from projects.models import Allocation
from projects.states import MemberRole
from provisioning.models import Action
from tests.factories import MemberFactory, UserFactory
from tests.web.test_requests import signed_in
from tests.web.test_servers import show

pytestmark = pytest.mark.django_db
ASKED_FIRST = {
    "stop": "whatever runs on it ends",
    "hard-reboot": "not yet written to its disks is lost",
    "rescue": "starts again from a rescue system",
    "revert": "since it was resized is lost",
}


def address(allocation: Allocation, verb: str = "") -> str:
    url = reverse("provisioning:server-act", args=[allocation.pk, "web-1"])
    return f"{url}?verb={verb}" if verb else url


@pytest.mark.parametrize("status", ["ACTIVE", "SHUTOFF", "RESCUE", "VERIFY_RESIZE"])
def test_only_what_interrupts_nothing_is_one_click(allocation, owner, status) -> None:
    show(status=status)
    page = signed_in(owner).get("/projects/fastcodec/").content.decode()
    clicks, links = re.findall(r'name="verb" value="([^"]+)"', page), re.findall(r"\?verb=([^\"]+)", page)
    assert set(clicks) <= {"start", "reboot", "unrescue", "confirm"}
    assert set(links) <= set(ASKED_FIRST)
    assert clicks or links


@pytest.mark.parametrize(("verb", "words"), ASKED_FIRST.items())
def test_the_page_says_what_it_does_and_asks_for_it(allocation, owner, verb, words) -> None:
    show(status="VERIFY_RESIZE" if verb == "revert" else "ACTIVE")
    client = signed_in(owner)
    page = client.get(address(allocation, verb)).content.decode()
    assert words in page
    assert f'<input type="hidden" name="verb" value="{verb}">' in page
    assert not Action.objects.exists()
    assert client.post(address(allocation), {"verb": verb}).status_code == 302
    assert Action.objects.get().verb == {"hard-reboot": "reboot"}.get(verb, verb)


@pytest.mark.parametrize("verb", ["start", "reboot", "dance", ""])
def test_what_is_not_asked_about_has_no_page(allocation, owner, verb) -> None:
    assert signed_in(owner).get(address(allocation, verb)).status_code == 404


def test_who_may_not_act_is_not_asked(allocation) -> None:
    member = UserFactory()
    MemberFactory(project=allocation.project, user=member, role=MemberRole.MEMBER)
    assert signed_in(member).get(address(allocation, "stop")).status_code == 403
    assert signed_in(UserFactory()).get(address(allocation, "stop")).status_code == 404
    assert Client().get(address(allocation, "stop")).status_code == 302
