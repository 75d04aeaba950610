"""What no browser of good will sends: answered with a page and the right status, never with a fault of ours."""

import base64
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from projects.models import AccessRequest
from tests.factories import ProjectFactory, UserFactory, at_the_desk
from tests.web.asking import PROJECT

pytestmark = pytest.mark.django_db

PAGES = (
    *("/", "/catalog/", "/rules/", "/sign-in/", "/ask/project/", "/projects/", "/projects/fastcodec/", "/requests/"),
    *("/tickets/", "/tickets/new/", "/mail/", "/account/", "/desk/"),
    *("/desk/trouble/", "/desk/endings/", "/desk/leaks/", "/desk/clouds/"),
)


@pytest.fixture
def desk(settings) -> Client:
    ProjectFactory(slug="fastcodec", name="Fastcodec").members.create(github_login="ada-porter")
    client = Client()
    client.force_login(at_the_desk(settings, UserFactory()))
    return client


@pytest.mark.parametrize("path", PAGES)
def test_each_page_can_be_asked_for_its_head(desk: Client, path: str) -> None:
    answer = (desk if path != "/sign-in/" else Client()).head(path)
    assert (answer.status_code, answer.content) == (200, b"")


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize("side", ["after", "before"])
@pytest.mark.parametrize(
    "values", [["\ud800", 1], ["a\x00", 1], ["a", 2**70], ["a", float("inf")], [[], {}], ["x" * 300, 1]]
)
def test_a_strange_cursor_by_name_leads_to_a_page(desk: Client, side: str, values: list[object]) -> None:
    assert desk.get("/projects/", {side: cursor(*values)}).status_code == 200


@pytest.mark.parametrize("side", ["after", "before"])
@pytest.mark.parametrize("moment", ["2026-01-01", "2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", 5, float("inf")])
def test_a_strange_cursor_by_time_leads_to_a_page(desk: Client, side: str, moment: object) -> None:
    assert desk.get("/mail/", {side: cursor(moment, 1)}).status_code == 200


@pytest.mark.parametrize("value", ["abcdefgh\x00ijk", '"abcdefgh\\000ij"', "x" * 5000, "'; drop table x; --"])
def test_a_strange_cookie_is_as_good_as_none(value: str) -> None:
    cookies = f"portico_session={value}; portico_csrf={value}; messages={value}"
    assert Client().get("/", HTTP_COOKIE=cookies).status_code == 200


def test_ten_megabytes_of_file_are_refused_with_a_sentence(client: Client) -> None:
    answer = client.post("/ask/project/", {"file": SimpleUploadedFile("x", b"x" * 10_000_000)})
    assert (answer.status_code, "more than the portal takes" in answer.content.decode()) == (413, True)
    assert not AccessRequest.objects.exists()


def test_one_line_of_ipv6_is_one_sender() -> None:
    def sent_from(address: str) -> int:
        return Client(REMOTE_ADDR=address).post("/ask/project/", PROJECT).status_code

    assert {sent_from(f"2001:db8:0:1::{number:x}") for number in range(20)} == {302}
    assert sent_from("2001:db8:0:1:ffff::1") == 429
    assert sent_from("2001:db8:0:2::1") == 302


def test_an_address_of_a_form_says_that_it_is_no_page(desk: Client) -> None:
    answer = desk.get("/desk/requests/1/claim/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "only takes what a form sends" in answer.content.decode()


@pytest.mark.parametrize("path", ["/projects/", "/projects/fastcodec/", "/catalog/", "/desk/clouds/"])
def test_pages_of_a_login_stay_out_of_caches(desk: Client, path: str) -> None:
    assert "private" in desk.get(path)["Cache-Control"]
    assert not Client().get("/").has_header("Cache-Control")


@pytest.mark.parametrize(
    "target", ["x", "home", "//evil.example", "javascript:alert(1)", "a\x00b", "/\n/x", "\ud800", "%"]
)
def test_a_strange_way_back_stays_on_our_pages(desk: Client, target: str) -> None:
    query = {"next": target.encode("utf-8", "surrogatepass")}
    answer = desk.get("/sign-in/", query)
    assert answer.status_code == 302
    assert not answer["Location"].startswith(("//", "javascript:"))
