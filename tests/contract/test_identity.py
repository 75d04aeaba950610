"""keystone: projects, users, roles, and what a sign-in is refused for."""

from typing import Any

import pytest

from tests.contract.answers import ids, names, said
from tests.contract.cloud import Cloud, unique
from tests.contract.place import Place

ABSENT = "0" * 32


def password_login(user: str, password: str, project: str | None = None) -> dict[str, Any]:
    person = {"user": {"id": user, "password": password}}
    body: dict[str, Any] = {"identity": {"methods": ["password"], "password": person}}
    return {**body, "scope": {"project": {"id": project}}} if project else body


def role_path(place: Place, role: str) -> str:
    return f"/projects/{place.project_id}/users/{place.user_id}/roles/{place.cloud.id_of('role', role)}"


def test_two_projects_of_one_name_in_a_domain_are_a_conflict(place: Place) -> None:
    body = {"project": {"name": place.name, "domain_id": "default"}}
    said(place.cloud.admin.identity.post("/projects", body), 409, "Conflict occurred attempting to store project")


def test_two_users_of_one_name_in_a_domain_are_a_conflict(place: Place) -> None:
    body = {"user": {"name": place.name, "domain_id": "default"}}
    text = f"Conflict occurred attempting to store user - Duplicate entry found with name {place.name}"
    said(place.cloud.admin.identity.post("/users", body), 409, text)


def test_a_project_keeps_tags_and_description_of_its_create_call_and_is_found_by_them(cloud: Cloud) -> None:
    tag, identity = unique("tag"), cloud.admin.identity
    body = {"name": unique(), "domain_id": "default", "tags": [tag, "portal"], "description": "for a test"}
    made = said(identity.post("/projects", {"project": body}), 201)["project"]
    try:
        read = said(identity.get(f"/projects/{made['id']}"), 200)["project"]
        assert (set(read["tags"]), read["description"]) == ({tag, "portal"}, "for a test")
        for query in (f"tags={tag}", f"tags={tag},portal", f"name={body['name']}&domain_id=default"):
            assert ids(said(identity.get(f"/projects?{query}"), 200)["projects"]) == {made["id"]}
        assert said(identity.get(f"/projects?tags={tag},absent"), 200)["projects"] == []
    finally:
        said(identity.delete(f"/projects/{made['id']}"), 204)
    said(identity.get(f"/projects/{made['id']}"), 404, f"Could not find project: {made['id']}.")
    said(identity.delete(f"/projects/{made['id']}"), 404, f"Could not find project: {made['id']}.")


def test_a_user_keeps_the_description_and_is_found_by_name(cloud: Cloud) -> None:
    identity, name = cloud.admin.identity, unique()
    body = {"user": {"name": name, "domain_id": "default", "password": unique(), "description": "tag-7"}}
    made = said(identity.post("/users", body), 201)["user"]
    try:
        (found,) = said(identity.get(f"/users?name={name}&domain_id=default"), 200)["users"]
        assert (found["id"], found["description"], found["enabled"]) == (made["id"], "tag-7", True)
    finally:
        said(identity.delete(f"/users/{made['id']}"), 204)
    said(identity.get(f"/users/{made['id']}"), 404, f"Could not find user: {made['id']}.")


def test_a_role_is_assigned_as_often_as_one_likes_and_taken_once(own_place: Place) -> None:
    identity, reader = own_place.cloud.admin.identity, role_path(own_place, "reader")
    said(identity("HEAD", reader), 404)
    said(identity.put(reader), 204)
    said(identity.put(reader), 204)
    said(identity("HEAD", reader), 204)
    query = f"user.id={own_place.user_id}&scope.project.id={own_place.project_id}"
    rows = said(identity.get(f"/role_assignments?{query}"), 200)["role_assignments"]
    held = {row["role"]["id"] for row in rows}
    assert held == {own_place.cloud.id_of("role", role) for role in ("member", "reader")}
    said(identity.delete(reader), 204)
    said(identity.delete(reader), 404, "Could not find role assignment with role")


def test_roles_that_the_portal_needs_are_there(cloud: Cloud) -> None:
    assert {"admin", "member", "reader"} <= names(said(cloud.admin.identity.get("/roles"), 200)["roles"])


def test_a_sign_in_tells_project_user_roles_and_catalog(place: Place) -> None:
    answer = place.cloud.tokens(password_login(place.user_id, place.password, place.project_id))
    token = said(answer, 201)["token"]
    assert answer.headers["X-Subject-Token"]
    assert (token["project"]["id"], token["user"]["id"]) == (place.project_id, place.user_id)
    assert "member" in names(token["roles"])
    kinds = {entry["type"] for entry in token["catalog"]}
    assert {"identity", "compute", "network", "image", "placement"} <= kinds
    assert kinds & {"volumev3", "block-storage"}


@pytest.mark.parametrize("what", ["password", "user", "project"])
def test_a_sign_in_is_refused_without_saying_why(place: Place, what: str) -> None:
    right = {"user": place.user_id, "password": place.password, "project": place.project_id}
    login = password_login(**{**right, what: ABSENT})
    said(place.cloud.tokens(login), 401, "The request you have made requires authentication.")


def test_a_project_without_a_role_for_the_user_is_no_scope(place: Place) -> None:
    login = password_login(place.user_id, place.password, place.cloud.admin.project_id)
    said(place.cloud.tokens(login), 401, "The request you have made requires authentication.")


@pytest.mark.parametrize("what", ["project", "user"])
def test_what_is_disabled_cannot_be_signed_in_to_and_can_be_enabled_again(own_place: Place, what: str) -> None:
    identity = own_place.cloud.admin.identity
    path = f"/{what}s/{getattr(own_place, f'{what}_id')}"
    login = password_login(own_place.user_id, own_place.password, own_place.project_id)
    assert said(identity.patch(path, {what: {"enabled": False}}), 200)[what]["enabled"] is False
    said(own_place.cloud.tokens(login), 401)
    said(identity.patch(path, {what: {"enabled": True}}), 200)
    said(own_place.cloud.tokens(login), 201)


def test_a_password_set_by_the_admin_replaces_the_old_one(own_place: Place) -> None:
    new, identity = unique(), own_place.cloud.admin.identity
    said(identity.patch(f"/users/{own_place.user_id}", {"user": {"password": new}}), 200)
    said(own_place.cloud.tokens(password_login(own_place.user_id, own_place.password)), 401)
    said(own_place.cloud.tokens(password_login(own_place.user_id, new, own_place.project_id)), 201)


@pytest.mark.parametrize(("service", "path"), [("identity", "/projects"), ("compute", "/servers")])
def test_a_call_without_a_token_is_401(cloud: Cloud, service: str, path: str) -> None:
    answer = getattr(cloud.admin, service).get(path, authenticated=False)
    said(answer, 401, "The request you have made requires authentication.")


def test_a_member_makes_no_projects(place: Place) -> None:
    body = {"project": {"name": unique(), "domain_id": "default"}}
    text = "You are not authorized to perform the requested action: identity:create_project."
    said(place.user.identity.post("/projects", body), 403, text)
