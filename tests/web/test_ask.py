"""The request form: steps, draft, sign-in on the way, and what it says of bad input."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from projects.grants import Grant
from projects.models import AccessRequest, Flavor, Image, User
from projects.states import RequestState
from projects.text import day_words
from tests.factories import PUBLIC_KEY, Lab, UserFactory, portico_lab
from tests.web.asking import PROJECT, fill, need, people, send, server_row

pytestmark = pytest.mark.django_db

PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----"


@pytest.fixture(autouse=True)
def lab() -> Lab:
    return portico_lab()


@pytest.fixture
def ada() -> User:
    return UserFactory(github_login="ada-porter")


def test_nothing_is_kept_before_something_is_sent(client: Client) -> None:
    assert client.get("/ask/project/").status_code == 200
    assert not AccessRequest.objects.exists()


def test_a_visitor_fills_it_in_and_takes_the_draft_along(client: Client, ada: User) -> None:
    draft = fill(client, PUBLIC_KEY)
    assert draft.requester is None
    assert "Sign in with GitHub to send" in client.get("/ask/review/").content.decode()
    client.force_login(ada)
    assert "Send the request" in client.get("/ask/review/").content.decode()
    answer = send(client)
    draft.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, f"/requests/{draft.pk}/")
    assert (draft.state, draft.requester, draft.rules_version) == (RequestState.SUBMITTED, ada, "2026-01")


def test_sending_without_sign_in_keeps_the_draft(client: Client) -> None:
    draft = fill(client, PUBLIC_KEY)
    assert send(client).status_code == 422
    draft.refresh_from_db()
    assert draft.state == RequestState.DRAFT


def test_a_second_click_leads_to_the_same_request(client: Client, ada: User) -> None:
    client.force_login(ada)
    fill(client, PUBLIC_KEY)
    assert send(client)["Location"] == send(client)["Location"]
    assert AccessRequest.objects.count() == 1


def test_the_same_content_twice_is_the_same_request(client: Client, ada: User) -> None:
    other = Client()
    for each in (client, other):  # filled in before anybody knows whose it is
        fill(each, PUBLIC_KEY)
        each.force_login(ada)
    assert send(client)["Location"] == send(other)["Location"]
    assert AccessRequest.objects.count() == 1


def test_a_request_that_stands_is_told_at_the_first_step_with_a_link(client: Client, ada: User) -> None:
    client.force_login(ada)
    fill(client, PUBLIC_KEY)
    sent = send(client)["Location"]
    answer = client.post("/ask/project/", {**PROJECT, "name": "LIBFAST"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'or withdraw it first. <a href="{sent}">Go to it</a>' in page
    assert AccessRequest.objects.latest("pk").mission == PROJECT["mission"], "what is right beside it is kept"
    assert client.post("/ask/project/", {**PROJECT, "name": "Libslow"}).status_code == 302


def test_who_signs_in_late_is_told_of_the_request_that_stands_before_sending(client: Client, ada: User) -> None:
    client.force_login(ada)
    fill(client, PUBLIC_KEY)
    sent = send(client)["Location"]
    late = Client()
    fill(late, PUBLIC_KEY, mission="In other words.")
    late.force_login(ada)
    link = f'<a href="{sent}">'
    assert link in late.get("/ask/review/").content.decode()
    assert link in send(late).content.decode()


def test_the_rules_must_be_accepted(client: Client, ada: User) -> None:
    client.force_login(ada)
    draft = fill(client, PUBLIC_KEY)
    answer = client.post("/ask/send/", {})
    assert (answer.status_code, "accept the rules of use" in answer.content.decode()) == (422, True)
    draft.refresh_from_db()
    assert draft.state == RequestState.DRAFT


def test_what_is_missing_is_named_with_a_link(client: Client, ada: User) -> None:
    client.force_login(ada)
    client.post("/ask/project/", PROJECT)
    page = client.get("/ask/review/").content.decode()
    for words in ("Choose what it will be used for.", "at least one kind of access", "/ask/purpose/#id_purpose"):
        assert words in page
    assert send(client).status_code == 422


def test_another_browser_does_not_see_the_draft(client: Client) -> None:
    fill(client, PUBLIC_KEY)
    assert "Libfast" not in Client().get("/ask/project/").content.decode()


def test_another_person_does_not_get_a_draft_that_has_an_owner(client: Client, ada: User) -> None:
    client.force_login(ada)
    draft = fill(client, PUBLIC_KEY)
    session = client.session
    other = Client()
    other.force_login(UserFactory())
    stolen = other.session
    stolen["ask_draft"] = session["ask_draft"]
    stolen.save()
    assert draft.name not in other.get("/ask/project/").content.decode()


def test_rows_become_parts_by_kind_and_generation(client: Client) -> None:
    fill(client, PUBLIC_KEY)
    rows = {
        "servers-count": "3",
        "access-count": "0",
        **server_row(0, count=2, ports="443 80", floating_ip="on"),
        **server_row(1, "p9.large", "fedora-40-ppc64le", volume_gib=0),
        **server_row(2, "x86.small", "debian-12-x86_64"),
    }
    assert client.post("/ask/need/", rows).status_code == 302
    parts = AccessRequest.objects.get().parts.order_by("generation__order")
    grants = {part.generation.slug: Grant.from_json(part.asked) for part in parts}
    assert set(grants) == {"power9", "x86_64"}
    first, second = grants["power9"].lines
    assert (first.key, first.count, first.ports, first.floating_ip) == ("s1", 2, (80, 443), True)
    assert (second.key, second.flavor, second.volume_gib) == ("s2", "p9.large", 0)


def test_adding_and_removing_rows_keeps_what_was_typed(client: Client) -> None:
    client.post("/ask/project/", PROJECT)
    page = client.post("/ask/need/", need(**{"servers-0-count": "seven", "edit": "add-servers"})).content.decode()
    assert 'value="seven"' in page
    assert 'name="servers-1-flavor"' in page
    assert "Give a whole number" not in page
    page = client.post("/ask/need/", need(edit="remove-servers-0")).content.decode()
    assert 'name="servers-0-flavor"' not in page


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"image": "debian-12-x86_64"}, "choose an image for ppc64le"),
        ({"count": "0"}, "Give a whole number from 1 to"),
        ({"count": "9" * 400}, "Give a whole number from 1 to"),
        ({"count": "-1"}, "Give a whole number from 1 to"),
        ({"count": "1e3"}, "Give a whole number from 1 to"),
        ({"volume_gib": "99999999999999"}, "Give a whole number from 0 to"),
        ({"ports": "80, 70000"}, "is no port"),
        ({"ports": "８０"}, "is no port"),
        ({"ports": "<script>"}, "is no port"),
    ],
)
def test_a_wrong_row_names_the_cure_and_keeps_what_was_typed(client: Client, row: dict[str, str], words: str) -> None:
    client.post("/ask/project/", PROJECT)
    data = {"servers-count": "1", "access-count": "0", **server_row(**row)}
    answer = client.post("/ask/need/", data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not AccessRequest.objects.get().parts.exists()
    if "<" not in next(iter(row.values())) and "image" not in row:
        assert next(iter(row.values())) in answer.content.decode()


def test_an_image_past_its_end_is_not_offered_and_one_that_ends_meanwhile_says_so(client: Client) -> None:
    today = timezone.now().date()
    Image.objects.filter(name="fedora-40-ppc64le").update(end_of_life=today - timedelta(days=1))
    Image.objects.filter(name="debian-12-ppc64le").update(end_of_life=today + timedelta(days=100))
    client.post("/ask/project/", PROJECT)
    AccessRequest.objects.update(duration_days=101)
    page = client.get("/ask/need/").content.decode()
    note = f"debian-12-ppc64le (security updates only until {day_words(today + timedelta(days=100))})"
    assert ("fedora-40-ppc64le" in page, note in page) == (False, True)
    AccessRequest.objects.update(duration_days=100)
    page = client.get("/ask/need/").content.decode()
    assert ("debian-12-ppc64le" in page, "updates only" in page) == (True, False)


@pytest.mark.parametrize("flavor", ["999999", "p9.small", "\x00", "'; drop table"])
def test_an_unknown_flavor_is_told(client: Client, flavor: str) -> None:
    client.post("/ask/project/", PROJECT)
    answer = client.post("/ask/need/", need(**{"servers-0-flavor": flavor}))
    assert (answer.status_code, "no longer offered" in answer.content.decode()) == (422, True)


def test_what_is_not_classified_is_not_offered(client: Client) -> None:
    Flavor.objects.filter(name="p9.large").update(unclassified="no generation")
    Image.objects.filter(name="fedora-40-ppc64le").update(unclassified="no architecture")
    page = client.get("/ask/need/").content.decode()
    assert "p9.small" in page
    assert "p9.large" not in page
    assert "fedora-40-ppc64le" not in page


def test_wrong_rows_are_summed_up_with_links_to_their_fields(client: Client) -> None:
    client.post("/ask/project/", PROJECT)
    rows = {"servers-count": "3", "access-count": "0", **server_row(0, count=99), **server_row(1, ports="web")}
    rows["servers-2-count"] = "1"  # as a browser sends a row that nobody touched
    page = client.post("/ask/need/", rows).content.decode()
    summary = page.split("data-focus", 1)[1].split("</div>", 1)[0]
    assert '<a href="#id_servers-0-count">Row 1 of servers, How many</a>: Give a whole number' in summary
    assert '<a href="#id_servers-1-ports">Row 2 of servers, Open TCP ports</a>: “web” is no port' in summary
    for anchor in ("id_servers-0-count", "id_servers-1-ports"):
        assert f'id="{anchor}"' in page
    assert "Choose a flavor." not in page, "a blank row is passed over"


def test_the_summary_leads_to_the_first_choice(client: Client) -> None:
    page = client.post("/ask/purpose/", {"usage": "Builds."}).content.decode()
    assert 'href="#id_purpose_0"' in page
    assert 'id="id_purpose_0"' in page


def test_nothing_asked_for_is_told(client: Client) -> None:
    client.post("/ask/project/", PROJECT)
    answer = client.post("/ask/need/", {"servers-count": "0", "access-count": "0"})
    assert "fill in one row at least" in answer.content.decode()


@pytest.mark.parametrize("count", ["-1", "99999999", "x", "", "１"])
def test_an_absurd_number_of_rows_is_no_error(client: Client, count: str) -> None:
    assert client.post("/ask/need/", {"servers-count": count, "access-count": count}).status_code == 422


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", "", "Give the project’s name."),
        ("repository_url", "", "Give the address of the repository."),
        ("name", "!!!", "at least one letter or digit"),
        ("name", "x" * 81, "shorten it to 80"),
        ("name", "a\u202eb", "U+202E"),
        ("name", "a\x00b", "cannot be seen"),
        ("licence", "Proprietary", "Open Source Initiative approved"),
        ("repository_url", "javascript:alert(1)", "https://"),
        ("repository_url", "https://ada:secret@example.org/x", "before the @"),
        ("mission", "m" * 2001, "shorten it to 2,000"),
    ],
)
def test_a_wrong_project_field_is_named_and_kept(client: Client, field: str, typed: str, words: str) -> None:
    answer = client.post("/ask/project/", {**PROJECT, field: typed})
    page = answer.content.decode()
    assert (answer.status_code, words in page) == (422, True)
    assert "Makes things fast." in page or field == "mission"
    assert f'href="#id_{field}"' in page


def test_what_is_right_is_kept_beside_what_is_wrong(client: Client) -> None:
    client.post("/ask/project/", {**PROJECT, "licence": "Proprietary"})
    assert AccessRequest.objects.get().mission == "Makes things fast."


@pytest.mark.parametrize("path", ["project", "purpose", "people"])
def test_markup_is_shown_harmless(client: Client, path: str) -> None:
    fill(client, PUBLIC_KEY, name="<b>Bold</b>", mission="<script>alert(1)</script>")
    for page in (f"/ask/{path}/", "/ask/review/"):
        assert "<script>alert" not in client.get(page).content.decode()
    assert "&lt;script&gt;alert(1)" in client.get("/ask/review/").content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (PRIVATE, "This is a private key"),
        (f'command="sh" {PUBLIC_KEY}', "Options before the key"),
        ("ssh-dss AAAAB3NzaC1kc3M=", "no longer safe"),
        ("hello", "not a public key"),
    ],
)
def test_a_wrong_key_is_told_and_a_private_one_is_not_shown_again(client: Client, typed: str, words: str) -> None:
    answer = client.post("/ask/people/", people(typed))
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert AccessRequest.objects.get().ssh_keys == []
    assert "b3BlbnNzaC1rZXk" not in answer.content.decode()


def test_a_contact_needs_an_address(client: Client) -> None:
    answer = client.post("/ask/people/", people(PUBLIC_KEY, contact_email_1=""))
    assert "Give this contact&#x27;s e-mail address" in answer.content.decode()


def test_a_robot_that_fills_the_hidden_field_keeps_nothing(client: Client) -> None:
    answer = client.post("/ask/project/", {**PROJECT, "website": "https://spam.example"})
    page = answer.content.decode()
    assert (answer.status_code, "Nothing was saved" in page) == (422, True)
    assert not AccessRequest.objects.exists()
    assert "Makes things fast." in page, "a person whose browser filled it in"
    assert "spam.example" not in page, "can send it again as it is shown"


def test_too_many_drafts_from_one_address_are_refused() -> None:
    answers = [Client().post("/ask/project/", PROJECT).status_code for _ in range(21)]
    assert answers[:20] == [302] * 20
    assert answers[20] == 429
    assert Client().get("/ask/project/").status_code == 200


def test_who_sends_too_often_is_told_what_to_do(client: Client) -> None:
    answers = [client.post("/ask/project/", PROJECT) for _ in range(121)]
    page = answers[-1].content.decode()
    assert (answers[-2].status_code, answers[-1].status_code) == (302, 429)
    assert "Wait up to 10 minutes, then go back in your browser and send it again" in page
    assert answers[-1]["Retry-After"] == "600"


def test_without_redis_the_form_goes_on(client: Client, settings) -> None:
    cache = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": cache}
    assert client.get("/ask/need/").status_code == 200
    assert client.post("/ask/project/", PROJECT).status_code == 302


def test_a_body_of_ten_megabytes_is_refused_with_a_sentence(client: Client) -> None:
    answer = client.post("/ask/project/", {**PROJECT, "mission": "x" * 10_000_000})
    assert answer.status_code in {400, 413}
    assert "more than the portal takes" in answer.content.decode()
    assert not AccessRequest.objects.exists()


def test_a_form_without_its_token_is_refused_with_a_sentence() -> None:
    answer = Client(enforce_csrf_checks=True).post("/ask/project/", PROJECT)
    assert (answer.status_code, "reload the page" in answer.content.decode()) == (403, True)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"servers-count": "1", "servers-0-volume_gib": "70", "servers-0-count": "1"}, "Choose a flavor."),
        ({"servers-count": "1", "servers-0-count": "-2", "servers-0-volume_gib": "0"}, "Choose a flavor."),
        ({"servers-count": "1", "servers-0-floating_ip": "on"}, "Choose an image."),
        ({"access-count": "1", "access-0-vcpus": "-1"}, "Choose a generation."),
    ],
)
def test_a_row_in_which_anything_was_typed_is_not_passed_over(
    client: Client, typed: dict[str, str], words: str
) -> None:
    right = server_row(number=1) if "servers-count" in typed else server_row()
    counts = {"servers-count": "2" if "servers-count" in typed else "1", "access-count": typed.get("access-count", "0")}
    answer = client.post("/ask/need/", {**right, **typed, **counts})
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert not AccessRequest.objects.get().parts.exists()


def test_a_row_that_shows_what_a_fresh_one_shows_is_passed_over(client: Client) -> None:
    fresh = {"flavor": "", "image": "", "count": "1", "volume_gib": "0", "ports": ""}
    rows = server_row() | {f"servers-1-{name}": value for name, value in fresh.items()}
    answer = client.post("/ask/need/", {**rows, "servers-count": "2", "access-count": "0"})
    assert (answer.status_code, AccessRequest.objects.get().parts.count()) == (302, 1)


def test_a_private_key_is_said_not_to_be_kept(client: Client) -> None:
    page = client.post("/ask/people/", people(PRIVATE)).content.decode()
    assert "The private key was not kept; its field is empty now. Everything else that you typed is still here." in page
    assert PRIVATE.split("\n")[1] not in page
