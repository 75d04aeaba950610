"""Sign-in: tokens by password, token or application credential."""

import secrets
from datetime import UTC, datetime

from werkzeug import Request, Response

from simulators.common import json_response
from simulators.openstack.call import Call, Who
from simulators.openstack.errors import Refused
from simulators.openstack.keystone import catalog
from simulators.openstack.keystone.common import IMPLIED, matches, new_id, routes
from simulators.openstack.store import Row, World

LIFETIME = 3600.0


def precise(seconds: float) -> str:
    """Keystone's times have microseconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def holder(world: World, request: Request, now: float) -> Who | None:
    """Whose token came with the call; None for no token or one that is not valid."""
    token = world.tokens.get(request.headers.get("X-Auth-Token"))
    if token is None or not valid(world, token, now):
        return None
    return Who(token, token["user_id"], token["project_id"], frozenset(token["roles"]))


def valid(world: World, token: Row, now: float) -> bool:
    """Whether a token still counts: not expired, its user and project there and enabled."""
    user = world.users.get(token["user_id"])
    if token["expires"] <= now or not user or not user["enabled"]:
        return False
    if token["credential_id"] and token["credential_id"] not in world.credentials:
        return False
    project = world.projects.get(token["project_id"])
    return not token["project_id"] or bool(project and project["enabled"])


def unauthorized() -> Refused:
    """Keystone never says why."""
    return Refused(401, "")


def domain_of(world: World, asked: Row | None) -> str | None:
    """The id of a domain given by id or name."""
    if not asked:
        return None
    if "id" in asked:
        return str(asked["id"])
    row = world.domains.one(name=asked.get("name"))
    return row["id"] if row else None


def user_of(world: World, asked: Row) -> Row:
    """The enabled user meant by id, or by name and domain. Raises 401."""
    if asked.get("id"):
        user = world.users.get(asked["id"])
    else:
        user = world.users.one(name=asked.get("name"), domain_id=domain_of(world, asked.get("domain")))
    if user is None or not user["enabled"]:
        raise unauthorized()
    return user


def by_password(world: World, asked: Row, now: float) -> tuple[Row, Row | None]:
    """Sign in by name and password."""
    user = user_of(world, asked["user"])
    if not matches(str(asked["user"].get("password", "")), user["_password"]):
        raise unauthorized()
    return user, None


def by_token(world: World, asked: Row, now: float) -> tuple[Row, Row | None]:
    """Another scope for a token in hand."""
    token = world.tokens.get(asked.get("id"))
    if token is None or not valid(world, token, now):
        raise unauthorized()
    return world.users[token["user_id"]], world.credentials.get(token["credential_id"])


def by_credential(world: World, asked: Row, now: float) -> tuple[Row, Row | None]:
    """Sign in by an application credential, named by id or by its name and user."""
    if asked.get("id"):
        credential = world.credentials.get(asked["id"])
        if credential is None:
            raise Refused(404, f"Could not find Application Credential: {asked['id']}.")
    else:
        user = user_of(world, asked.get("user") or {})
        credential = world.credentials.one(name=asked.get("name"), user_id=user["id"])
    if credential is None or not matches(str(asked.get("secret", "")), credential["_secret"]):
        raise unauthorized()
    if credential["_expires"] is not None and credential["_expires"] <= now:
        raise unauthorized()
    return user_of(world, {"id": credential["user_id"]}), credential


METHODS = {"password": by_password, "token": by_token, "application_credential": by_credential}


def roles_in(world: World, user_id: str, project_id: str) -> list[str]:
    """Ids of the roles a user has in a project, inherited and implied ones too."""
    project = world.projects[project_id]
    names: set[str] = set()
    for row in world.assignments.where(user_id=user_id):
        here = row["project_id"] == project_id and not row["inherited"]
        if here or (row["inherited"] and row["domain_id"] == project["domain_id"]):
            name = world.roles[row["role_id"]]["name"]
            names |= {name, *IMPLIED.get(name, ())}
    return [row["id"] for row in world.roles if row["name"] in names]


def project_of(world: World, asked: Row) -> Row:
    """The enabled project meant by id, or by name and domain. Raises 401."""
    if asked.get("id"):
        project = world.projects.get(asked["id"])
    else:
        project = world.projects.one(name=asked.get("name"), domain_id=domain_of(world, asked.get("domain")))
    if project is None or not project["enabled"] or not world.domains[project["domain_id"]]["enabled"]:
        raise unauthorized()
    return project


def scope_of(world: World, user: Row, credential: Row | None, asked: object) -> tuple[Row | None, list[str]]:
    """The project and role ids that the token will hold. Raises 401 where the user has none there."""
    if credential:
        project = project_of(world, {"id": credential["project_id"]})
        return project, [role["id"] for role in credential["roles"]]
    if isinstance(asked, dict) and "project" in asked:
        project = project_of(world, asked["project"])
        roles = roles_in(world, user["id"], project["id"])
        if not roles:
            raise unauthorized()
        return project, roles
    if isinstance(asked, dict) and ("domain" in asked or "system" in asked):
        return None, [row["role_id"] for row in world.assignments.where(user_id=user["id"])]
    home = world.projects.get(user.get("default_project_id"))
    if asked is None and home and home["enabled"]:
        return (home, roles) if (roles := roles_in(world, user["id"], home["id"])) else (None, [])
    return None, []


def described(world: World, token: Row, root: str) -> Row:
    """The token's body as keystone shows it."""
    user = world.users[token["user_id"]]
    domain = world.domains[user["domain_id"]]
    body = {
        "methods": token["methods"],
        "user": {
            "id": user["id"],
            "name": user["name"],
            "domain": {"id": domain["id"], "name": domain["name"]},
            "password_expires_at": None,
        },
        "audit_ids": [token["audit"]],
        "issued_at": precise(token["issued"]),
        "expires_at": precise(token["expires"]),
    }
    if token["project_id"]:
        body |= scoped(world, token, root)
    if credential := world.credentials.get(token["credential_id"]):
        body["application_credential"] = {
            "id": credential["id"],
            "name": credential["name"],
            "restricted": not credential["unrestricted"],
        }
    return body


