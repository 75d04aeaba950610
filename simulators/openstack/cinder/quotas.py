"""Quotas of cinder, over which it answers 413."""

from werkzeug import Response

from simulators.openstack.call import Call
from simulators.openstack.cinder.common import routes
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row, World

DEFAULTS = {
    "volumes": 10,
    "snapshots": 10,
    "gigabytes": 1000,
    "backups": 10,
    "backup_gigabytes": 1000,
    "per_volume_gigabytes": -1,
    "groups": 10,
}


def defaults(world: World) -> dict[str, int]:
    """With three more for each volume type."""
    kinds = [row["name"] for row in world.volume_types]
    return DEFAULTS | {f"{what}_{kind}": -1 for kind in kinds for what in ("volumes", "gigabytes", "snapshots")}


def limits(world: World, project: str) -> dict[str, int]:
    """What holds for a project."""
    row = world.quotas.get(f"volume:{project}")
    return defaults(world) | (row["limits"] if row else {})


def used(world: World, project: str) -> dict[str, int]:
    """What the project uses; snapshots count as gigabytes too."""
    use = dict.fromkeys(defaults(world), 0)
    for table in ("volumes", "snapshots"):
        for row in world.tables[table].where(project_id=project):
            volume = row if table == "volumes" else world.volumes.get(row["volume_id"]) or row
            kind = volume.get("volume_type")
            use[table] += 1
            use["gigabytes"] += row["size"]
            for name, more in ((f"{table}_{kind}", 1), (f"gigabytes_{kind}", row["size"])):
                if name in use:
                    use[name] += more
    for row in world.backups.where(project_id=project):
        use["backups"] += 1
        use["backup_gigabytes"] += row["size"]
    return use


def check(world: World, project: str, what: str, count: int, size: int, kind: str | None = None) -> None:
    """Raises 413 where `count` more of `what` and `size` more GiB would be too much."""
    limit, use = limits(world, project), used(world, project)
    if 0 <= limit["per_volume_gigabytes"] < size:
        raise Refused(
            413,
            f"VolumeSizeExceedsLimit: Requested volume size {size}G is larger than maximum allowed limit "
            f"{limit['per_volume_gigabytes']}G.",
        )
    sizes = "backup_gigabytes" if what == "backups" else "gigabytes"
    for name in (sizes, f"{sizes}_{kind}"):
        if 0 <= limit.get(name, -1) < use.get(name, 0) + size and size:
            raise Refused(
                413,
                f"VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed {name} quota. "
                f"Requested {size}G, quota is {limit[name]}G and {use[name]}G has been consumed.",
            )
    for name in (what, f"{what}_{kind}"):
        if 0 <= limit.get(name, -1) < use.get(name, 0) + count and count:
            error = what[:-1].capitalize()
            text = f"Maximum number of {what} allowed ({limit[name]}) exceeded"
            raise Refused(
                413, f"{error}LimitExceeded: {text}" + (f" for quota '{name}'." if what == "volumes" else ".")
            )


def readable(call: Call, target: str) -> None:
    """A project reads its own; the rest is the admin's."""
    if target != call.who.project_id:
        call.admin("volume_extension:quotas:show")


@routes.get("/os-quota-sets/<target>")
def show(call: Call, project: str, target: str) -> Row:
    readable(call, target)
    limit = limits(call.world, target)
    if not call.flag("usage"):
        return {"quota_set": {"id": target} | limit}
    use = used(call.world, target)
    rows = {name: {"limit": value, "in_use": use.get(name, 0), "reserved": 0} for name, value in limit.items()}
    return {"quota_set": {"id": target} | rows}


@routes.get("/os-quota-sets/<target>/defaults")
def show_defaults(call: Call, project: str, target: str) -> Row:
    return {"quota_set": {"id": target} | defaults(call.world)}


@routes.put("/os-quota-sets/<target>")
def change(call: Call, project: str, target: str) -> Row:
    call.admin("volume_extension:quotas:update")
    asked = {
        name: value
        for name, value in call.part("quota_set").items()
        if name not in ("tenant_id", "project_id", "force")
    }
    known = defaults(call.world)
    for name, value in asked.items():
        if name not in known:
            raise Refused(400, f"Bad key(s) in quota set: {name}")
        if str(value).lstrip("-").isdigit() and int(value) < -1:
            raise Refused(400, f"Invalid input received: {name} must be >= -1")
        if not str(value).lstrip("-").isdigit():
            raise Refused(400, f"Invalid input for field/attribute {name}. Value: {value}. {value} is not an integer.")
    row = call.world.quotas.get(f"volume:{target}") or call.world.quotas.add({"id": f"volume:{target}", "limits": {}})
    row["limits"].update({name: int(value) for name, value in asked.items()})
    return {"quota_set": limits(call.world, target)}


@routes.delete("/os-quota-sets/<target>")
def delete(call: Call, project: str, target: str) -> Response:
    call.admin("volume_extension:quotas:delete")
    call.world.quotas.remove(f"volume:{target}")
    return Response("", 200)


@routes.get("/os-quota-class-sets/<name>")
def class_set(call: Call, project: str, name: str) -> Row:
    return {"quota_class_set": {"id": name} | defaults(call.world)}


@routes.get("/limits")
def absolute(call: Call, project: str) -> Row:
    target = call.args.get("project_id") if call.who.admin and call.args.get("project_id") else call.project_id
    limit, use = limits(call.world, str(target)), used(call.world, str(target))
    return {
        "limits": {
            "rate": [],
            "absolute": {
                "maxTotalVolumes": limit["volumes"],
                "maxTotalSnapshots": limit["snapshots"],
                "maxTotalVolumeGigabytes": limit["gigabytes"],
                "maxTotalBackups": limit["backups"],
                "maxTotalBackupGigabytes": limit["backup_gigabytes"],
                "totalVolumesUsed": use["volumes"],
                "totalSnapshotsUsed": use["snapshots"],
                "totalGigabytesUsed": use["gigabytes"],
                "totalBackupsUsed": use["backups"],
                "totalBackupGigabytesUsed": use["backup_gigabytes"],
            },
        }
    }
