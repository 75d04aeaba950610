"""One allocation in hand: its steps, what of them can move now, and what became of their calls."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.utils.functional import cached_property

from provisioning import secrets
from provisioning.engine.breaker import ELSEWHERE, service_of
from provisioning.engine.calls import answered
from provisioning.engine.changes import LISTINGS, ask_for_full, came_to_rest
from provisioning.engine.lease import Lease
from provisioning.engine.site import Clock, Site
from provisioning.engine.verdict import CLEAR, Answer, Bug, Verdict, fail, judge, listed_since, proof, undone
from provisioning.errors import Broken, Failure
from provisioning.models import Plan, Step
from provisioning.order import dependents, may_check, may_move, waits_for_room
from provisioning.outcomes import Missing, Outcome, Pending
from provisioning.phase import THINGS
from provisioning.planner import HOLD_DATA, UNLISTED
from provisioning.ports import Position, Snapshot
from provisioning.spec import WANTS, Tag
from provisioning.states import STEP_MOVES, StepState, ensure_move

ENSURE: Final = "ensure"
UNDO: Final = "undo"
PROVE: Final = "prove_absent"
CHECK: Final = "check"
STANDING: Final = frozenset({StepState.READY, StepState.RUNNING})
RECOVERS: Final = frozenset({Failure.LOST, Failure.UPSTREAM_BUG})


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a service to hand to a thread: frozen, without any row in it."""

    key: str
    verb: str
    run: Callable[[], Any]
    service: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a step may not call now, and for how many seconds."""

    seconds: float
    words: str


@dataclass
class Unit:
    """A claimed plan. Every write goes through its lease; every method may raise Lost.

    `snapshot` is what its calls know of the cloud, `newest` a look that ended while they were in the air.
    """

    site: Site
    deployment: UUID
    plan: Plan
    lease: Lease
    clock: Clock
    steps: dict[str, Step] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    newest: Snapshot | None = None
    flying: int = 0
    tried: set[tuple[str, str]] = field(default_factory=set)
    held_back: dict[str, datetime] = field(default_factory=dict)

    def load(self) -> None:
        """Read the steps. Those that failed and were asked to try again begin anew."""
        self.steps = {step.key: step for step in Step.objects.filter(plan=self.plan).order_by("position", "id")}
        for step in self.steps.values():
            if step.state == StepState.FAILED and step.due_at and step.due_at <= self.clock.now():
                self._revive(step)

    @property
    def needs_look(self) -> bool:
        """Whether anything of it can be read off a snapshot."""
        return any(step.external_id and step.state in STANDING and not _elsewhere(step) for step in self.steps.values())

    def watch(self, snapshot: Snapshot | None) -> None:
        """Compare what stands with what the cloud showed. What was made after the look began cannot be in it."""
        self.snapshot = snapshot
        if snapshot is None:
            return
        for step in self.steps.values():
            if (
                step.missing_since is None
                and _watched(step)
                and (step.ended_at or self.clock.now()) < snapshot.taken_at
            ):
                self._see(step, answered(partial(self._compare, step)))

    def launch(self, admits: Callable[[Step], Hold | None]) -> Iterator[Call]:
        """The calls to make now, their intent stored. `admits` tells which steps must wait."""
        chosen = list(self._choose(admits))
        if lost := self._lost_key() if chosen else "":
            for step, _ in chosen:
                self.write(step, fail(lost, Failure.CREDENTIAL_BROKEN, "lab"))
            return
        self._intend([step for step, verb in chosen if verb == ENSURE])
        for step, verb in chosen:
            yield Call(step.key, verb, self._call(step, verb), service_of(step.key))

    def land(self, key: str, verb: str, answer: Any) -> None:
        """Store what became of a call, at once."""
        step = self.steps[key]
        if verb == PROVE and isinstance(answer, bool):
            full_at = self.clock.now() if _elsewhere(step) else self.snapshot.full_at if self.snapshot else None
            if answer and not listed_since(step, full_at):
                ask_for_full(self.site.name)  # its proof of absence needs one
            self.write(step, proof(step, absent=answer, full_at=full_at, now=self.clock.now()))
        elif verb == CHECK and answer is None:
            self.write(step, Verdict({**CLEAR, "due_at": None}, tell=bool(step.words)))
        else:
            self.write(step, judge(step, answer, self.clock.now()))
            if isinstance(answer, Pending) and came_to_rest(step.kind, step.external_id, self.snapshot, self.newest):
                self.write(step, Verdict({"due_at": self.clock.now()}))  # no later look would show it as a change

    def due(self) -> datetime | None:
        """When it should be looked at again; None where nothing moves by itself."""
        moments = [self._moment(step) for step in self.steps.values() if self._stirs(step)]
        return min(moments, default=None)

    def write(self, step: Step, verdict: Verdict) -> None:
        """Write a verdict under the lease, and to the row in hand. Raises IllegalMove."""
        ensure_move(STEP_MOVES, step.state, verdict.fields.get("state", step.state))
        changed = {name: value for name, value in verdict.fields.items() if getattr(step, name) != value}
        if not changed:
            return
        tell = {"told": False} if verdict.tell else {}
        with self.lease.held():
            Step.objects.filter(pk=step.pk).update(**changed, **tell)
            if verdict.tell:
                self.lease.tell()
        for name, value in changed.items():
            setattr(step, name, value)
        if step.kind == "volume" and changed.get("external_id") == "":
            ask_for_full(self.site.name)  # nothing else shows that a volume is gone: it would go on counting as used
        if changed.get("state") == StepState.UNDOING and step.wanted:
            self._doubt(step)

    def _doubt(self, step: Step) -> None:
        """It is made anew, so what stands on it is looked at again: a new user has no role yet."""
        for other in dependents(step, self.steps):
            row = self.steps[other.key]
            if row.kind in UNLISTED and row.state == StepState.READY and row.due_at is None:
                self.write(row, Verdict({"due_at": self.clock.now()}))

    def tell_bug(self, place: str) -> None:
        """Have a fault of ours in the plan as a whole told, by one of its steps that has nothing to tell itself."""
        step = next((one for one in self.steps.values() if one.state != StepState.FAILED), None)
        if step is not None:
            with self.lease.held():
                Step.objects.filter(pk=step.pk).update(failure=Failure.BUG, place=place[:160], told=False)
                self.lease.tell()

    def position(self, step: Step, secret_values: Mapping[str, str] | None = None) -> Position:
        """All that the step's kind may read."""
        return Position(
            tag=Tag(self.deployment, self.plan.allocation_id, step.key, step.incarnation),
            want=WANTS[step.kind].from_json(step.want),
            external_id=step.external_id,
            called=step.called_at is not None,
            facts={s.key: {**s.facts, "id": s.external_id} for s in self.steps.values() if s.external_id or s.facts},
            own=dict(step.facts),
            secrets=secret_values or {},
            seen=self.snapshot,
        )

    @cached_property
    def known_secrets(self) -> dict[str, str]:
        return secrets.known(self.plan)

    def _lost_key(self) -> str:
        """Why the plan's secrets cannot be read, which is its own trouble and not the cloud's; empty where they can."""
        try:
            self.known_secrets  # noqa: B018  read once, kept
        except Broken as error:
            return error.words
        return ""

    def _choose(self, admits: Callable[[Step], Hold | None]) -> Iterator[tuple[Step, str]]:
        for step in self.steps.values():
            verb = self._verb(step)
            self._say_room(step, verb)
            if not verb or (step.key, verb) in self.tried or (step.due_at and step.due_at > self.clock.now()):
                continue
            if verb == UNDO and step.called_at is None and not step.external_id:
                self.write(step, undone(step, self.clock.now()))
                yield from self._choose(admits)  # what stood on it may go now
                return
            if hold := admits(step):
                self.held_back[step.key] = self.clock.after(hold.seconds)
                self.write(step, Verdict({"words": hold.words}, tell=True))
                continue
            self.tried.add((step.key, verb))
            yield step, verb

    def _say_room(self, step: Step, verb: str) -> None:
        """Say that it waits for the room that others of its kind still take, and no longer than it does."""
        words = f"waits until the {THINGS[step.kind]} that is no longer wanted is gone"
        held = not verb and waits_for_room(step, self.steps)
        if held or step.words == words:
            self.write(step, Verdict({"words": words if held else ""}, tell=True))

    def _verb(self, step: Step) -> str:
        if step.missing_since and step.state in STANDING:
            return PROVE
        if step.due_at and may_check(step, self.steps):
            return CHECK
        if not may_move(step, self.steps, self.plan.desired):
            return ""
        return UNDO if step.state == StepState.UNDOING else ENSURE

    def _intend(self, steps: list[Step]) -> None:
        """Store that these may be called from here on, with the secrets that the calls will carry."""
        fresh = [step for step in steps if step.called_at is None or step.state != StepState.RUNNING]
        if not fresh:
            return
        now = self.clock.now()
        with self.lease.held():
            for step in fresh:
                ensure_move(STEP_MOVES, step.state, StepState.RUNNING)
                if step.called_at is None and step.kind in secrets.AUDIENCE:
                    self.known_secrets[step.kind] = secrets.make(self.plan.pk, step.kind)
            running = {"state": StepState.RUNNING, "due_at": None}
            if first := [s.pk for s in fresh if not s.called_at]:
                Step.objects.filter(pk__in=first).update(**running, called_at=now, began_at=now)
            if again := [s.pk for s in fresh if s.called_at]:
                Step.objects.filter(pk__in=again).update(**running)
            self.lease.tell()

    def _call(self, step: Step, verb: str) -> Callable[[], Any]:
        """The call as a thread runs it. Its position is taken before the row learns of the intent."""
        it = answered(lambda: self.position(step, self.known_secrets))
        kind, cloud = self.site.kinds[step.kind], self.site.cloud
        if verb == ENSURE and (step.called_at is None or step.state != StepState.RUNNING):
            step.state, step.called_at, step.due_at = StepState.RUNNING, step.called_at or self.clock.now(), None
        if isinstance(it, Bug):  # what is stored cannot be read: a fault of this step alone
            return lambda: it
        method: Callable[[Any, Position], Any] = getattr(kind, verb)
        return self.lease.within(lambda: method(cloud, it))

    def _compare(self, step: Step) -> Outcome | None:
        return self.site.kinds[step.kind].watch(self.position(step))

    def _see(self, step: Step, answer: Answer | None) -> None:
        if step.state == StepState.FAILED:
            if not isinstance(answer, (Missing, Bug)):
                self.write(step, Verdict({"state": StepState.RUNNING, "due_at": None}, tell=True))
        elif answer is not None:
            self.write(step, judge(step, answer, self.clock.now()))
        elif step.failure == Failure.BUG:  # it is mended, or was a moment's
            self.write(step, Verdict({**CLEAR, "due_at": None}, tell=True))

    def _revive(self, step: Step) -> None:
        """Try again what failed: what is lost is made anew, with all that was made for it and holds no data.

        No look shows that something elsewhere came back: it is proved once more to be gone before it is made anew.
        """
        state = StepState.RUNNING if step.wanted else StepState.UNDOING
        anew = {"attempts": 0, "rebuilds": 0, "words": "", "failure": "", "who": "nobody", "due_at": None}
        if step.failure == Failure.LOST and _elsewhere(step):
            anew["was_active"] = False
        elif step.failure == Failure.LOST and step.wanted:
            state = StepState.UNDOING
            for other in dependents(step, self.steps):
                row = self.steps[other.key]
                if row.kind not in HOLD_DATA and row.state in {*STANDING, StepState.FAILED}:
                    self.write(row, Verdict({**anew, "state": StepState.UNDOING}, tell=True))
        self.write(step, Verdict({**anew, "state": state}, tell=True))

    def _stirs(self, step: Step) -> bool:
        if step.state == StepState.FAILED:
            return step.due_at is not None
        return bool(self._verb(step))

    def _moment(self, step: Step) -> datetime:
        moment = step.due_at or self.clock.now()
        return max(moment, self.held_back.get(step.key, moment))


def _elsewhere(step: Step) -> bool:
    """Whether it stands in a system that is no part of the cloud, and so in none of its listings."""
    return service_of(step.key) in ELSEWHERE


def _watched(step: Step) -> bool:
    return step.state == StepState.READY or _may_recover(step)


def _may_recover(step: Step) -> bool:
    """Lost or in ERROR when it was last seen, and nobody has decided yet: it may have come back."""
    listed = step.kind in LISTINGS  # nothing else is seen to have come back
    return listed and step.state == StepState.FAILED and step.wanted and step.was_active and step.failure in RECOVERS
