"""The agents of the lab's Jenkins as the desk sees them: state in words, load, disk, what waits; in few queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.db.models import Count, F, Func
from django.utils.dateparse import parse_datetime

from projects.models import Project, Ticket
from projects.states import Named
from provisioning.adapters.jenkins.errors import SYSTEM
from provisioning.ci import item_url, projects_of
from provisioning.clouds import NOBODY_LOOKED
from provisioning.disks import Alarm, alarm_of, size_words, ticket_key
from provisioning.models import Agent, Build, Watch

DAY: Final = timedelta(days=1)
NEAR: Final = 2  # times the threshold
FEW: Final = 2  # builds in a day, on average


class AgentState(Named):
    """How an agent stands; Jenkins's own sentence says more."""

    BUSY = "busy", "Building", "info"
    IDLE = "idle", "Idle", "good"
    LEAVING = "leaving", "Out of service, builds go on", "warn"
    OUT = "out", "Out of service", "warn"
    OUT_AND_AWAY = "out-and-away", "Out of service, not connected", "warn"
    DISK = "disk", "Out of service: disk full", "bad"
    MONITOR = "monitor", "Out of service by a monitor", "bad"
    LOST = "lost", "Connection lost", "bad"
    FAILED = "failed", "Could not be started", "bad"
    REMOVED = "removed", "Being deleted", "warn"
    AWAY = "away", "Not connected", "bad"
    NEW = "new", "Never connected"


CAUSES: Final = {
    "ChannelTermination": AgentState.LOST,
    "LaunchFailed": AgentState.FAILED,
    "SimpleOfflineCause": AgentState.REMOVED,
}
MARKS: Final = {"UserCause": AgentState.OUT, "DiskSpace": AgentState.DISK}


@dataclass(frozen=True, slots=True)
class JobView:
    """A job by its full name: where Jenkins shows it, and whose it is, if a project's."""

    name: str
    url: str
    project: Project | None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in the queue, and Jenkins's sentence why."""

    job: JobView
    why: str
    since: datetime | None
    stuck: bool


@dataclass(frozen=True, slots=True)
class AgentView:
    """One agent; `builds` in the last 24 hours, `mean` those of agents with the same labels, 0 where it is alone."""

    agent: Agent
    state: AgentState
    url: str
    running: tuple[JobView, ...]
    builds: int
    mean: float
    alarm: Alarm | None
    ticket: int | None

    @property
    def behind(self) -> bool:
        """Whether it builds less than half of what its like do; of few builds nothing follows."""
        return self.mean >= FEW and self.builds < self.mean / 2

    @property
    def disk_words(self) -> str:
        """`12.5 GiB of 200 GiB free`."""
        return f"{size_words(self.agent.disk_free or 0)} of {size_words(self.agent.disk_total)} free"

    @property
    def disk_label(self) -> str:
        """What the bar is called where it is read out."""
        return f"Disk of {self.agent.name}"

    @property
    def disk_tone(self) -> str:
        """Bad where the disk is full or nobody knows, warn near the threshold, as Jenkins itself warns."""
        near = (self.agent.disk_free or 0) <= NEAR * self.agent.disk_threshold
        return "bad" if self.alarm else "warn" if near else "good"

    @property
    def threshold_words(self) -> str:
        return f"no builds at {size_words(self.agent.disk_threshold)}"


@dataclass(frozen=True, slots=True)
class Farm:
    """All agents by name and the queue, as of `seen_at`; `trouble` is why that is not now, `since` since when."""

    agents: tuple[AgentView, ...]
    queue: tuple[Waiting, ...]
    seen_at: datetime | None
    trouble: str
    since: datetime | None


def farm(now: datetime) -> Farm:
    """What the last look showed, in five queries whatever the number of agents."""
    watch = Watch.objects.filter(cloud=SYSTEM).first() or Watch()
    agents = list(Agent.objects.filter(gone_at=None).order_by("name"))
    waiting = watch.marks.get("queue", [])
    jobs = {job for agent in agents for job, _ in agent.running} | {one["job"] for one in waiting}
    owners = projects_of(jobs)
    counts, means = _counts(agents, now)
    tickets = _tickets(agents)
    views = tuple(
        AgentView(
            agent=agent,
            state=state_of(agent),
            url=f"{settings.JENKINS_URL}/computer/{quote(agent.name, safe='')}/",
            running=tuple(_job(job, owners, number) for job, number in agent.running),
            builds=counts.get(agent.name, 0),
            mean=means[agent.name],
            alarm=alarm_of(agent, now),
            ticket=tickets.get(ticket_key(agent)),
        )
        for agent in agents
    )
    return Farm(views, tuple(_waiting(one, owners) for one in waiting), watch.looked_at, *_silence(watch, now))


def state_of(agent: Agent) -> AgentState:
    """By what keeps it from new builds, if anything does."""
    if agent.online:
        return AgentState.BUSY if agent.running else AgentState.IDLE
    if agent.marked:
        mark = MARKS.get(agent.cause, AgentState.MONITOR)
        if mark is not AgentState.OUT:
            return mark
        if not agent.connected:
            return AgentState.OUT_AND_AWAY
        return AgentState.LEAVING if agent.running else mark
    return CAUSES.get(agent.cause) or (AgentState.AWAY if agent.connected_at else AgentState.NEW)


class Keys(Func):
    """The keys of a JSON object, a row each."""

    function, set_returning = "jsonb_object_keys", True


def _counts(agents: Iterable[Agent], now: datetime) -> tuple[dict[str, int], dict[str, float]]:
    """Builds of the last 24 hours by agent, and the mean among those that have the same labels."""
    ran = Build.objects.filter(started_at__gt=now - DAY).annotate(agent=Keys(F("agents"))).values("agent")
    counts = dict(ran.annotate(number=Count("pk")).values_list("agent", "number"))
    groups: dict[tuple[str, ...], list[str]] = {}
    for agent in agents:
        groups.setdefault(tuple(agent.labels), []).append(agent.name)
    means: dict[str, float] = {}
    for names in groups.values():
        mean = sum(counts.get(name, 0) for name in names) / len(names) if len(names) > 1 else 0
        means |= dict.fromkeys(names, mean)
    return counts, means


def _tickets(agents: Iterable[Agent]) -> dict[str | None, int]:
    """The tickets of the disks that are full now, by key."""
    keys = [ticket_key(agent) for agent in agents if agent.trouble]
    return dict(Ticket.objects.filter(key__in=keys).values_list("key", "pk"))


def _job(name: str, owners: Mapping[str, Project], number: int = 0) -> JobView:
    return JobView(name, item_url(name), owners.get(name), number)


def _waiting(one: Mapping[str, Any], owners: Mapping[str, Project]) -> Waiting:
    return Waiting(_job(one["job"], owners), one["why"], parse_datetime(one["since"] or ""), bool(one["stuck"]))


def _silence(watch: Watch, now: datetime) -> tuple[str, datetime | None]:
    """Why what is shown is not how it is now, and since when."""
    if watch.trouble:
        return watch.trouble, watch.troubled_at
    if watch.looked_at and now - watch.looked_at > late_jenkins():
        return NOBODY_LOOKED, watch.looked_at
    return "", None


def late_jenkins() -> timedelta:
    """How old a look may be before nobody seems to look any more."""
    return timedelta(seconds=60 + 2 * settings.JENKINS_LOOK)
