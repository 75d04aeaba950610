"""Application credentials: made by their own user for themselves, restricted, with a secret that we choose."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.answers import said
from tests.contract.cloud import unique
from tests.contract.place import Place

SECRET = "a-secret-made-by-the-portal"


@pytest.fixture(scope="module")
def credential(place: Place) -> Iterator[dict[str, Any]]:
    """One credential with all that the portal sets; its secret is SECRET."""
    wanted = {
        "secret": SECRET,
        "description": "tag-of-the-portal",
        "expires_at": "2099-01-01T00:00:00.000000Z",
        "roles": [{"name": "member"}],
        "unrestricted": False,
    }
    made = said(place.credential(**wanted), 201)["application_credential"]
    yield made
    said(place.user.identity.delete(f"{credentials(place)}/{made['id']}"), 204)


def credentials(place: Place) -> str:
    return f"/users/{place.user_id}/application_credentials"


def login(credential: dict[str, Any], secret: str) -> dict[str, Any]:
    how = {"id": credential["id"], "secret": secret}
    return {"identity": {"methods": ["application_credential"], "application_credential": how}}


def test_the_secret_is_the_one_given_and_shown_in_that_answer_only(place: Place, credential: dict[str, Any]) -> None:
    assert credential["secret"] == SECRET
    read = said(place.user.identity.get(f"{credentials(place)}/{credential['id']}"), 200)["application_credential"]
    assert "secret" not in read
    assert (read["name"], read["description"]) == (credential["name"], "tag-of-the-portal")
    assert read["expires_at"] == "2099-01-01T00:00:00.000000"
    assert (read["project_id"], [role["name"] for role in read["roles"]]) == (place.project_id, ["member"])


def test_it_signs_in_to_its_project(place: Place, credential: dict[str, Any]) -> None:
    token = said(place.cloud.tokens(login(credential, SECRET)), 201)["token"]
    assert token["project"]["id"] == place.project_id
    assert [role["name"] for role in token["roles"]] == ["member"]
    person = place.cloud.sign_in_by_credential(credential["id"], SECRET)
    said(person.compute.get("/servers"), 200)


def test_a_wrong_secret_is_401(place: Place, credential: dict[str, Any]) -> None:
    said(place.cloud.tokens(login(credential, "wrong")), 401, "The request you have made requires authentication.")


def test_it_is_found_by_name(place: Place, credential: dict[str, Any]) -> None:
    path = f"{credentials(place)}?name={credential['name']}"
    (found,) = said(place.user.identity.get(path), 200)["application_credentials"]
    assert (found["id"], found["description"]) == (credential["id"], "tag-of-the-portal")


def test_a_name_is_given_once(place: Place, credential: dict[str, Any]) -> None:
    text = f"Duplicate entry found with name {credential['name']}."
    said(place.credential(name=credential["name"]), 409, text)


def test_nobody_makes_one_for_somebody_else(place: Place) -> None:
    body = {"application_credential": {"name": unique()}}
    text = "You are not authorized to perform the requested action: identity:create_application_credential."
    said(place.cloud.admin.identity.post(credentials(place), body), 403, text)


def test_a_restricted_one_makes_and_deletes_none(place: Place, credential: dict[str, Any]) -> None:
    person = place.cloud.sign_in_by_credential(credential["id"], SECRET).identity
    text = "Using method 'application_credential' is not allowed for managing additional application credentials"
    said(person.post(credentials(place), {"application_credential": {"name": unique()}}), 403, text)
    said(person.delete(f"{credentials(place)}/{credential['id']}"), 403, text)


def test_it_has_no_role_that_its_user_has_not(place: Place) -> None:
    answer = place.credential(roles=[{"name": "admin"}])
    said(answer, 400, "Cannot create an application credential with unassigned role")


def test_it_cannot_end_before_it_begins(place: Place) -> None:
    answer = place.credential(expires_at="2020-01-01T00:00:00.000000Z")
    said(answer, 400, "The 'expires_at' must not be before now.")


def test_the_admin_sees_and_deletes_them_by_id_and_what_is_gone_is_404_at_sign_in(place: Place) -> None:
    made = said(place.credential(secret=SECRET), 201)["application_credential"]
    path = f"{credentials(place)}/{made['id']}"
    said(place.cloud.admin.identity.get(path), 200)
    said(place.cloud.admin.identity.delete(path), 204)
    said(place.cloud.admin.identity.delete(path), 404)
    said(place.cloud.tokens(login(made, SECRET)), 404, f"Could not find Application Credential: {made['id']}.")


def test_it_ends_with_its_user(own_place: Place) -> None:
    made = said(own_place.credential(secret=SECRET), 201)["application_credential"]
    said(own_place.cloud.admin.identity.delete(f"/users/{own_place.user_id}"), 204)
    said(own_place.cloud.tokens(login(made, SECRET)), 404, "Could not find Application Credential")
