"""What the engine and its steps need of a provider: small Protocols and frozen rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from provisioning.outcomes import Missing, Outcome, Pending, Ready
from provisioning.spec import Tag, Want


@dataclass(frozen=True, slots=True)
class SeenServer:
    """A server as the cloud's listing shows it. `addresses` are (IP address, fixed|floating) pairs.

    `moving` says that the cloud is at work on it: what changes meanwhile is worth no look before it rests.
    """

    id: str
    name: str
    project_id: str
    status: str
    task_state: str = ""
    host: str = ""
    flavor: str = ""
    flavor_vcpus: int = 0
    flavor_ram_mib: int = 0
    image_id: str = ""
    fault: str = ""
    addresses: tuple[tuple[str, str], ...] = ()
    volumes: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    created_at: str = ""
    launched_at: str = ""
    updated_at: str = ""
    moving: bool = False


@dataclass(frozen=True, slots=True)
class SeenVolume:
    """A volume as the cloud's listing shows it; `servers` are the ids of the servers it is attached to.

    `moving` as for servers.
    """

    id: str
    name: str
    project_id: str
    status: str
    size_gib: int
    servers: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    created_at: str = ""
    updated_at: str = ""
    moving: bool = False


@dataclass(frozen=True, slots=True)
class SeenAddress:
    """A floating IP as the cloud's listing shows it."""

    id: str
    project_id: str
    address: str
    port_id: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class SeenPort:
    """A port as the cloud's listing shows it; `device_id` is what it was made for, a server's or a router's id."""

    id: str
    project_id: str
    device_id: str = ""
    device_owner: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one look at a cloud showed, shared by a whole batch. Mappings are by id.

    `taken_at` is when the last look began, `full_at` when the last full listing began (both the database's clock, UTC).
    """

    cloud: str
    taken_at: datetime
    full_at: datetime
    servers: Mapping[str, SeenServer]
    volumes: Mapping[str, SeenVolume]
    addresses: Mapping[str, SeenAddress]
    ports: Mapping[str, SeenPort] = field(default_factory=dict)


class Look(Protocol):
    """A look at a cloud that was begun: `call` makes its HTTP calls, in a thread; `end` stores what came of them.

    `end` must be called, whatever the call answered; it raises that answer where it is a ProviderError.
    """

    def call(self) -> Any: ...

    def end(self, answer: Any) -> Snapshot: ...


@dataclass(frozen=True, slots=True)
class Position:
    """One step in one pass, all that its ensure, undo and watch may read; made by the engine, frozen.

    `called` says that an earlier try of this incarnation may have called the cloud, so look before you create.
    `facts` are those of the plan's other steps, by key, each with "id"; `own` are the step's own of earlier passes.
    `secrets` are what the step may need by name (`user`, `credential`); never stored in facts, never logged.
    """

    tag: Tag
    want: Want
    external_id: str
    called: bool
    facts: Mapping[str, Mapping[str, Any]]
    own: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    seen: Snapshot | None = None


class StepKind(Protocol):
    """How one kind of resource is made, kept and taken back.

    `ensure` and `undo` make HTTP calls in a thread of the pool and touch no database; both may run any number of
    times; neither waits. They answer an Outcome or raise a ProviderError. `watch` compares what was ready with the
    snapshot and makes no call: None where there is nothing to see. `prove_absent` makes one uncached call by id: True
    when that is 404. `check` makes one uncached look at what no listing shows: None where all is as wanted, Missing
    where it is not there, Pending where an ensure would make it as wanted.
    """

    def ensure(self, cloud: Any, it: Position) -> Ready | Pending | Missing: ...

    def undo(self, cloud: Any, it: Position) -> Ready | Pending: ...

    def watch(self, it: Position) -> Outcome | None: ...

    def prove_absent(self, cloud: Any, it: Position) -> bool: ...

    def check(self, cloud: Any, it: Position) -> Outcome | None: ...


@dataclass(frozen=True, slots=True)
class Order:
    """One action asked for on a server or a CI job, as handed to a thread.

    `verb` is start, stop, reboot, reinstall, rescue, unrescue, confirm or revert for a server, build or stop-build for
    a job. `target` is the server's id or the job's full name. `args` are the verb's own: {"type": "SOFT"|"HARD"} for
    reboot, {"image_id": ...} for reinstall, {"number": ...} for stop-build.
    """

    verb: str
    target: str
    args: Mapping[str, Any]
