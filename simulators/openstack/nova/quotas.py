"""Quotas of nova, over which it answers 403."""

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.nova.common import routes
from simulators.openstack.store import Row, World

DEFAULTS = {
    "instances": 10,
    "cores": 20,
    "ram": 51200,
    "key_pairs": 100,
    "server_groups": 10,
    "server_group_members": 10,
    "metadata_items": 128,
}
NETWORK = {"fixed_ips": -1, "floating_ips": 10, "security_groups": 10, "security_group_rules": 20}
FILES = {"injected_files": 5, "injected_file_content_bytes": 10240, "injected_file_path_bytes": 255}


def limits(world: World, project: str) -> dict[str, int]:
    """What holds for a project."""
    row = world.quotas.get(f"compute:{project}")
    return DEFAULTS | (row["limits"] if row else {})


def used(world: World, project: str) -> dict[str, int]:
    """What the project uses; servers in ERROR count."""
    rows = world.servers.where(project_id=project)
    return {
        "instances": len(rows),
        "cores": sum(row["flavor"]["vcpus"] for row in rows),
        "ram": sum(row["flavor"]["ram"] for row in rows),
        "key_pairs": 0,
        "server_groups": len(world.server_groups.where(project_id=project)),
        "server_group_members": 0,
        "metadata_items": 0,
    }


def check(world: World, project: str, count: int, flavor: Row) -> None:
    """Raises 403 where so many more servers, or (count 0) one that grows, would be too much."""
    limit, use = limits(world, project), used(world, project)
    times = max(count, 1)
    want = {"cores": flavor["vcpus"] * times, "instances": count, "ram": flavor["ram"] * times}
    over = [name for name in sorted(want) if want[name] and 0 <= limit[name] < use[name] + want[name]]
    if over:
        asked, have, may = (", ".join(str(row[name]) for name in over) for row in (want, use, limit))
        names = ", ".join(over)
        text = f"Quota exceeded for {names}: Requested {asked}, but already used {have} of {may} {names}"
        raise Refused(403, text)


def shape(call: Call) -> dict[str, int]:
    """What older versions show besides."""
    return (NETWORK if call.version < (2, 36) else {}) | (FILES if call.version < (2, 57) else {})


def project_of(call: Call, project: str) -> None:
    """Its own project, or any that there is for the admin. Raises 403, 400."""
    if project != call.who.project_id:
        call.admin("os_compute_api:os-quota-sets:show")
    if project not in call.world.projects:
        raise Refused(400, f"Project ID {project} is not a valid project.")


@routes.get("/os-quota-sets/<project>")
def show(call: Call, project: str) -> Row:
    project_of(call, project)
    return {"quota_set": {"id": project} | shape(call) | limits(call.world, project)}


@routes.get("/os-quota-sets/<project>/detail")
def detail(call: Call, project: str) -> Row:
    project_of(call, project)
    use = used(call.world, project)
    rows = (shape(call) | limits(call.world, project)).items()
    return {
        "quota_set": {"id": project}
        | {name: {"limit": limit, "in_use": use.get(name, 0), "reserved": 0} for name, limit in rows}
    }


@routes.get("/os-quota-sets/<project>/defaults")
def defaults(call: Call, project: str) -> Row:
    return {"quota_set": {"id": project} | shape(call) | DEFAULTS}


@routes.put("/os-quota-sets/<project>")
def change(call: Call, project: str) -> Row:
    call.admin("os_compute_api:os-quota-sets:update")
    project_of(call, project)
    asked = dict(call.part("quota_set"))
    force = str(asked.pop("force", False)).lower() == "true"
    asked.pop("tenant_id", None)
    use = used(call.world, project)
    for name, value in asked.items():
        check_limit(name, value, 0 if force else use.get(name, 0))
    row = call.world.quotas.get(f"compute:{project}") or call.world.quotas.add(
        {"id": f"compute:{project}", "limits": {}}
    )
    row["limits"].update({name: int(value) for name, value in asked.items()})
    return {"quota_set": shape(call) | limits(call.world, project)}


def check_limit(name: str, value: object, least: int) -> None:
    """Raises 400 for an unknown name, what is no number, and less than is used."""
    if name not in DEFAULTS | NETWORK | FILES:
        raise Refused(
            400,
            f"Invalid input for field/attribute quota_set. "
            f"Additional properties are not allowed ('{name}' was unexpected)",
        )
    if not str(value).lstrip("-").isdigit() or int(str(value)) < -1:
        why = "less than the minimum of -1" if str(value).lstrip("-").isdigit() else "not of type 'integer'"
        raise Refused(400, f"Invalid input for field/attribute {name}. Value: {value}. {value} is {why}")
    if 0 <= int(str(value)) < least:
        text = f"Quota limit {value} for {name} must be greater than or equal to already used and reserved {least}."
        raise Refused(400, text)


@routes.delete("/os-quota-sets/<project>")
def delete(call: Call, project: str) -> tuple[None, int]:
    call.admin("os_compute_api:os-quota-sets:delete")
    call.world.quotas.remove(f"compute:{project}")
    return None, 202


@routes.get("/os-quota-class-sets/<name>")
def class_set(call: Call, name: str) -> Row:
    return {"quota_class_set": {"id": name} | shape(call) | DEFAULTS}


@routes.get("/limits")
def absolute(call: Call) -> Row:
    project = call.args.get("tenant_id") or call.project_id
    if project != call.who.project_id:
        call.admin("os_compute_api:limits:other_project")
    limit, use = limits(call.world, project), used(call.world, project)
    values = {
        "maxTotalInstances": limit["instances"],
        "maxTotalCores": limit["cores"],
        "maxTotalRAMSize": limit["ram"],
        "maxTotalKeypairs": limit["key_pairs"],
        "maxServerMeta": limit["metadata_items"],
        "maxServerGroups": limit["server_groups"],
        "maxServerGroupMembers": limit["server_group_members"],
        "totalInstancesUsed": use["instances"],
        "totalCoresUsed": use["cores"],
        "totalRAMUsed": use["ram"],
        "totalServerGroupsUsed": use["server_groups"],
    }
    return {"limits": {"rate": [], "absolute": values}}
