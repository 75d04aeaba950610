"""One allocation with its servers and volumes, as a page shows it; provisioning.queries reads it."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from projects.models import Allocation, SshKey
from projects.states import Phase, Who
from provisioning.bars import QuotaBar
from provisioning.ci import CiView, ci_of
from provisioning.clouds import CloudView, silence_of
from provisioning.models import Action, Plan, Step
from provisioning.phase import counts
from provisioning.states import ActionState, StepState
from provisioning.suspensions import Suspension, suspension_of
from provisioning.systems import System
from provisioning.verbs import obeys, verbs_for
from provisioning.whereabouts import HostState

UNTOLD = frozenset({Phase.BUILDING, Phase.CHANGING, Phase.RELEASING})  # not where anything comes to rest
MOVING = frozenset({StepState.WAITING, StepState.RUNNING, StepState.UNDOING})


@dataclass(frozen=True, slots=True)
class ServerView:
    """One server as a member sees it. `login` is the account of the visitor on it, `missing_keys` are not on it."""

    step: Step
    status: str
    task: str
    host: str
    host_state: HostState | None
    system: System
    flavor: str
    addresses: tuple[tuple[str, str], ...]
    up_since: datetime | None
    ports: tuple[int, ...]  # TCP, open to everybody; none before the security group is made
    login: str
    action: Action | None = None
    missing_keys: tuple[SshKey, ...] = ()
    public: Step | None = None  # the step of the floating address that was granted

    @property
    def name(self) -> str:
        """`<line>-<n>`, as in the grant."""
        return self.step.key.partition(":")[2]

    @property
    def address(self) -> str:
        """The address to connect to: the floating one where there is one; none while one granted is to come."""
        floating = [ip for ip, kind in self.addresses if kind == "floating"]
        if self.public and not floating:
            return str(self.public.facts.get("address", "")) if self.public.state == StepState.READY else ""
        return (floating or [ip for ip, _ in self.addresses] or [""])[0]

    @property
    def no_address(self) -> str:
        """Why there is none to connect to."""
        if self.public is None:
            return "no address yet"
        failed = self.public.state == StepState.FAILED
        return f"the public address {'could not be given' if failed else 'is on its way'}"

    @property
    def ssh(self) -> str:
        """The copy-ready line."""
        return f"ssh {self.login}@{self.address}" if self.address and self.login else ""

    @property
    def verbs(self) -> list[str]:
        """What may be asked of it now; nothing while something is under way."""
        busy = self.task or (self.action and self.action.state in {ActionState.ASKED, ActionState.CALLED})
        return [] if busy or not obeys(self.step) else verbs_for(self.status)


@dataclass(frozen=True, slots=True)
class VolumeView:
    """One volume as a member sees it; `servers` are the names of the servers it is attached to."""

    name: str
    status: str
    size_gib: int
    storage: str
    servers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllocationView:
    """One allocation with all that its section of the page shows."""

    allocation: Allocation
    plan: Plan | None
    steps: tuple[Step, ...]
    servers: tuple[ServerView, ...] = ()
    volumes: tuple[VolumeView, ...] = ()
    bars: tuple[QuotaBar, ...] = field(default=())

    @property
    def wanted(self) -> list[Step]:
        """The steps that count for the progress: those wanted, or on their way out."""
        return [step for step in self.steps if counts(step)]

    @property
    def done(self) -> int:
        """How many of them have arrived."""
        arrived = StepState.UNDONE if self.allocation.desired == "absent" else StepState.READY
        counted = self.steps if self.allocation.desired == "absent" else self.wanted
        return sum(step.state == arrived for step in counted)

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.steps if self.allocation.desired == "absent" else self.wanted)

    @property
    def progress(self) -> str:
        """The two figures in words: `2 of 7`."""
        return f"{self.done} of {self.total}"

    @property
    def moving(self) -> bool:
        """Whether the page should look again soon.

        What came of the steps is told to the allocation a moment after they have arrived.
        """
        unwritten = self.plan is None or self.plan.revision < self.allocation.revision or self.plan.outdated
        untold = self.allocation.phase in UNTOLD and not self.failed
        return (
            unwritten
            or untold
            or self.plan.desired != self.allocation.desired  # type: ignore[union-attr]
            or any(step.state in MOVING for step in self.steps if step.wanted or step.state != StepState.UNDONE)
            or any(step.due_at for step in self.failed)  # asked to be tried again
            or any(server.action and server.action.state in {"asked", "called"} for server in self.servers)
        )

    @property
    def mark(self) -> str:
        """The same as long as there is nothing new to show, so that a page that asks again is left as it is."""
        row = self.allocation
        shown = (
            (row.phase, row.who, row.words, row.desired, row.revision, row.observed_at),
            [(step.key, step.state, step.words, step.who) for step in self.wanted],
            [
                (s.status, s.task, s.address, s.host_state, s.ports, s.action and (s.action.state, s.action.words))
                for s in self.servers
            ],
            self.volumes,
            self.silence and self.silence.since,
        )
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]

    @property
    def ending(self) -> bool:
        """Whether it is in its grace time: at rest, and deleted with all that is in it on `absent_at`."""
        return self.allocation.absent_at is not None and self.allocation.desired == "suspended"

    @property
    def suspension(self) -> Suspension | None:
        """Who suspended it, and why."""
        return suspension_of(self.allocation)

    @property
    def silence(self) -> CloudView | None:
        """How its cloud stands, where it gives us no answer and something of this is still there."""
        return None if self.allocation.phase == Phase.RELEASED else silence_of(self.allocation)

    @property
    def failed(self) -> list[Step]:
        """The steps that wait for a person."""
        return [step for step in self.steps if step.state == StepState.FAILED]

    @property
    def mendable(self) -> list[Step]:
        """Those that the project can have tried again, and has not yet."""
        return [step for step in self.failed if step.who == Who.YOU and step.due_at is None]

    @property
    def ci(self) -> CiView | None:
        """Its CI folder with the jobs, where it has one."""
        return ci_of(self.allocation, self.steps)

    @property
    def credential(self) -> Step | None:
        """The application credential's step, where it is ready."""
        return next((s for s in self.steps if s.kind == "credential" and s.state == StepState.READY), None)
