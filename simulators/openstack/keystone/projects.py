"""Domains, projects and their tags."""

from typing import Any

from werkzeug import Response

from simulators.common import json_response
from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.keystone.common import filtered, found, listed, new_id, routes, shown
from simulators.openstack.store import Row, World

CHANGEABLE = ("name", "description", "enabled", "tags", "options")


@routes.get("/domains")
def domains(call: Call) -> Row:
    call.admin("identity:list_domains")
    return listed(call, "domains", filtered(call, list(call.world.domains), "name", "enabled"))


@routes.get("/domains/<id>")
def domain(call: Call, id: str) -> Row:
    return {"domain": shown(call, "domains", found(call.world.domains, id, "domain"))}


@routes.post("/domains")
def create_domain(call: Call) -> tuple[Row, int]:
    call.admin("identity:create_domain")
    asked = call.part("domain")
    if call.world.domains.one(name=asked.get("name")):
        raise Refused(
            409, f"Conflict occurred attempting to store domain - Duplicate entry found with name {asked['name']}."
        )
    row = call.world.domains.add(
        {
            "id": new_id(),
            "name": asked["name"],
            "description": asked.get("description", ""),
            "enabled": asked.get("enabled", True),
            "tags": [],
            "options": {},
        }
    )
    return {"domain": shown(call, "domains", row)}, 201


@routes.patch("/domains/<id>")
def change_domain(call: Call, id: str) -> Row:
    call.admin("identity:update_domain")
    row = found(call.world.domains, id, "domain")
    row.update({name: value for name, value in call.part("domain").items() if name in CHANGEABLE})
    return {"domain": shown(call, "domains", row)}


@routes.delete("/domains/<id>")
def delete_domain(call: Call, id: str) -> None:
    call.admin("identity:delete_domain")
    if found(call.world.domains, id, "domain")["enabled"]:
        raise Refused(403, "Cannot delete a domain that is enabled, please disable it first.")
    for project in call.world.projects.where(domain_id=id):
        forget_project(call.world, project["id"])
    for user in call.world.users.where(domain_id=id):
        call.world.users.remove(user["id"])
    call.world.domains.remove(id)


def same_name(world: World, name: str, domain_id: str, besides: str = "") -> None:
    """Raises 409 for a second project of that name in the domain."""
    if any(row["id"] != besides for row in world.projects.where(name=name, domain_id=domain_id)):
        raise Refused(
            409,
            "Conflict occurred attempting to store project - it is not permitted to have two projects "
            f"with the same name in the same domain : {name}.",
        )


@routes.post("/projects")
def create_project(call: Call) -> tuple[Row, int]:
    call.admin("identity:create_project")
    asked = call.part("project")
    name, domain_id = asked.get("name"), asked.get("domain_id") or "default"
    if not name or not isinstance(name, str) or len(name) > 64:
        raise Refused(400, f"Invalid input for field 'name': {name!r} is not a valid name")
    found(call.world.domains, domain_id, "domain")
    same_name(call.world, name, domain_id)
    row = call.world.projects.add(
        {
            "id": new_id(),
            "name": name,
            "domain_id": domain_id,
            "description": asked.get("description") or "",
            "enabled": asked.get("enabled", True),
            "parent_id": asked.get("parent_id") or domain_id,
            "is_domain": False,
            "tags": list(asked.get("tags") or []),
            "options": asked.get("options") or {},
        }
    )
    return {"project": shown(call, "projects", row)}, 201


def tagged(call: Call, rows: list[Row]) -> list[Row]:
    """The four filters by tag."""
    tests: dict[str, Any] = {
        "tags": lambda asked, has: asked <= has,
        "tags-any": lambda asked, has: bool(asked & has),
        "not-tags": lambda asked, has: not asked <= has,
        "not-tags-any": lambda asked, has: not asked & has,
    }
    for name, test in tests.items():
        if name in call.args:
            asked = set(call.args[name].split(","))
            rows = [row for row in rows if test(asked, set(row["tags"]))]
    return rows


@routes.get("/projects")
def projects(call: Call) -> Row:
    rows = filtered(call, list(call.world.projects), "name", "domain_id", "enabled", "parent_id", "is_domain")
    if not call.who.admin:
        mine = {row["project_id"] for row in call.world.assignments.where(user_id=call.who.user_id)}
        if not mine & {row["id"] for row in rows}:
            call.admin("identity:list_projects")
        rows = [row for row in rows if row["id"] in mine]
    return listed(call, "projects", tagged(call, rows))


@routes.get("/auth/projects")
def my_projects(call: Call) -> Row:
    mine = {row["project_id"] for row in call.world.assignments.where(user_id=call.who.user_id)}
    return listed(call, "projects", [row for row in call.world.projects if row["id"] in mine and row["enabled"]])


def project_seen(call: Call, id: str) -> Row:
    """A project that the caller may look at."""
    if id != call.who.project_id:
        call.admin("identity:get_project")
    return found(call.world.projects, id, "project")


@routes.get("/projects/<id>")
def project(call: Call, id: str) -> Row:
    return {"project": shown(call, "projects", project_seen(call, id))}


@routes.patch("/projects/<id>")
def change_project(call: Call, id: str) -> Row:
    call.admin("identity:update_project")
    row = found(call.world.projects, id, "project")
    asked = call.part("project")
    if "name" in asked:
        same_name(call.world, asked["name"], row["domain_id"], id)
    row.update({name: value for name, value in asked.items() if name in CHANGEABLE})
    return {"project": shown(call, "projects", row)}


def forget_project(world: World, id: str) -> None:
    """Only keystone's own things go; servers and volumes stay behind."""
    for table in (world.assignments, world.credentials):
        for row in table.where(project_id=id):
            table.remove(row["id"])
    world.projects.remove(id)


@routes.delete("/projects/<id>")
def delete_project(call: Call, id: str) -> None:
    call.admin("identity:delete_project")
    found(call.world.projects, id, "project")
    forget_project(call.world, id)


@routes.get("/projects/<id>/tags")
def tags(call: Call, id: str) -> Row:
    return {"tags": project_seen(call, id)["tags"], "links": {}}


@routes.put("/projects/<id>/tags")
def set_tags(call: Call, id: str) -> Row:
    call.admin("identity:update_project_tags")
    row = found(call.world.projects, id, "project")
    row["tags"] = list(call.body.get("tags", []))
    return {"tags": row["tags"], "links": {}}


@routes.delete("/projects/<id>/tags")
def clear_tags(call: Call, id: str) -> None:
    call.admin("identity:delete_project_tags")
    found(call.world.projects, id, "project")["tags"] = []


@routes.route("/projects/<id>/tags/<tag>", ["GET", "PUT", "DELETE"])
def tag(call: Call, id: str, tag: str) -> Response | None:
    row = project_seen(call, id)
    if call.request.method == "PUT":
        row["tags"] = sorted({*row["tags"], tag})
        return json_response(None, 201)
    if tag not in row["tags"]:
        raise Refused(404, f"Could not find project tag: {tag}.")
    if call.request.method == "DELETE":
        row["tags"].remove(tag)
    return None
