"""What cinder says of itself: pools, services, extensions."""

from simulators.openstack.call import Call
from simulators.openstack.cinder.common import routes, when
from simulators.openstack.store import Row


def pool_view(call: Call, row: Row) -> Row:
    """A pool with what its volumes take; thin, so that two fifths are really written."""
    sizes = sum(volume["size"] for volume in call.world.volumes.where(host=row["id"]))
    capabilities = {name: value for name, value in row.items() if name[0] != "_" and name != "id"} | {
        "allocated_capacity_gb": sizes,
        "provisioned_capacity_gb": row["provisioned_capacity_gb"] + sizes,
        "free_capacity_gb": round(max(0.0, row["free_capacity_gb"] - sizes * 0.4), 2),
        "timestamp": when(call.now),
    }
    return {"name": row["id"], "capabilities": capabilities}


@routes.get("/scheduler-stats/get_pools")
def pools(call: Call, project: str) -> Row:
    call.admin("scheduler_extension:scheduler_stats:get_pools")
    rows = [pool_view(call, row) for row in call.world.pools]
    if not call.flag("detail"):
        rows = [{"name": row["name"]} for row in rows]
    return {"pools": rows}


@routes.get("/os-services")
def services(call: Call, project: str) -> Row:
    call.admin("volume_extension:services:index")
    hosts = [("cinder-scheduler", "control")] + [
        ("cinder-volume", row["id"].partition("#")[0]) for row in call.world.pools
    ]
    rows = [
        {
            "binary": binary,
            "host": host,
            "zone": "nova",
            "status": "enabled",
            "state": "up",
            "updated_at": when(call.now),
            "disabled_reason": None,
        }
        for binary, host in hosts
        if call.args.get("binary", binary) == binary
    ]
    return {"services": rows}


@routes.get("/extensions")
def extensions(call: Call, project: str) -> Row:
    return {"extensions": []}


@routes.get("/os-availability-zone")
def zones(call: Call, project: str) -> Row:
    return {"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}}]}


def nothing(name: str, path: str) -> None:
    """A listing of which this cloud has none."""
    for suffix in ("", "/detail"):
        routes.get(path + suffix)(lambda call, project: {name: []})


nothing("messages", "/messages")
nothing("groups", "/groups")
nothing("group_snapshots", "/group_snapshots")
nothing("transfers", "/volume-transfers")
nothing("qos_specs", "/qos-specs")
