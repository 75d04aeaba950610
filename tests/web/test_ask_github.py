"""What GitHub knows, while the form is filled in: asked, polled, and put where nothing is yet."""

import pytest
from django.test import Client
from django.utils import timezone

from projects.models import AccessRequest, Lookup, User
from projects.states import LookupState
from tests.factories import PUBLIC_KEY, UserFactory, portico_lab
from tests.web.asking import PROJECT, fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    portico_lab()
    return UserFactory(github_login="ada-porter")


def ask(client: Client, **data: str) -> str:
    typed = {"repository_url": PROJECT["repository_url"], **data}
    return client.post("/ask/github/", typed, headers={"HX-Request": "true"}).content.decode()


def answered(**answer: object) -> None:
    Lookup.objects.update_or_create(
        kind="repository",
        key="example/libfast",
        defaults={"state": LookupState.FOUND, "answer": answer, "answered_at": timezone.now()},
    )


def test_it_is_being_checked_and_polls(client: Client) -> None:
    part = ask(client)
    assert "Being checked" in part
    assert "every 2s" in part
    assert Lookup.objects.get().key == "example/libfast"


def test_polling_ends(client: Client) -> None:
    assert "every 2s" not in ask(client, asked="9")


def test_what_is_found_fills_what_is_empty(client: Client) -> None:
    answered(licence="MIT", description="Fast <b>things</b>")
    part = ask(client, mission="typed already")
    assert 'value="MIT"' in part
    assert 'id="id_mission"' not in part
    assert "Fast &lt;b&gt;" in part
    assert "every 2s" not in part


def test_the_homepage_fills_the_web_page(client: Client) -> None:
    answered(homepage="libfast.example.org")
    assert 'value="https://libfast.example.org"' in ask(client)
    assert 'name="web_page"' not in ask(client, web_page="https://other.example/")


@pytest.mark.parametrize("homepage", ["", "javascript:alert(1)", "https://ada:secret@example.org", "not an address"])
def test_what_is_no_address_fills_nothing(client: Client, homepage: str) -> None:
    answered(homepage=homepage, licence="MIT")
    part = ask(client)
    assert 'name="web_page"' not in part
    assert 'value="MIT"' in part


def test_a_filled_field_comes_without_the_complaint_that_it_was_empty(client: Client) -> None:
    client.post("/ask/project/", {**PROJECT, "repository_url": "https://git.example.org/x", "licence": ""})
    answered(licence="MIT")
    part = ask(client)
    assert 'id="field-licence" hx-swap-oob="true"' in part
    assert "Give the licence" not in part


def test_an_archived_repository_is_told(client: Client) -> None:
    answered(archived=True)
    assert "archived" in ask(client)


def test_other_hosts_are_never_asked_about(client: Client) -> None:
    ask(client, repository_url="https://gitlab.example/x/y")
    assert not Lookup.objects.exists()


def test_the_licence_may_be_left_to_github(client: Client, ada: User) -> None:
    client.force_login(ada)
    draft = fill(client, PUBLIC_KEY, licence="")
    answered(licence="Apache-2.0", description="From GitHub", homepage="https://libfast.example.org")
    client.get("/ask/review/")
    draft.refresh_from_db()
    assert (draft.licence, draft.mission) == ("Apache-2.0", "Makes things fast.")
    assert draft.web_page == "https://libfast.example.org"


@pytest.mark.parametrize(
    ("state", "answer", "words"),
    [
        (LookupState.ASKED, {}, "GitHub is being asked for the licence. Wait a moment, or give it yourself."),
        (LookupState.FAILED, {}, "GitHub has not answered; give the licence yourself."),
        (LookupState.FOUND, {"licence": ""}, "GitHub names no licence that is accepted; give it yourself."),
    ],
)
def test_a_licence_left_to_github_is_in_one_state(
    client: Client, ada: User, state: LookupState, answer: dict[str, str], words: str
) -> None:
    client.force_login(ada)
    fill(client, PUBLIC_KEY, licence="")
    Lookup.objects.update(state=state, answer=answer, answered_at=timezone.now())
    page = client.get("/ask/review/").content.decode()
    assert words in page
    assert ("every 2s" in page) == (state is LookupState.ASKED)
    assert "every 2s" not in client.get("/ask/review/?asked=9").content.decode()


def test_without_a_repository_the_licence_is_not_blamed_on_github(client: Client) -> None:
    page = client.post("/ask/project/", {"name": "Libfast", "licence": ""}).content.decode()
    assert "GitHub cannot" not in page


def test_keys_of_a_login_are_added_to_what_was_typed(client: Client) -> None:
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQvSVRuuyFKsuLR8oN1x4UwcxI8XJ0wtdAIDYYkhoVA ben"
    answer = {"keys": [other, "ssh-dss AAAA"]}
    now = timezone.now()
    Lookup.objects.create(kind="keys", key="ben", state=LookupState.FOUND, answer=answer, answered_at=now)
    part = client.post("/ask/keys/", {"import_login": "@ben", "ssh_keys": PUBLIC_KEY}).content.decode()
    assert PUBLIC_KEY in part
    assert other in part
    assert "1 key of ben" in part


@pytest.mark.parametrize("login", ["", "a b", "-x", "x" * 40, "<script>"])
def test_what_is_no_login_is_never_asked(client: Client, login: str) -> None:
    assert "no GitHub login" in client.post("/ask/keys/", {"import_login": login}).content.decode()
    assert not Lookup.objects.exists()


def test_one_sender_does_not_spend_all_that_github_may_be_asked(client: Client) -> None:
    def asked(number: int, path: str = "/ask/github/") -> int:
        typed = {**PROJECT, "repository_url": f"https://github.com/example/number-{number}"}
        return client.post(path, typed).status_code

    assert {asked(number) for number in range(30)} == {200}
    assert [asked(30), asked(31, "/ask/project/")] == [429, 429]
    assert [asked(7), asked(7, "/ask/project/")] == [200, 302], "what is known already costs nothing"
    assert Lookup.objects.count() == 30


def looked_over(client: Client, ada: User) -> AccessRequest:
    """A draft whose licence is left to GitHub, which is being asked; this browser is at its last step."""
    client.force_login(ada)
    draft = fill(client, PUBLIC_KEY, licence="")
    assert "GitHub is being asked for the licence" in client.get("/ask/review/").content.decode()
    return draft


def test_the_last_step_takes_what_github_tells_as_soon_as_it_does(client: Client, ada: User) -> None:
    draft = looked_over(client, ada)
    answered(licence="MIT", description="Other words")
    page = client.get("/ask/review/?asked=1")
    draft.refresh_from_db()
    assert (page.context["missing"], draft.licence) == ([], "MIT")
    assert "<dd>MIT</dd>" in page.content.decode()


def test_the_last_step_polls_its_own_address_also_where_it_was_not_sent(client: Client, ada: User) -> None:
    looked_over(client, ada)
    refused = client.post("/ask/send/", {})
    assert (refused.status_code, 'hx-get="/ask/review/?asked=' in refused.content.decode()) == (422, True)


def test_a_repository_that_github_has_not_marks_the_first_step(client: Client) -> None:
    client.post("/ask/project/", PROJECT)
    assert "cannot be sent like this" not in client.get("/ask/purpose/").content.decode()
    Lookup.objects.update(state=LookupState.ABSENT, answered_at=timezone.now())
    for step in ("project", "purpose"):
        first = client.get(f"/ask/{step}/").context["steps"][0]
        assert (first["tone"], first["words"]) == ("bad", "cannot be sent like this")
    assert "The request cannot be sent like this; correct the address." in client.get("/ask/project/").content.decode()
