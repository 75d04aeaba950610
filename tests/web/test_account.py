"""The account page: keys, import, what is stored, export, erasure."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from projects.models import Lookup, Project, SshKey, User
from projects.states import LookupState
from tests.factories import PUBLIC_KEY, AllocationFactory, SshKeyFactory, UserFactory

pytestmark = pytest.mark.django_db
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQvSVRuuyFKsuLR8oN1x4UwcxI8XJ0wtdAIDYYkhoVA ben"


@pytest.fixture
def ada() -> User:
    return UserFactory(github_login="ada-porter")


@pytest.fixture
def client(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def test_it_says_who_one_is_and_stays_within_ten_queries(
    client: Client, ada: User, django_assert_max_num_queries
) -> None:
    SshKeyFactory.create_batch(20, user=ada)
    with django_assert_max_num_queries(10):
        page = client.get("/account/").content.decode()
    for words in (ada.github_login, str(ada.github_id), ada.email):
        assert words in page


def test_without_a_key_here_it_says_that_a_request_may_have_brought_one(client: Client, ada: User) -> None:
    words = "the keys that were sent with a request"
    page = client.get("/account/").content.decode()
    assert words in page
    assert "nobody can sign in" not in page
    SshKeyFactory(user=ada)
    assert words not in client.get("/account/").content.decode()


def test_several_keys_are_pasted_at_once(client: Client, ada: User) -> None:
    assert client.post("/account/keys/", {"text": f"{PUBLIC_KEY}\r\n{OTHER}\r\n"}).status_code == 302
    assert ada.ssh_keys.count() == 2
    assert "SHA256:" in client.get("/account/").content.decode()


def test_a_key_that_was_here_already_is_not_called_added(client: Client, ada: User) -> None:
    def said(text: str) -> list[str]:
        return [
            str(message) for message in client.post("/account/keys/", {"text": text}, follow=True).context["messages"]
        ]

    assert said(PUBLIC_KEY) == ["1 key added."]
    assert said(PUBLIC_KEY) == ["This key was here already."]
    assert said(f"{PUBLIC_KEY}\n{OTHER}") == ["1 key added, 1 was here already."]
    assert said(f"{PUBLIC_KEY}\n{OTHER}") == ["These keys were here already."]
    assert ada.ssh_keys.count() == 2


def test_one_wrong_key_among_them_keeps_none(client: Client, ada: User) -> None:
    answer = client.post("/account/keys/", {"text": f"{PUBLIC_KEY}\nnonsense"})
    assert (answer.status_code, "not a public key" in answer.content.decode()) == (422, True)
    assert not ada.ssh_keys.exists()


@pytest.mark.parametrize(
    "private",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\nMIIEpAIBAAKCAQEA",
    ],
)
def test_a_private_key_is_refused_and_not_shown_again(client: Client, private: str) -> None:
    page = client.post("/account/keys/", {"text": private}).content.decode()
    assert "Never give it to anybody" in page
    assert "MIIEpAIBAAKCAQEA" not in page


def test_import_polls_until_github_has_answered(client: Client, ada: User) -> None:
    headers = {"HX-Request": "true"}
    waiting = client.post("/account/keys/import/", headers=headers)
    assert "every 2s" in waiting.content.decode()
    Lookup.objects.update(
        state=LookupState.FOUND, answer={"id": ada.github_id, "keys": [OTHER]}, answered_at=timezone.now()
    )
    answer = client.post("/account/keys/import/", headers=headers)
    assert answer["HX-Refresh"] == "true"
    assert "every 2s" not in answer.content.decode()
    assert ada.ssh_keys.get().imported


def test_import_without_scripts_says_how_far_it_is(client: Client) -> None:
    page = client.post("/account/keys/import/", follow=True).content.decode()
    assert "GitHub has not answered yet. Press the button again" in page


def test_one_removes_ones_own_key_only(client: Client, ada: User) -> None:
    own, other = SshKeyFactory(user=ada), SshKeyFactory()
    assert client.post(f"/account/keys/{other.pk}/remove/").status_code == 404
    assert client.post(f"/account/keys/{own.pk}/remove/").status_code == 302
    assert list(SshKey.objects.all()) == [other]


def test_the_export_is_json_of_everything(client: Client, ada: User) -> None:
    SshKeyFactory(user=ada)
    answer = client.get("/account/export/")
    stored = json.loads(answer.content)
    assert answer["Content-Disposition"].startswith("attachment")
    assert stored["account"]["github_id"] == ada.github_id
    assert len(stored["ssh_keys"]) == 1


def test_erasing_needs_the_login_typed(client: Client, ada: User) -> None:
    answer = client.post("/account/erase/", {"typed_name": "somebody"})
    assert (answer.status_code, "Type your login" in answer.content.decode()) == (422, True)
    ada.refresh_from_db()
    assert ada.email


def test_erased_one_is_signed_out_and_only_the_number_stays(client: Client, ada: User) -> None:
    number = ada.github_id
    assert client.post("/account/erase/", {"typed_name": "ada-porter"})["Location"] == "/"
    ada.refresh_from_db()
    assert (ada.email, ada.github_login, ada.github_id) == ("", "", number)
    assert client.get("/account/").status_code == 302


def test_the_last_owner_of_a_live_project_is_told(client: Client, ada: User) -> None:
    project: Project = AllocationFactory(project__owner=ada).project
    answer = client.post("/account/erase/", {"typed_name": "ada-porter"})
    assert (answer.status_code, project.name in answer.content.decode()) == (422, True)
    ada.refresh_from_db()
    assert ada.github_login == "ada-porter"


@pytest.mark.parametrize("path", ["keys/", "keys/import/", "erase/"])
def test_only_posts_change_something(client: Client, path: str) -> None:
    assert client.get(f"/account/{path}").status_code == 405


def test_one_key_too_many_keeps_none_and_one_known_is_none_too_many(client: Client, ada: User) -> None:
    SshKeyFactory.create_batch(49, user=ada)
    answer = client.post("/account/keys/", {"text": f"{PUBLIC_KEY}\n{OTHER}"})
    assert (answer.status_code, "50 keys are the most" in answer.content.decode()) == (422, True)
    assert ada.ssh_keys.count() == 49
    for _ in range(2):
        assert client.post("/account/keys/", {"text": PUBLIC_KEY}).status_code == 302
    assert ada.ssh_keys.count() == 50


def test_erasing_is_confirmed_by_who_lost_the_login_too(client: Client, ada: User) -> None:
    ada.github_login = ""
    ada.save()
    assert ada.username in client.post("/account/erase/", {"typed_name": ""}).content.decode()
    ada.refresh_from_db()
    assert ada.is_active
    client.post("/account/erase/", {"typed_name": ada.username})
    ada.refresh_from_db()
    assert not ada.is_active
