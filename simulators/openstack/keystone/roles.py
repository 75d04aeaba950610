"""Roles and who has them where."""

from typing import Any

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.keystone.common import IMPLIED, filtered, found, listed, new_id, routes, shown
from simulators.openstack.store import Row, World

EACH = ["GET", "PUT", "DELETE"]


@routes.get("/roles")
def roles(call: Call) -> Row:
    return listed(call, "roles", filtered(call, list(call.world.roles), "name"))


@routes.get("/roles/<id>")
def role(call: Call, id: str) -> Row:
    return {"role": shown(call, "roles", found(call.world.roles, id, "role"))}


@routes.post("/roles")
def create(call: Call) -> tuple[Row, int]:
    call.admin("identity:create_role")
    name = call.part("role")["name"]
    if call.world.roles.one(name=name):
        raise Refused(409, f"Conflict occurred attempting to store role - Duplicate entry found with name {name}.")
    return {"role": shown(call, "roles", call.world.roles.add(new_role(name)))}, 201


def new_role(name: str) -> Row:
    """A role of no domain."""
    return {"id": new_id(), "name": name, "domain_id": None, "description": None, "options": {}}


@routes.delete("/roles/<id>")
def delete(call: Call, id: str) -> None:
    call.admin("identity:delete_role")
    found(call.world.roles, id, "role")
    for row in call.world.assignments.where(role_id=id):
        call.world.assignments.remove(row["id"])
    call.world.roles.remove(id)


def grant(
    world: World, user_id: str, role_id: str, *, project_id: str = "", domain_id: str = "", inherited: bool = False
) -> None:
    """Give a role; giving it again changes nothing."""
    id = f"{project_id or domain_id}/{user_id}/{role_id}/{inherited:d}"
    if id not in world.assignments:
        world.assignments.add(
            {
                "id": id,
                "user_id": user_id,
                "role_id": role_id,
                "project_id": project_id or None,
                "domain_id": domain_id or None,
                "inherited": inherited,
            }
        )


def assignment(call: Call, user: str, role: str, **where: Any) -> None:
    """PUT, HEAD or DELETE of one assignment."""
    call.admin("identity:create_grant")
    found(call.world.users, user, "user")
    found(call.world.roles, role, "role")
    place = where.get("project_id") or where.get("domain_id")
    id = f"{place}/{user}/{role}/{where.get('inherited', False):d}"
    if call.request.method == "PUT":
        grant(call.world, user, role, **where)
        return
    if id not in call.world.assignments:
        raise Refused(
            404,
            f"Could not find role assignment with role: {role}, user or group: {user}, "
            f"project, domain, or system: {place}.",
        )
    if call.request.method == "DELETE":
        call.world.assignments.remove(id)
        for row in call.world.credentials.where(user_id=user, project_id=where.get("project_id")):
            call.world.credentials.remove(row["id"])
        for row in call.world.tokens.where(user_id=user):
            call.world.tokens.remove(row["id"])


@routes.route("/projects/<project>/users/<user>/roles/<role>", EACH)
def on_project(call: Call, project: str, user: str, role: str) -> None:
    found(call.world.projects, project, "project")
    assignment(call, user, role, project_id=project)


@routes.route("/domains/<domain>/users/<user>/roles/<role>", EACH)
def on_domain(call: Call, domain: str, user: str, role: str) -> None:
    found(call.world.domains, domain, "domain")
    assignment(call, user, role, domain_id=domain)


@routes.route("/OS-INHERIT/domains/<domain>/users/<user>/roles/<role>/inherited_to_projects", EACH)
def inherited(call: Call, domain: str, user: str, role: str) -> None:
    found(call.world.domains, domain, "domain")
    assignment(call, user, role, domain_id=domain, inherited=True)


@routes.get("/projects/<project>/users/<user>/roles")
def listed_on_project(call: Call, project: str, user: str) -> Row:
    call.admin("identity:list_grants")
    ids = [row["role_id"] for row in call.world.assignments.where(user_id=user, project_id=project)]
    return listed(call, "roles", [call.world.roles[id] for id in ids])


@routes.get("/domains/<domain>/users/<user>/roles")
def listed_on_domain(call: Call, domain: str, user: str) -> Row:
    call.admin("identity:list_grants")
    ids = [row["role_id"] for row in call.world.assignments.where(user_id=user, domain_id=domain, inherited=False)]
    return listed(call, "roles", [call.world.roles[id] for id in ids])


def effective(world: World, row: Row) -> list[Row]:
    """An assignment with those its role implies."""
    name = world.roles[row["role_id"]]["name"]
    implied = [role["id"] for role in world.roles if role["name"] in IMPLIED.get(name, ())]
    return [row, *(row | {"role_id": id} for id in implied)]


def described(call: Call, row: Row) -> Row:
    """An assignment as keystone lists it, with names where asked."""

    def named(table: str, id: str) -> Row:
        one = call.world.tables[table].get(id)
        if not call.flag("include_names") or one is None:
            return {"id": id}
        domain = one.get("domain_id")
        extra = {"domain": {"id": domain, "name": call.world.domains[domain]["name"]}} if domain else {}
        return {"id": id, "name": one["name"]} | extra

    kind = "project" if row["project_id"] else "domain"
    scope: Row = {kind: named(f"{kind}s", row[f"{kind}_id"])}
    if row["inherited"]:
        scope["OS-INHERIT:inherited_to"] = "projects"
    return {"role": named("roles", row["role_id"]), "user": named("users", row["user_id"]), "scope": scope, "links": {}}


@routes.get("/role_assignments")
def role_assignments(call: Call) -> Row:
    mine = call.args.get("user.id") == call.who.user_id
    if not mine:
        call.admin("identity:list_role_assignments")
    rows = list(call.world.assignments)
    if "effective" in call.args:
        rows = [one for row in rows for one in effective(call.world, row)]
    asked = {
        "user.id": "user_id",
        "scope.project.id": "project_id",
        "scope.domain.id": "domain_id",
        "role.id": "role_id",
    }
    for name, field in asked.items():
        if name in call.args:
            rows = [row for row in rows if row[field] == call.args[name]]
    if "group.id" in call.args or "scope.system" in call.args:
        rows = []
    return {"role_assignments": [described(call, row) for row in rows], "links": {"next": None, "previous": None}}
