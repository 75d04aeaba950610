"""Users and groups (of which there are none)."""

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.keystone.common import filtered, found, hashed, listed, matches, new_id, routes, shown
from simulators.openstack.store import Row, World

CHANGEABLE = ("name", "description", "enabled", "email", "default_project_id", "options")


def same_name(world: World, name: str, domain_id: str, besides: str = "") -> None:
    """Raises 409 for a second user of that name in the domain."""
    if any(row["id"] != besides for row in world.users.where(name=name, domain_id=domain_id)):
        raise Refused(
            409,
            "Conflict occurred attempting to store user - "
            f"Duplicate entry found with name {name} at domain ID {domain_id}.",
        )


@routes.post("/users")
def create(call: Call) -> tuple[Row, int]:
    call.admin("identity:create_user")
    asked = call.part("user")
    name, domain_id = asked.get("name"), asked.get("domain_id") or "default"
    if not name or not isinstance(name, str):
        raise Refused(400, f"Invalid input for field 'name': {name!r} is not a valid name")
    found(call.world.domains, domain_id, "domain")
    same_name(call.world, name, domain_id)
    row: Row = {"id": new_id(), "name": name, "domain_id": domain_id, "enabled": asked.get("enabled", True)}
    row |= {field: asked[field] for field in ("description", "email", "default_project_id") if asked.get(field)}
    row |= {"options": asked.get("options") or {}, "password_expires_at": None}
    row["_password"] = hashed(str(asked.get("password") or new_id()))
    return {"user": shown(call, "users", call.world.users.add(row))}, 201


@routes.get("/users")
def users(call: Call) -> Row:
    call.admin("identity:list_users")
    rows = filtered(call, list(call.world.users), "name", "domain_id", "enabled")
    return listed(call, "users", rows)


def seen(call: Call, id: str, policy: str) -> Row:
    """A user that the caller may look at."""
    if id != call.who.user_id:
        call.admin(policy)
    return found(call.world.users, id, "user")


@routes.get("/users/<id>")
def user(call: Call, id: str) -> Row:
    return {"user": shown(call, "users", seen(call, id, "identity:get_user"))}


@routes.patch("/users/<id>")
def change(call: Call, id: str) -> Row:
    call.admin("identity:update_user")
    row = found(call.world.users, id, "user")
    asked = call.part("user")
    if "name" in asked:
        same_name(call.world, asked["name"], row["domain_id"], id)
    row.update({name: value for name, value in asked.items() if name in CHANGEABLE})
    if asked.get("password"):
        row["_password"] = hashed(str(asked["password"]))
        end_tokens(call.world, id)
    return {"user": shown(call, "users", row)}


def end_tokens(world: World, user_id: str) -> None:
    """A new password ends what was signed in before."""
    for token in world.tokens.where(user_id=user_id):
        world.tokens.remove(token["id"])


@routes.post("/users/<id>/password")
def change_password(call: Call, id: str) -> None:
    row = found(call.world.users, id, "user")
    asked = call.part("user")
    if id != call.who.user_id or not matches(str(asked.get("original_password", "")), row["_password"]):
        raise Refused(401, "")
    row["_password"] = hashed(str(asked["password"]))
    end_tokens(call.world, id)


@routes.delete("/users/<id>")
def delete(call: Call, id: str) -> None:
    call.admin("identity:delete_user")
    found(call.world.users, id, "user")
    for table in (call.world.assignments, call.world.credentials, call.world.tokens):
        for row in table.where(user_id=id):
            table.remove(row["id"])
    call.world.users.remove(id)


@routes.get("/users/<id>/projects")
def projects(call: Call, id: str) -> Row:
    seen(call, id, "identity:list_user_projects")
    ids = {row["project_id"] for row in call.world.assignments.where(user_id=id)}
    return listed(call, "projects", [row for row in call.world.projects if row["id"] in ids])


@routes.get("/users/<id>/groups")
def user_groups(call: Call, id: str) -> Row:
    return listed(call, "groups", [])


@routes.get("/groups")
def groups(call: Call) -> Row:
    return listed(call, "groups", [])


@routes.get("/groups/<id>")
def group(call: Call, id: str) -> Row:
    raise Refused(404, f"Could not find group: {id}.")
