"""What a look at Jenkins showed against the rows that stand: changes only, and what filled a disk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Max, Q

from provisioning.adapters.jenkins import rows
from provisioning.models import Agent, Build

BATCH: Final = 1000
LONGEST: Final = 500  # characters of a job's full name; ours are short
GRACE: Final = timedelta(minutes=5)  # after it has connected an agent is not measured for some seconds
AGENT_FIELDS: Final = (
    *("labels", "executors", "online", "connected", "connected_at", "marked", "cause", "reason", "running"),
    *("architecture", "disk_free", "disk_total", "disk_threshold", "disk_measured_at", "unmeasured_since"),
    *("seen_at", "gone_at"),
)
# One that comes back may be another machine under the same name.
GONE: Final = {"connected": False, "disk_free": None, "disk_measured_at": None, "unmeasured_since": None}
BUILD_FIELDS: Final = ("result", "started_at", "ended_at", "agents")
Key = tuple[str, int]  # job and number of a build


@dataclass(frozen=True, slots=True)
class Fall:
    """So many bytes of an agent's disk were taken between two measurements."""

    agent: str
    size: int
    since: datetime
    until: datetime


def store_agents(shown: Iterable[rows.Agent], at: datetime) -> list[Fall]:
    """Write what changed, in the caller's transaction; answers whose free space fell."""
    stored = {agent.name: agent for agent in Agent.objects.all()}
    changed, falls = [], []
    for row in shown:
        if row.built_in:
            continue
        agent = stored.pop(row.name, None) or Agent(name=row.name)
        fields = {**_fields(row), **_connection(agent, row, at), **_measured(agent, row, at), "gone_at": None}
        falls += _fall(agent, fields, at)
        if any(getattr(agent, name) != value for name, value in fields.items()):
            changed.append(_set(agent, {**fields, "seen_at": at}))
    changed += [_set(agent, {**GONE, "gone_at": at}) for agent in stored.values() if agent.gone_at is None]
    Agent.objects.bulk_create(
        changed, BATCH, update_conflicts=True, unique_fields=["name"], update_fields=list(AGENT_FIELDS)
    )
    return falls


def _fields(row: rows.Agent) -> dict[str, Any]:
    return {
        "labels": sorted(row.labels - {row.name}),
        "executors": row.executors,
        "online": row.online,
        "connected": row.connected,
        "marked": row.marked,
        "cause": row.cause[:80],
        "reason": row.reason.replace("\0", "")[:500],
        "running": [[build.job, build.number] for build in row.running],
        "architecture": row.architecture[:80],
    }


def _connection(agent: Agent, row: rows.Agent, at: datetime) -> dict[str, Any]:
    return {"connected_at": at} if row.connected and not agent.connected else {}


def _measured(agent: Agent, row: rows.Agent, at: datetime) -> dict[str, Any]:
    """A disk without a free byte is not measured at all; so are, for seconds, those of all who have just connected."""
    if disk := row.disk:
        figures = {"disk_free": disk.free, "disk_total": disk.total, "disk_threshold": disk.threshold}
        return {**figures, "disk_measured_at": disk.measured_at, "unmeasured_since": None}
    if not row.connected:
        return {"unmeasured_since": None}
    since = agent.unmeasured_since or at
    return {"unmeasured_since": since, **({"disk_free": 0} if at - since >= GRACE else {})}


def _fall(agent: Agent, fields: Mapping[str, Any], at: datetime) -> list[Fall]:
    """At most one. Another disk has another size, and its free space says nothing of builds."""
    size = (agent.disk_free or 0) - fields.get("disk_free", agent.disk_free or 0)
    if size <= 0 or agent.disk_measured_at is None or fields.get("disk_total", agent.disk_total) != agent.disk_total:
        return []
    return [Fall(agent.name, size, agent.disk_measured_at, fields.get("disk_measured_at") or at)]


def _set(row: Any, fields: Mapping[str, Any]) -> Any:
    for name, value in fields.items():
        setattr(row, name, value)
    return row


def store_builds(jobs: Iterable[rows.Job], agents: Iterable[rows.Agent], at: datetime, *, since: datetime) -> None:
    """Write builds that are new, and what changed of those that ran, in the caller's transaction.

    What was over before `since` is not taken up. What is neither among the last builds of a job nor on an executor has
    ended, nobody knows how.
    """
    running = {(build.job, build.number): build for build in Build.objects.filter(ended_at=None)}
    last = {job: (number, began) for job, number, began in _last()}
    places, changed = _places(agents), []
    for job in jobs:
        for shown in job.builds:
            key = (job.name, shown.number)
            row = running.pop(key, None) or _new(job, shown, last.get(job.name), since)
            fields = _outcome(row, shown, places.get(key, ())) if row else {}
            if any(getattr(row, name) != value for name, value in fields.items()):
                changed.append(_set(row, fields))
    changed += [_set(build, {"ended_at": at}) for key, build in running.items() if key not in places]
    Build.objects.bulk_create(
        changed, BATCH, update_conflicts=True, unique_fields=["job", "number"], update_fields=list(BUILD_FIELDS)
    )


def _last() -> Iterable[tuple[str, int, datetime]]:
    """The newest build of each job, and when the last one began."""
    newest = Build.objects.values_list("job").annotate(Max("number"), Max("started_at"))
    return newest.values_list("job", "number__max", "started_at__max")


def _places(agents: Iterable[rows.Agent]) -> dict[Key, set[str]]:
    """On which agents each build runs, on none while it has the built-in node alone: executors tell it of pipelines."""
    places: dict[Key, set[str]] = {}
    for agent in agents:
        for build in agent.running:
            places.setdefault((build.job, build.number), set()).update(() if agent.built_in else (agent.name,))
    return places


def _new(job: rows.Job, shown: rows.Build, last: tuple[int, datetime] | None, since: datetime) -> Build | None:
    """A row for a build that has none yet. A job that was made anew under its name counts from 1 again."""
    if shown.started_at is None or not (shown.building or shown.started_at >= since) or len(job.name) > LONGEST:
        return None
    number, began = last or (0, shown.started_at)
    if shown.number > number or (job.builds[0].number < number and shown.started_at > began):
        return Build(job=job.name, number=shown.number)
    return None


def _outcome(row: Build, shown: rows.Build, places: Iterable[str]) -> dict[str, Any]:
    began = shown.started_at or row.started_at
    return {
        "result": shown.result,
        "started_at": began,
        "ended_at": None if shown.building else began + timedelta(seconds=shown.seconds),
        "agents": {**dict.fromkeys(filter(None, (shown.agent, *places)), 0), **row.agents},
    }


def attribute(falls: Iterable[Fall]) -> None:
    """Share what was taken of a disk among the builds that ran there meanwhile, by the time that each ran."""
    falls = tuple(falls)
    if not falls:
        return
    since, until = min(fall.since for fall in falls), max(fall.until for fall in falls)
    ran = Build.objects.filter(Q(ended_at=None) | Q(ended_at__gt=since), started_at__lt=until).exclude(agents={})
    builds = list(ran)
    for fall in falls:
        parts = {build: _meanwhile(build, fall) for build in builds if fall.agent in build.agents}
        whole = sum(parts.values())
        for build, seconds in parts.items():
            if seconds:
                build.agents[fall.agent] += round(fall.size * seconds / whole)
    Build.objects.bulk_update(builds, ["agents"], BATCH)


def _meanwhile(build: Build, fall: Fall) -> float:
    """Seconds that it ran between the two measurements."""
    ended = min(build.ended_at or fall.until, fall.until)
    return max(0.0, (ended - max(build.started_at, fall.since)).total_seconds())
