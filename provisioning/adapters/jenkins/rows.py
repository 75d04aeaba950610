"""What Jenkins shows, as frozen rows. Sizes in bytes, times in UTC, names of jobs are full ones: `folder/job`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Item:
    """A folder or a job of ours; `lines` are those of its own permission matrix (`USER:permission:login`).

    `inherits` says that what is permitted above it holds there, too.
    """

    name: str
    description: str
    lines: frozenset[str]
    inherits: bool


@dataclass(frozen=True, slots=True)
class Node:
    """An agent of ours as its configuration says it should be."""

    name: str
    description: str
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Space:
    """What a disk monitor measured; at or below `threshold` Jenkins takes the agent out of service."""

    path: str
    free: int
    total: int
    threshold: int
    measured_at: datetime | None


@dataclass(frozen=True, slots=True)
class Running:
    """A build on an executor."""

    job: str
    number: int


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as it is now.

    `marked` says that it takes no new builds, by a person's or a monitor's will; `cause` is the short name of the class
    of what keeps it offline (UserCause, DiskSpace, ChannelTermination, ...) and `reason` its sentence, plain text.
    `disk` and `temporary` are None where nothing was measured: on an agent that is connected that is an alarm, since a
    disk without any space left reads like this.
    """

    name: str
    description: str
    labels: frozenset[str]
    executors: int
    online: bool
    connected: bool
    marked: bool
    idle: bool
    cause: str
    reason: str
    running: tuple[Running, ...]
    architecture: str
    disk: Space | None
    temporary: Space | None
    built_in: bool = False

    @property
    def drained(self) -> bool:
        """Taken out of service by a person; what a monitor does it also undoes."""
        return self.marked and self.cause == "UserCause"


@dataclass(frozen=True, slots=True)
class Queued:
    """What waits to be built, and Jenkins's sentence why."""

    id: int
    job: str
    why: str
    since: datetime | None
    stuck: bool


@dataclass(frozen=True, slots=True)
class Build:
    """One build; `result` is empty while it runs, `agent` where Jenkins does not say it (pipelines)."""

    number: int
    result: str
    building: bool
    started_at: datetime | None
    seconds: float
    agent: str


@dataclass(frozen=True, slots=True)
class Job:
    """A job with its last builds, newest first."""

    name: str
    url: str
    description: str
    builds: tuple[Build, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """A piece of a console log, from byte `start` to byte `end`; read on from there while there is `more` to come.

    A piece that would be too long begins later than asked: compare `start`.
    """

    text: str
    start: int
    end: int
    more: bool
