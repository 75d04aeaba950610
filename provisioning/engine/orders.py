"""Actions on servers and CI jobs: called once under the plan's lease, then looked at, never repeated."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from provisioning.engine.breaker import service_of
from provisioning.engine.lease import TooLate
from provisioning.engine.site import Actions
from provisioning.engine.unit import Call, Hold, Unit
from provisioning.engine.verdict import Bug
from provisioning.errors import Broken, Gone, Rejected
from provisioning.models import Action, Step
from provisioning.ports import Order, SeenServer
from provisioning.states import ACTION_MOVES, ActionState, ensure_move
from provisioning.verbs import obeys

PERFORM: Final = "perform"
LOOK_AGAIN = 2.0  # seconds
PATIENCE: Final = {"reinstall": 1800.0, "build": 60.0, "stop-build": 60.0}  # seconds until nobody waits any more
USUAL_PATIENCE = 600.0


@dataclass
class Orders:
    """The actions of one plan that have not ended."""

    unit: Unit
    actions: Actions
    open: list[Action] = field(default_factory=list)

    def load(self) -> None:
        """Read them, oldest first."""
        states = [ActionState.ASKED, ActionState.CALLED]
        rows = Action.objects.filter(plan=self.unit.plan, state__in=states)
        self.open = list(rows.order_by("id"))

    def look(self) -> None:
        """End what the snapshot shows done, and what has been waited for too long."""
        for action in self._in(ActionState.CALLED):
            seen, called_at = self._seen(action), action.called_at or self.unit.clock.now()
            taken = self.unit.snapshot.taken_at if self.unit.snapshot else None
            if seen and taken and taken > called_at and self.actions.done(_order(action), action.before, seen):
                self._end(action, ActionState.DONE, "")
            elif (self.unit.clock.now() - called_at).total_seconds() > PATIENCE.get(action.verb, USUAL_PATIENCE):
                self._end(action, ActionState.UNKNOWN, "Nothing shows whether it did; look at it.")

    def launch(self, admits: Callable[[str], Hold | None]) -> Iterator[Call]:
        """The calls to make now, each with its intent stored. `admits` tells what service does not answer: it waits."""
        for action in self._in(ActionState.ASKED):
            step, seen = self.unit.steps.get(_key(self.unit, action)), self._seen(action)
            if step is None or not self._stands(step):
                self._end(action, ActionState.REFUSED, "It is not as it should be at the moment.")
            elif step.kind == "server" and seen is None:
                continue  # the look that tells what it is before the call is still to come
            elif hold := admits(service_of(step.key)):
                self._write(action, words=hold.words[:300])
            else:
                before = {**asdict(seen), "metadata": dict(seen.metadata)} if seen else {"id": step.external_id}
                called_at = self.unit.clock.now()
                self._write(action, state=ActionState.CALLED, called_at=called_at, before=before, words="")
                yield Call(f"action:{action.pk}", PERFORM, self._call(action, seen), service_of(step.key))

    def land(self, key: str, answer: Any) -> None:
        """Store what became of a call: a clear no had no effect; anything unclear is looked at, never repeated.

        True says that nothing is to be waited for.
        """
        action = next(a for a in self.open if key == f"action:{a.pk}")
        if answer is True:
            self._end(action, ActionState.DONE, "")
        elif isinstance(answer, (Rejected, Gone, Broken)):
            self._end(action, ActionState.REFUSED, answer.words)
        elif isinstance(answer, TooLate):
            self._write(action, state=ActionState.ASKED, called_at=None)
        elif isinstance(answer, Bug):
            self._write(action, words="A fault in the portal; the lab looks at it.")

    def due(self) -> datetime | None:
        """When to look at them again."""
        return self.unit.clock.after(LOOK_AGAIN) if self.open else None

    def _in(self, state: ActionState) -> list[Action]:
        return [action for action in self.open if action.state == state]

    def _stands(self, step: Step) -> bool:
        return obeys(step) and self.unit.plan.desired == "present"

    def _seen(self, action: Action) -> SeenServer | None:
        step = self.unit.steps.get(_key(self.unit, action))
        return self.unit.snapshot.servers.get(step.external_id) if step and self.unit.snapshot else None

    def _call(self, action: Action, seen: SeenServer | None) -> Callable[[], Any]:
        perform, cloud, order = self.actions.perform, self.unit.site.cloud, _order(action)
        return self.unit.lease.within(lambda: perform(cloud, order, seen))

    def _end(self, action: Action, state: ActionState, words: str) -> None:
        self._write(action, state=state, words=words[:300], ended_at=self.unit.clock.now())
        self.open.remove(action)

    def _write(self, action: Action, **values: Any) -> None:
        ensure_move(ACTION_MOVES, action.state, values.get("state", action.state))
        with self.unit.lease.held():
            Action.objects.filter(pk=action.pk).update(**values)
            self.unit.lease.tell()
        for name, value in values.items():
            setattr(action, name, value)


def _key(unit: Unit, action: Action) -> str:
    return next((key for key, step in unit.steps.items() if step.pk == action.step_id), "")


def _order(action: Action) -> Order:
    return Order(action.verb, str(action.before.get("id", "")), dict(action.args))
