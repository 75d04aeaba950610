"""What all of Jenkins shows, one call each: agents, queue, jobs with their last builds; JSON into frozen rows."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any, Final
from urllib.parse import unquote

from provisioning.adapters.jenkins.client import Client, item_path
from provisioning.adapters.jenkins.rows import Agent, Build, Job, Queued, Running, Space

Row = Mapping[str, Any]
DEPTH: Final = 4  # folders in folders that are looked into
EXECUTORS: Final = "currentExecutable[number,url]"
# Of a map `tree` names no keys: what it names holds for each of its values.
AGENT: Final = (
    "displayName,description,assignedLabels[name],numExecutors,offline,temporarilyOffline,idle,absoluteRemotePath,"
    f"offlineCause[description],offlineCauseReason,executors[{EXECUTORS}],oneOffExecutors[{EXECUTORS}],"
    "monitorData[path,size,totalSize,threshold,timestamp]"
)
QUEUED: Final = "id,why,inQueueSince,stuck,task[url]"
BUILDS: Final = "builds[number,result,building,timestamp,duration,builtOn]"
MONITOR: Final = "hudson.node_monitors."
BUILT_IN: Final = "hudson.model.Hudson$MasterComputer"
ITEM: Final = re.compile(r"(?:^|/)job/([^/]+)")


def agents(client: Client) -> tuple[Agent, ...]:
    """All agents, the built-in node too."""
    return tuple(agent(row) for row in client.tree("computer/", f"computer[{AGENT}]")["computer"])


def queue(client: Client) -> tuple[Queued, ...]:
    """What waits, all projects'."""
    return tuple(_queued(row) for row in client.tree("queue/", f"items[{QUEUED}]")["items"])


def jobs(client: Client, most: int, folder: str = "") -> tuple[Job, ...]:
    """All jobs in whatever folder, or below one of that full name, each with so many of its last builds."""
    fields = f"fullName,url,description,{BUILDS}{{0,{most}}}"
    tree = f"jobs[{fields}]"
    for _ in range(DEPTH):
        tree = f"jobs[{fields},{tree}]"
    return tuple(_jobs(client.tree(item_path(folder), tree)))


def builds(client: Client, job: str, most: int) -> tuple[Build, ...]:
    """The last builds of the job of that full name, newest first."""
    return _builds(client.tree(item_path(job), f"{BUILDS}{{0,{most}}}"))


def agent(row: Row) -> Agent:
    """An agent by the properties that AGENT names."""
    monitors, cause = row.get("monitorData") or {}, row.get("offlineCause") or {}
    return Agent(
        name=row.get("displayName") or "",
        description=row.get("description") or "",
        labels=frozenset(label["name"] for label in row.get("assignedLabels") or ()),
        executors=row.get("numExecutors") or 0,
        online=not row.get("offline", True),
        connected=row.get("absoluteRemotePath") is not None,
        marked=bool(row.get("temporarilyOffline")),
        idle=bool(row.get("idle")),
        cause=re.split(r"[.$]", cause.get("_class") or "")[-1],
        reason=cause.get("description") or unescape(row.get("offlineCauseReason") or ""),
        running=tuple(_running(row)),
        architecture=monitors.get(f"{MONITOR}ArchitectureMonitor") or "",
        disk=_space(monitors.get(f"{MONITOR}DiskSpaceMonitor")),
        temporary=_space(monitors.get(f"{MONITOR}TemporarySpaceMonitor")),
        built_in=row.get("_class") == BUILT_IN,
    )


def _running(row: Row) -> Iterator[Running]:
    for executor in (*(row.get("executors") or ()), *(row.get("oneOffExecutors") or ())):
        if build := executor.get("currentExecutable"):
            yield Running(job_of(build.get("url") or ""), build.get("number") or 0)


def _space(row: Row | None) -> Space | None:
    if not row or row.get("size") is None:
        return None
    return Space(
        path=row.get("path") or "",
        free=row["size"],
        total=row.get("totalSize") or 0,
        threshold=row.get("threshold") or 0,
        measured_at=_time(row.get("timestamp")),
    )


def _queued(row: Row) -> Queued:
    return Queued(
        id=row["id"],
        job=job_of((row.get("task") or {}).get("url") or ""),
        why=row.get("why") or "",
        since=_time(row.get("inQueueSince")),
        stuck=bool(row.get("stuck")),
    )


def _jobs(row: Row) -> Iterator[Job]:
    for each in row.get("jobs") or ():
        if "jobs" in each:
            yield from _jobs(each)
        else:
            yield Job(each.get("fullName") or "", each.get("url") or "", each.get("description") or "", _builds(each))


def _builds(row: Row) -> tuple[Build, ...]:
    return tuple(_build(build) for build in row.get("builds") or ())


def _build(row: Row) -> Build:
    return Build(
        number=row["number"],
        result=row.get("result") or "",
        building=bool(row.get("building")),
        started_at=_time(row.get("timestamp")),
        seconds=(row.get("duration") or 0) / 1000,
        agent=row.get("builtOn") or "",
    )


def _time(milliseconds: Any) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None


def job_of(url: str) -> str:
    """The full name of the job that an address leads into, a build of it too: `.../job/A/job/B/7/` is `A/B`."""
    return "/".join(unquote(part) for part in ITEM.findall(url))