def scoped(world: World, token: Row, root: str) -> Row:
    """What a token of a project says more."""
    project = world.projects[token["project_id"]]
    domain = world.domains[project["domain_id"]]
    return {
        "project": {
            "id": project["id"],
            "name": project["name"],
            "domain": {"id": domain["id"], "name": domain["name"]},
        },
        "is_domain": False,
        "roles": [{"id": id, "name": world.roles[id]["name"]} for id in token["role_ids"] if id in world.roles],
        "catalog": catalog.entries(root, project["id"]),
    }


@routes.post("/auth/tokens", public=True)
def create(call: Call) -> Response:
    auth = call.part("auth")
    identity = auth.get("identity") or {}
    methods = [name for name in identity.get("methods", []) if name in METHODS]
    if not methods or not isinstance(identity.get(methods[0]), dict):
        raise unauthorized()
    user, credential = METHODS[methods[0]](call.world, identity[methods[0]], call.now)
    project, role_ids = scope_of(call.world, user, credential, auth.get("scope"))
    token = issue(call.world, user, project, role_ids, credential, methods, call.now)
    return json_response({"token": described(call.world, token, call.root)}, 201, {"X-Subject-Token": token["id"]})


def issue(
    world: World,
    user: Row,
    project: Row | None,
    role_ids: list[str],
    credential: Row | None,
    methods: list[str],
    now: float,
) -> Row:
    """Keep a new token; forget those that ran out."""
    if world.tokens.last % 500 == 499:
        for old in world.tokens:
            if old["expires"] < now:
                world.tokens.remove(old["id"])
    return world.tokens.add(
        {
            "id": "gAAAAA" + secrets.token_urlsafe(64),
            "user_id": user["id"],
            "project_id": project["id"] if project else None,
            "role_ids": role_ids,
            "roles": [world.roles[id]["name"] for id in role_ids if id in world.roles],
            "credential_id": credential["id"] if credential else None,
            "methods": methods,
            "audit": new_id()[:22],
            "issued": now,
            "expires": now + LIFETIME,
        }
    )


def subject(call: Call) -> Row:
    """The token asked about. Raises 404."""
    token = call.world.tokens.get(call.request.headers.get("X-Subject-Token"))
    if token is None or not valid(call.world, token, call.now):
        raise Refused(404, "Could not find token.")
    if not call.who.admin and token["user_id"] != call.who.user_id:
        call.admin("identity:validate_token")
    return token


@routes.get("/auth/tokens")
def show(call: Call) -> Response:
    token = subject(call)
    return json_response({"token": described(call.world, token, call.root)}, 200, {"X-Subject-Token": token["id"]})


@routes.delete("/auth/tokens")
def revoke(call: Call) -> None:
    call.world.tokens.remove(subject(call)["id"])


@routes.get("/auth/catalog")
def auth_catalog(call: Call) -> Row:
    return {"catalog": catalog.entries(call.root, call.project_id), "links": {}}
