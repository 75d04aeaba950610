"""The state of the cloud: tables of JSON rows, and what is due to happen."""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

Row = dict[str, Any]
TABLES = [
    "domains",
    "projects",
    "users",
    "roles",
    "assignments",
    "credentials",
    "tokens",
    "servers",
    "deleted_servers",
    "flavors",
    "hosts",
    "aggregates",
    "keypairs",
    "server_groups",
    "quotas",
    "attachments",
    "networks",
    "subnets",
    "ports",
    "security_groups",
    "security_group_rules",
    "routers",
    "floatingips",
    "images",
    "volumes",
    "volume_types",
    "snapshots",
    "backups",
    "pools",
    "providers",
]


def number(row: Row) -> int:
    """The place of a row in the order of creation."""
    return int(row["_n"])


class Table:
    """Rows by id, in the order of creation; a page is found by bisection."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.rows: dict[str, Row] = {row["id"]: row for row in rows}
        self.last = max(map(number, self.rows.values()), default=0)
        self.order: list[Row] | None = None
        self.projects: dict[Any, dict[str, Row]] = {}
        for row in self.rows.values():
            self.projects.setdefault(row.get("project_id"), {})[row["id"]] = row

    def add(self, row: Row) -> Row:
        """Keep a row, under its `id` or a made one."""
        row.setdefault("id", str(uuid4()))
        self.last += 1
        row["_n"] = self.last
        self.rows[row["id"]] = row
        # no row ever changes its project
        self.projects.setdefault(row.get("project_id"), {})[row["id"]] = row
        if self.order is not None:
            self.order.append(row)
        return row

    def remove(self, id: str) -> Row | None:
        """Forget a row."""
        row = self.rows.pop(id, None)
        if row is None:
            return None
        self.projects[row.get("project_id")].pop(id)
        if self.order is not None:
            del self.order[bisect_left(self.order, row["_n"], key=number)]
        return row

    def get(self, id: str | None) -> Row | None:
        """The row, or None."""
        return self.rows.get(id or "")

    def __getitem__(self, id: str) -> Row:
        return self.rows[id]

    def __contains__(self, id: object) -> bool:
        return id in self.rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self.rows.values()))

    def where(self, **equal: Any) -> list[Row]:
        """Rows whose fields have these values, oldest first."""
        rows = self.rows
        if "project_id" in equal:
            rows = self.projects.get(equal.pop("project_id"), {})
        wanted = equal.items()
        return [row for row in rows.values() if all(row.get(name) == value for name, value in wanted)]

    def one(self, **equal: Any) -> Row | None:
        """The first such row."""
        return next(iter(self.where(**equal)), None)

    def ordered(self, project: str | None) -> list[Row]:
        """All rows, or those of a project, in the order of creation."""
        if project is not None:
            return list(self.projects.get(project, {}).values())
        if self.order is None:
            self.order = sorted(self.rows.values(), key=number)
        return self.order

    def after(self, marker: str | None, *, newest_first: bool, project: str | None = None) -> Iterator[Row]:
        """Rows (of a project) in order, from behind the marker on. Raises KeyError for a marker that is not here."""
        order = self.ordered(project)
        if newest_first:
            end = bisect_left(order, self.rows[marker]["_n"], key=number) if marker else len(order)
            return (order[index] for index in range(end - 1, -1, -1))
        start = bisect_right(order, self.rows[marker]["_n"], key=number) if marker else 0
        return (order[index] for index in range(start, len(order)))


class World:
    """All tables, some single facts, and the heap of coming events."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {name: Table() for name in TABLES}
        self.facts: Row = {}
        self.events: list[list[Any]] = []
        self.event_number = 0

    def __getattr__(self, name: str) -> Table:
        try:
            return self.__dict__["tables"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    def later(self, due: float, what: str, *args: Any) -> None:
        """Let `what` happen at the simulated second `due`."""
        self.event_number += 1
        heapq.heappush(self.events, [due, self.event_number, what, list(args)])

    def settle(self, now: float, handlers: dict[str, Callable[..., None]]) -> bool:
        """Let happen what is due, each at its own time; True where anything did."""
        happened = False
        while self.events and self.events[0][0] <= now:
            due, _, what, args = heapq.heappop(self.events)
            handlers[what](self, due, *args)
            happened = True
        return happened

    def dump(self) -> Row:
        """Everything, as JSON values."""
        return {
            "tables": {name: list(table.rows.values()) for name, table in self.tables.items()},
            "facts": self.facts,
            "events": self.events,
            "event_number": self.event_number,
        }

    @classmethod
    def load(cls, saved: Row) -> "World":
        """The world that was dumped."""
        world = cls()
        for name, rows in saved["tables"].items():
            world.tables[name] = Table(rows)
        world.facts, world.events = saved["facts"], saved["events"]
        world.event_number = saved["event_number"]
        return world


def stamp(seconds: float | None, suffix: str = "Z") -> str | None:
    """Seconds as ISO 8601 in UTC, whole seconds: nova's form; cinder's ends in `.000000`."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()[:19] + suffix


def seconds_of(text: str) -> float:
    """An ISO 8601 text as seconds; without a zone it means UTC. Raises ValueError."""
    when = datetime.fromisoformat(text)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
