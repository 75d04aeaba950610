"""What GitHub knows, while the form is filled in: asked, polled, and put where nothing is yet."""

import pytest
from django.test import Client
from django.utils import timezone

from projects.models import Lookup, User
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


def test_an_archived_repository_is_told(client: Client) -> None:
    answered(archived=True)
    assert "archived" in ask(client)


def test_other_hosts_are_never_asked_about(client: Client) -> None:
    ask(client, repository_url="https://gitlab.example/x/y")
    assert not Lookup.objects.exists()


def test_the_licence_may_be_left_to_github(client: Client, ada: User) -> None:
    client.force_login(ada)
    draft = fill(client, PUBLIC_KEY, licence="")
    answered(licence="Apache-2.0", description="From GitHub")
    client.get("/ask/review/")
    draft.refresh_from_db()
    assert (draft.licence, draft.mission) == ("Apache-2.0", "Makes things fast.")


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
