"""Usage by project over time, as simple tenant usage gives it."""

from simulators.openstack.call import Call
from simulators.openstack.nova.common import routes
from simulators.openstack.store import Row, seconds_of, stamp


def span(call: Call) -> tuple[float, float]:
    """The time asked about; by default the last four weeks."""
    start, end = call.args.get("start"), call.args.get("end")
    return (seconds_of(start) if start else call.now - 28 * 86400, seconds_of(end) if end else call.now)


def one(call: Call, server: Row, start: float, end: float) -> Row:
    """A server's hours in the span."""
    begin, stop = max(server["created"], start), min(server["terminated"] or call.now, end)
    hours = max(0.0, stop - begin) / 3600
    flavor = server["flavor"]
    return {
        "name": server["name"],
        "instance_id": server["id"],
        "tenant_id": server["project_id"],
        "flavor": flavor["original_name"],
        "hours": hours,
        "memory_mb": flavor["ram"],
        "vcpus": flavor["vcpus"],
        "local_gb": flavor["disk"],
        "state": "terminated" if server["terminated"] else server["vm_state"],
        "started_at": stamp(server["created"], ".000000"),
        "ended_at": stamp(server["terminated"], ".000000"),
        "uptime": int(call.now - server["created"]),
    }


def total(call: Call, project: str, rows: list[Row], start: float, end: float, *, each: bool) -> Row:
    """The sums of a project."""
    body: Row = {
        "tenant_id": project,
        "start": stamp(start, ".000000"),
        "stop": stamp(end, ".000000"),
        "total_hours": sum(row["hours"] for row in rows),
        "total_vcpus_usage": sum(row["hours"] * row["vcpus"] for row in rows),
        "total_memory_mb_usage": sum(row["hours"] * row["memory_mb"] for row in rows),
        "total_local_gb_usage": sum(row["hours"] * row["local_gb"] for row in rows),
    }
    return body | ({"server_usages": rows} if each else {})


def by_project(call: Call, only: str | None = None) -> dict[str, list[Row]]:
    """Servers, deleted ones too, by project."""
    start, end = span(call)
    found: dict[str, list[Row]] = {}
    for server in [*call.world.servers, *call.world.deleted_servers]:
        if only in (None, server["project_id"]):
            found.setdefault(server["project_id"], []).append(one(call, server, start, end))
    return found


@routes.get("/os-simple-tenant-usage")
def everyone(call: Call) -> Row:
    call.admin("os_compute_api:os-simple-tenant-usage:list")
    each = call.args.get("detailed") == "1"
    rows = by_project(call).items()
    return {"tenant_usages": [total(call, project, servers, *span(call), each=each) for project, servers in rows]}


@routes.get("/os-simple-tenant-usage/<project>")
def project_usage(call: Call, project: str) -> Row:
    if project != call.who.project_id:
        call.admin("os_compute_api:os-simple-tenant-usage:show")
    rows = by_project(call, project).get(project)
    return {"tenant_usage": total(call, project, rows, *span(call), each=True) if rows else {}}
