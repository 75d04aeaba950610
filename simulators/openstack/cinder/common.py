"""What the parts of cinder share: routes below the project, pages, filters."""

import ast
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from simulators.openstack.call import Call, Routes
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row, Table, seconds_of, stamp

routes = Routes("/volume/v3/<project>")
LONGEST_PAGE = 1000
COMPARE: dict[str, Callable[[float, float], bool]] = {
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "eq": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
}


def when(seconds: float | None) -> str | None:
    """Cinder's times: microseconds, no zone."""
    return stamp(seconds, ".000000")


def found(call: Call, table: Table, id: str, noun: str) -> Row:
    """A row the caller may see. Raises 404."""
    row = table.get(id)
    if row is None or not call.owns(row):
        raise Refused(404, f"{noun} {id} could not be found.")
    return row


def pairs_of(text: str) -> Row:
    """The metadata filter: a dict as Python or JSON writes it. Raises 400."""
    for parse in (json.loads, ast.literal_eval):
        try:
            value = parse(text)
        except (ValueError, SyntaxError):
            continue
        if isinstance(value, dict):
            return value
    raise Refused(400, f"Invalid filter metadata: {text}")


def in_time(field: str, asked: str) -> Callable[[Row], bool]:
    """Comparisons such as `gte:2026-01-01T00:00:00`, several joined by commas. Raises 400."""
    tests: list[tuple[Callable[[float, float], bool], float]] = []
    for part in asked.split(","):
        operator, _, text = part.partition(":") if part.partition(":")[0] in COMPARE else ("eq", "", part)
        try:
            tests.append((COMPARE[operator], seconds_of(text)))
        except ValueError:
            raise Refused(400, f"Invalid filter {field}: {text}") from None
    return lambda row: row[field] is not None and all(test(int(row[field]), bound) for test, bound in tests)


def plain(row: Row, field: str, asked: str) -> bool:
    """Equality in text; a name with `~` before its field is inexact."""
    value = row.get(field)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return asked.lower() == text if isinstance(value, bool) else asked == text


def project_of(call: Call) -> str | None:
    """The project whose rows are asked for, None for all."""
    all_projects = call.flag("all_tenants") and call.who.admin
    return call.args.get("project_id") if all_projects else call.project_id


def tests(call: Call, fields: dict[str, str]) -> list[Callable[[Row], bool]]:
    """The query's filters; `fields` maps their names to ours."""
    made: list[Callable[[Row], bool]] = []
    if project := project_of(call):
        made.append(lambda row: row["project_id"] == project)
    if "metadata" in call.args:
        asked = pairs_of(call.args["metadata"]).items()
        made.append(lambda row: asked <= row["metadata"].items())
    for name, field in fields.items():
        if name in call.args:
            made.append(lambda row, field=field, value=call.args[name]: plain(row, field, value))  # type: ignore[misc]
    for name, field in (("created_at", "created"), ("updated_at", "updated")):
        if name in call.args and call.version >= (3, 60):
            made.append(in_time(field, call.args[name]))
    return made


def chosen(call: Call, table: Table, fields: dict[str, str], noun: str) -> Iterator[Row]:
    """Rows behind the marker that pass the filters, newest first."""
    marker = call.args.get("marker")
    try:
        rows = table.after(marker, newest_first=True, project=project_of(call))
    except KeyError:
        raise Refused(404, f"{noun} {marker} could not be found.") from None
    checks = tests(call, fields)
    return (row for row in rows if all(check(row) for check in checks))


def page(call: Call, rows: Iterator[Row], name: str, shown: Callable[[Row], Any]) -> Row:
    """A page of a listing, with a link to the next where it is full."""
    limit = min(call.args.get("limit", LONGEST_PAGE, type=int), LONGEST_PAGE)
    offset = call.args.get("offset", 0, type=int)
    taken: list[Row] = []
    for number, row in enumerate(rows):
        if number >= offset:
            if len(taken) == limit:
                break
            taken.append(row)
    body: Row = {name: [shown(row) for row in taken]}
    if limit and len(taken) == limit:
        query = {key: value for key, value in call.args.items() if key not in ("marker", "offset")}
        href = f"{call.request.base_url}?{urlencode(query | {'marker': taken[-1]['id']})}"
        body[f"{name}_links"] = [{"rel": "next", "href": href}]
    return body
