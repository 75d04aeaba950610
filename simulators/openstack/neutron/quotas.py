"""Quotas of neutron."""

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.neutron.resource import routes
from simulators.openstack.store import Row, World

DEFAULTS = {
    "network": 100,
    "subnet": 100,
    "port": 500,
    "router": 10,
    "floatingip": 50,
    "security_group": 10,
    "security_group_rule": 100,
    "subnetpool": -1,
    "rbac_policy": 10,
}
# what comes along in the body and is no limit itself
NO_LIMITS = ("project_id", "tenant_id", "force", "check_limit")


def limits(world: World, project: str) -> dict[str, int]:
    """What holds for a project."""
    row = world.quotas.get(f"network:{project}")
    return DEFAULTS | (row["limits"] if row else {})


def used(world: World, project: str, name: str) -> int:
    """How many the project has."""
    table = world.tables.get(f"{name}s")
    return len(table.where(project_id=project)) if table else 0


def check(world: World, project: str, name: str) -> None:
    """Raises 409 where one more would be too many."""
    limit = limits(world, project)[name]
    if 0 <= limit <= used(world, project, name):
        raise Refused(409, f"Quota exceeded for resources: ['{name}'].", "OverQuota")


def admin_of(call: Call, project: str) -> None:
    """A project reads its own quota; the rest is the admin's."""
    if project != call.who.project_id:
        call.admin("rule:get_quota")


@routes.get("/quotas")
def quotas(call: Call) -> Row:
    call.admin("rule:get_quota")
    rows = [row for row in call.world.quotas if row["id"].startswith("network:")]
    return {"quotas": [DEFAULTS | row["limits"] | whose(row["id"][8:]) for row in rows]}


def whose(project: str) -> Row:
    """The project in both spellings."""
    return {"project_id": project, "tenant_id": project}


def show(call: Call, project: str) -> Row:
    admin_of(call, project)
    return {"quota": limits(call.world, project)}


def default(call: Call, project: str) -> Row:
    return {"quota": dict(DEFAULTS)}


def details(call: Call, project: str) -> Row:
    admin_of(call, project)
    rows = limits(call.world, project)
    return {
        "quota": {
            name: {"limit": limit, "used": used(call.world, project, name), "reserved": 0}
            for name, limit in rows.items()
        }
    }


def change(call: Call, project: str) -> Row:
    call.admin("rule:update_quota")
    asked = {name: value for name, value in call.part("quota").items() if name not in NO_LIMITS}
    for name, value in asked.items():
        check_limit(name, value)
        if call.part("quota").get("check_limit") and 0 <= int(value) < used(call.world, project, name):
            raise Refused(400, f"Quota limit check failed for resources: ['{name}'].", "InvalidQuotaValue")
    row = call.world.quotas.get(f"network:{project}") or call.world.quotas.add(
        {"id": f"network:{project}", "limits": {}}
    )
    row["limits"].update({name: int(value) for name, value in asked.items()})
    return {"quota": limits(call.world, project)}


def check_limit(name: str, value: object) -> None:
    """Raises 400 for an unknown name and for what is no number from -1 on."""
    if name not in DEFAULTS:
        raise Refused(400, f"Unrecognized attribute(s) '{name}'", "HTTPBadRequest")
    why = ""
    if not str(value).lstrip("-").isdigit():
        why = f"'{value}' is not an integer."
    elif int(str(value)) < -1:
        why = f"'{value}' is too small - must be at least '-1'."
    if why:
        raise Refused(400, f"Invalid input for {name}. Reason: {why}", "HTTPBadRequest")


def delete(call: Call, project: str) -> None:
    call.admin("rule:delete_quota")
    if call.world.quotas.remove(f"network:{project}") is None:
        raise Refused(404, f"Quota for tenant {project} could not be found.", "TenantQuotaNotFound")


for suffix in ("", ".json"):
    routes.get(f"/quotas/<project>{suffix}")(show)
    routes.get(f"/quotas/<project>/default{suffix}")(default)
    routes.get(f"/quotas/<project>/details{suffix}")(details)
    routes.put(f"/quotas/<project>{suffix}")(change)
    routes.delete(f"/quotas/<project>{suffix}")(delete)
