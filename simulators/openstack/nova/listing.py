"""Listings of servers: filters, pages, and what changed since."""

import re
from collections.abc import Callable, Iterator
from itertools import chain, islice
from math import inf
from urllib.parse import urlencode

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.nova.common import limit_of, routes
from simulators.openstack.nova.render import brief, shown
from simulators.openstack.nova.scheduler import hypervisor_of
from simulators.openstack.store import Row, seconds_of

Test = Callable[[Row], bool]


def time_of(call: Call, name: str) -> float | None:
    """A time of the query. Raises 400."""
    text = call.args.get(name)
    if text is None:
        return None
    try:
        # a plus that was not encoded arrives as a blank
        return seconds_of(text.replace(" ", "+"))
    except ValueError:
        raise Refused(
            400, f"Invalid input for query parameters {name}. Value: {text}. '{text}' is not a 'date-time'"
        ) from None


def everybody(call: Call) -> bool:
    """Whether servers of all projects are asked for. Raises 403."""
    if call.flag("all_tenants"):
        kind = "detail" if call.request.path.endswith("/detail") else "index"
        call.admin(f"os_compute_api:servers:{kind}:get_all_tenants")
        return True
    return False


def project_of(call: Call) -> str | None:
    """The project whose servers are asked for, None for all."""
    asked = call.args.get("project_id") or call.args.get("tenant_id")
    return asked if everybody(call) else call.project_id


def tests(call: Call) -> list[Test]:
    """The query's filters."""
    made: list[Test] = []
    project = project_of(call)
    if project:
        made.append(lambda row: row["project_id"] == project)
    if statuses := {text.upper() for text in call.args.getlist("status")}:
        made.append(lambda row: row["status"] in statuses)
    if name := call.args.get("name"):
        pattern = re.compile(name)
        made.append(lambda row: pattern.search(row["name"]) is not None)
    return made + by_field(call) + by_admin(call)


def by_field(call: Call) -> list[Test]:
    """Plain equalities and tags."""
    made: list[Test] = []
    if image := call.args.get("image"):
        made.append(lambda row: row["image_id"] == image)
    if flavor := call.args.get("flavor"):
        made.append(lambda row: row["flavor"]["id"] == flavor)
    if uuid := call.args.get("uuid"):
        made.append(lambda row: row["id"] == uuid)
    if tags := call.args.get("tags"):
        wanted = set(tags.split(","))
        made.append(lambda row: wanted <= set(row["tags"]))
    return made


def by_admin(call: Call) -> list[Test]:
    """Filters that only the admin has; for others nova passes over them."""
    made: list[Test] = []
    if not call.who.admin:
        return made
    if host := call.args.get("host"):
        made.append(lambda row: row["host"] == host)
    if node := call.args.get("node"):
        there = [row["name"] for row in call.world.hosts if hypervisor_of(row) == node]
        made.append(lambda row: row["host"] in there)
    if user := call.args.get("user_id"):
        made.append(lambda row: row["user_id"] == user)
    if "metadata" in call.args:
        raise Refused(400, "Invalid filter field: metadata.")
    return made


def merged(call: Call) -> Iterator[Row]:
    """Present and deleted servers that changed in that time, the newest first, from behind the marker on."""
    present, deleted = call.world.servers, call.world.deleted_servers
    since, before = time_of(call, "changes-since") or 0, time_of(call, "changes-before") or inf
    both = chain(present.rows.values(), deleted.rows.values())
    rows = [row for row in both if since <= int(row["updated"]) <= before]
    if marker := call.args.get("marker"):
        behind = place(present.get(marker) or deleted[marker])
        rows = [row for row in rows if place(row) < behind]
    return iter(sorted(rows, key=place, reverse=True))


def place(row: Row) -> tuple[float, str]:
    """Where a server stands among present and deleted ones."""
    return row["created"], row["id"]


def source(call: Call) -> Iterator[Row]:
    """The rows that a listing looks at. Raises 400 for an unknown marker."""
    marker = call.args.get("marker")
    try:
        if "changes-since" in call.args or "changes-before" in call.args:
            return merged(call)
        deleted = call.who.admin and (call.flag("deleted") or call.args.get("status", "").upper() == "DELETED")
        table = call.world.deleted_servers if deleted else call.world.servers
        return table.after(marker, newest_first=True, project=project_of(call))
    except KeyError:
        raise Refused(400, f"marker [{marker}] not found") from None


def listing(call: Call, view: Callable[[Call, Row], Row]) -> Row:
    """A page, with a link to the next where it is full."""
    checks, limit = tests(call), limit_of(call)
    rows = list(islice((row for row in source(call) if all(check(row) for check in checks)), limit))
    body: Row = {"servers": [view(call, row) for row in rows]}
    if rows and len(rows) == limit:
        query = [(name, value) for name, values in call.args.lists() for value in values if name != "marker"]
        href = f"{call.request.base_url}?{urlencode([*query, ('marker', rows[-1]['id'])])}"
        body["servers_links"] = [{"rel": "next", "href": href}]
    return body


@routes.get("/servers/detail")
def detail(call: Call) -> Row:
    return listing(call, shown)


@routes.get("/servers")
def names(call: Call) -> Row:
    return listing(call, brief)
