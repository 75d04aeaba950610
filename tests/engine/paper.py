"""A cloud on paper: a real, small implementation of the step port, for tests of the engine without any provider.

Things are made by tag and advance when they are told to, never by themselves. Each call is counted; `cut` lets the
next call of that name have its effect and then raise, as a broken connection does.
"""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from provisioning.engine import Site
from provisioning.errors import Busy
from provisioning.outcomes import Missing, Outcome, Pending, Ready
from provisioning.ports import Position, SeenServer, SeenVolume, Snapshot

AT_ONCE = frozenset(
    {
        "project",
        "user",
        "role",
        "quota",
        "flavor",
        "group",
        "attachment",
        "credential",
        "suspension",
        "purge",
        "folder",
        "job",
    }
)


@dataclass
class Thing:
    id: str
    kind: str
    tag: str
    want: dict[str, Any]
    status: str = "BUILD"
    deleting: bool = False


@dataclass
class Paper:
    """All that stands on it, the calls made, and what is to go wrong."""

    things: dict[str, Thing] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    order: list[str] = field(default_factory=list)
    wrong: dict[str, list[Exception]] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    instant: bool = True
    full_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    looks: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    on_call: Callable[[str], None] = lambda _: None
    after_make: Callable[[str], None] | None = None

    def called(self, name: str) -> None:
        """Count a call; raise what was ordered for it."""
        with self.lock:
            self.calls[name] += 1
            self.order.append(name)
            errors = self.wrong.get(name)
            error = errors.pop(0) if errors else None
        self.on_call(name)
        if error:
            raise error

    def find(self, kind: str, tag: str) -> Thing | None:
        return next((thing for thing in self.things.values() if (thing.kind, thing.tag) == (kind, tag)), None)

    def of(self, kind: str) -> list[Thing]:
        return [thing for thing in self.things.values() if thing.kind == kind]

    def make(self, kind: str, it: Position) -> Thing:
        with self.lock:
            number = self.calls["made"] = self.calls["made"] + 1
            thing = Thing(f"{kind}-{number}", kind, str(it.tag), it.want.as_json())
            thing.status = "ACTIVE" if self.instant or kind in AT_ONCE else "BUILD"
            self.things[thing.id] = thing
        if kind in self.cut:
            self.cut.discard(kind)
            raise Busy("cut after the effect", unavailable=True)
        if self.after_make:
            self.after_make(kind)
        return thing

    def look(self) -> Snapshot:
        self.looks += 1
        return Snapshot(
            cloud="paper",
            taken_at=datetime.now(UTC) + timedelta(milliseconds=1),
            full_at=self.full_at,
            servers={t.id: SeenServer(t.id, t.tag, "", t.status) for t in self.of("server")},
            volumes={t.id: SeenVolume(t.id, t.tag, "", t.status, 1) for t in self.of("volume")},
            addresses={},
        )


@dataclass(frozen=True)
class PaperKind:
    """One kind of thing on paper."""

    kind: str

    def ensure(self, paper: Paper, it: Position) -> Ready | Pending | Missing:
        paper.called(f"ensure {it.tag.step}")
        thing = paper.things.get(it.external_id) or (paper.find(self.kind, str(it.tag)) if it.called else None)
        if thing is None and it.external_id:
            return Missing("not there")
        thing = thing or paper.make(self.kind, it)
        thing.want = it.want.as_json()
        if thing.status == "ERROR":
            return Missing("it is in ERROR", errored=True)
        facts = {"status": thing.status}
        return Ready(thing.id, facts) if thing.status == "ACTIVE" else Pending(5, "being built", thing.id)

    def undo(self, paper: Paper, it: Position) -> Ready | Pending:
        paper.called(f"undo {it.tag.step}")
        thing = paper.things.get(it.external_id) or paper.find(self.kind, str(it.tag))
        if thing is None:
            return Ready()
        if thing.kind in AT_ONCE or thing.deleting:
            del paper.things[thing.id]
            return Ready()
        thing.deleting = True
        return Pending(1, "being deleted", thing.id)

    def watch(self, it: Position) -> Outcome | None:
        if it.seen is None or self.kind not in {"server", "volume"}:
            return None
        row = getattr(it.seen, f"{self.kind}s").get(it.external_id)
        if row is None:
            return Missing("not in the listing")
        return Missing("it is in ERROR", errored=True) if row.status == "ERROR" else None

    def check(self, paper: Paper, it: Position) -> Outcome | None:
        paper.called(f"check {it.tag.step}")
        thing = paper.things.get(it.external_id)
        if thing is None:
            return Missing("it is no longer there")
        return None if thing.status == "ACTIVE" else Pending(1, "it is made as wanted again")

    def prove_absent(self, paper: Paper, it: Position) -> bool:
        paper.called(f"prove {it.tag.step}")
        return it.external_id not in paper.things


KINDS = {
    "orphan": PaperKind("project")
} | {
    kind: PaperKind(kind)
    for kind in ("project", "user", "role", "quota", "flavor", "group", "volume", "server", "attachment", "address",
                 "credential", "suspension", "purge", "port", "folder", "job")
}  # fmt: skip


def site(paper: Paper, **options: Any) -> Site:
    return Site(name="paper", cloud=paper, kinds=KINDS, look=paper.look, **options)
