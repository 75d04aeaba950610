"""One pass over a cloud: claim what is due, hand its calls to the pool, store each outcome as it comes."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import OperationalError

from provisioning import retry
from provisioning.engine import calls
from provisioning.engine.breaker import ELSEWHERE, Breaker, name_of, service_of
from provisioning.engine.changes import notice, watched
from provisioning.engine.lease import Lost, claim
from provisioning.engine.orders import PERFORM, Orders
from provisioning.engine.pause import pause, paused
from provisioning.engine.site import Clock, Site
from provisioning.engine.unit import Call, Hold, Unit
from provisioning.errors import Broken, Busy, ProviderError
from provisioning.models import Step, Watch
from provisioning.planner import SUSPENSION
from provisioning.ports import Look, Snapshot

log = structlog.get_logger(__name__)
TOGETHER = 0.01  # seconds that an answer waits for those that were asked for with it
RENEW = 1.0  # seconds between two turns of others in a pass
LONGEST = 10  # times ENGINE_PASS, then a pass lands what is in the air and ends
MAINTENANCE = 30.0  # seconds until a step that waits for the end of it is looked at again


@dataclass
class Hand:
    """One claimed plan with all that is done for it now."""

    unit: Unit
    orders: Orders | None


@dataclass
class Pass:
    """At most ENGINE_PASS seconds of work on one cloud. `units` counts the plans that were looked at."""

    site: Site
    deployment: UUID
    watch: Watch
    clock: Clock = field(default_factory=Clock)
    flights: dict["Future[Any]", tuple[Hand, Call]] = field(default_factory=dict)
    queue: list[tuple[Hand, Call]] = field(default_factory=list)
    paused_until: datetime | None = None
    elsewhere: dict[str, datetime] = field(init=False)  # until when what other systems are paused
    units: int = 0
    snapshot: Snapshot | None = None
    looked: float = float("-inf")
    looking: "tuple[Future[Any], Look] | None" = None
    waiting: bool = field(init=False)  # for something that a look will show

    def __post_init__(self) -> None:
        self.began = self.renewed = time.monotonic()
        self.ends = self.began + settings.ENGINE_PASS
        self.waiting = watched(self.site.name)
        self.breakers = {name: Breaker.from_json(stored) for name, stored in self.watch.breakers.items()}
        if self.watch.paused_until and self.watch.paused_until > self.clock.now():
            self.paused_until = self.watch.paused_until
        self.elsewhere = paused()

    def run(self) -> int:
        """Work until nothing is due or the time is over; returns how many plans were looked at."""
        try:
            while True:
                self._renew()
                self._begin_look()
                self._fill()
                self._take_off()
                if not self.flights and not self.looking:
                    return self.units
                self._land()
        finally:
            if self.looking:
                self._end_look()

    def _renew(self) -> None:
        """With calls in the air, let new plans be written and outcomes be told, and go on.

        To end here would mean to begin nothing until the slowest call has landed.
        """
        now = time.monotonic()
        if not self.flights or now - self.renewed < RENEW or now - self.began > LONGEST * settings.ENGINE_PASS:
            return
        self.renewed = now
        if site := self.site.renew():
            self.site, self.ends = site, time.monotonic() + settings.ENGINE_PASS

    def _fill(self) -> None:
        """Take more plans while there is room: those that came first get on first."""
        while self.paused_until is None and time.monotonic() < self.ends:
            claimed = claim(self.site.name, settings.ENGINE_UNITS - len(self._hands()))
            if not claimed:
                return
            for plan, lease in claimed:
                self.units += 1
                unit = Unit(self.site, self.deployment, plan, lease, self.clock)
                hand = Hand(unit, Orders(unit, self.site.actions) if self.site.actions else None)
                self._guarded(hand, self._open)

    def _open(self, hand: Hand) -> None:
        hand.unit.load()
        if hand.orders:
            hand.orders.load()
        if hand.unit.needs_look or (hand.orders and hand.orders.open):
            hand.unit.watch(self._look())
        if hand.orders:
            hand.orders.look()
        self._advance((), hand)

    def _advance(self, landed: Iterable[tuple[Call, Any]], hand: Hand) -> None:
        """Store what came and what begins now, at once and together; then make the calls.

        A plan with nothing in the air is given back.
        """
        unit = hand.unit
        with unit.lease.held():
            for call, answer in landed:
                _store(call, answer, hand)
            begun = self._begun(hand)
            if unit.flying == 0 and not begun:
                due = [unit.due(), hand.orders.due() if hand.orders else None]
                unit.lease.release(min((moment for moment in due if moment), default=None))
        if unit.flying == 0 and not begun:
            self.waiting |= unit.needs_look
        unit.flying += len(begun)
        self.queue += [(hand, call) for call in begun]

    def _take_off(self) -> None:
        """Make the calls for which there is room, the oldest plan's first: what came first is ready first."""
        self.queue.sort(key=lambda waiting: (waiting[0].unit.plan.created_at, waiting[0].unit.plan.pk))
        while self.queue and len(self.flights) < settings.ENGINE_THREADS:
            hand, call = self.queue.pop(0)
            self.flights[calls.submit(call.run)] = (hand, call)

    def _hands(self) -> list[Hand]:
        """The plans with calls in the air, or about to be."""
        return list({id(hand): hand for hand, _ in (*self.flights.values(), *self.queue)}.values())

    def _begun(self, hand: Hand) -> list[Call]:
        """All that can move now, its intent stored."""
        if self.paused_until is not None or time.monotonic() >= self.ends:
            return []
        hand.unit.lease.secure()
        orders = hand.orders.launch(self._answers) if hand.orders else ()
        return [*orders, *hand.unit.launch(self._admits)]

    def _admits(self, step: Step) -> Hold | None:
        """None where this step may call now, else for how long it must wait, and why."""
        service, new = service_of(step.key), step.wanted and not step.external_id and step.kind != SUSPENSION
        if new and not self.site.creates_allowed and service not in ELSEWHERE:
            return Hold(MAINTENANCE, "waits until the maintenance of the cloud is over")
        return self._answers(service)

    def _answers(self, service: str) -> Hold | None:
        """None where a call of this service may be made now."""
        now, breaker = self.clock.now(), self.breakers.setdefault(service, Breaker())
        if (until := self.elsewhere.get(service)) and until > now:
            return Hold((until - now).total_seconds(), f"{name_of(service)} cannot be used now; the lab was told")
        if breaker.lets_pass(now):
            return None
        return Hold(breaker.wait(now), f"{name_of(service)} does not answer; it is asked again by itself")

    def _land(self) -> None:
        """Wait for the next answers, and keep the leases of what is in the air."""
        awaited = {*self.flights, self.looking[0]} if self.looking else set(self.flights)
        wait(awaited, timeout=self._patience(), return_when=FIRST_COMPLETED)
        done, _ = wait(awaited, timeout=TOGETHER)  # what comes with it is stored with it
        if self.looking and self.looking[0] in done:
            done.discard(self.looking[0])
            self._end_look()
        landed: dict[int, tuple[Hand, list[tuple[Call, Any]]]] = {}
        for future in done:
            hand, call = self.flights.pop(future)
            hand.unit.flying -= 1
            self._count(call, future.result())
            landed.setdefault(id(hand), (hand, []))[1].append((call, future.result()))
        for hand, answers in landed.values():
            self._guarded(hand, partial(self._advance, answers))
        self._take_off()
        for hand in self._hands():
            self._guarded(hand, lambda hand: hand.unit.lease.secure())

    def _guarded(self, hand: Hand, work: Callable[[Hand], None]) -> bool:
        """Do something for one plan; what goes wrong there must not stop the others."""
        try:
            work(hand)
        except Lost:
            self._drop(hand)
            log.info("plan", action="dropped", plan=hand.unit.plan.pk)
            return False
        except Broken as error:
            self._pause(error)
            self._give_back(hand, retry.PAUSE)
            return False
        except OperationalError as error:  # the database's trouble, no fault of this plan
            log.warning("plan", action="postponed", plan=hand.unit.plan.pk, error=type(error).__name__)
            self._give_back(hand, retry.PAUSE)
            return False
        except Exception as error:  # noqa: BLE001  a fault of ours in one plan
            where = calls.place(error)
            log.error("plan", action="bug", plan=hand.unit.plan.pk, place=where, error=type(error).__name__)  # noqa: TRY400
            with suppress(Lost):
                hand.unit.tell_bug(where)
            self._give_back(hand, retry.BUG)
            return False
        return True

    def _give_back(self, hand: Hand, seconds: float) -> None:
        """Leave a plan alone for a while. With calls in the air the lease runs on until they have surely landed."""
        in_the_air = hand.unit.flying > 0
        self._drop(hand)
        if not in_the_air:
            with suppress(Lost):
                hand.unit.lease.release(self.clock.after(seconds))

    def _drop(self, hand: Hand) -> None:
        """Forget its calls in the air: whoever has the plan next looks at what they did. None begins any more."""
        hand.unit.lease.forget()
        self.queue = [waiting for waiting in self.queue if waiting[0] is not hand]
        for future in [future for future, (other, _) in self.flights.items() if other is hand]:
            future.cancel()
            del self.flights[future]

    def _patience(self) -> float:
        """Seconds to wait for answers: leases are to be kept, others have their turn, and the next look is due."""
        longest: float = min(settings.ENGINE_LEASE / 4, RENEW)
        if self.looking or not self.waiting:
            return longest
        return min(longest, max(0.0, self.looked + settings.ENGINE_LOOK - time.monotonic()) + 0.05)

    def _begin_look(self) -> None:
        """While something is being made, look every ENGINE_LOOK seconds, beside all other calls."""
        due = time.monotonic() - self.looked >= settings.ENGINE_LOOK and time.monotonic() < self.ends
        if self.waiting and due and not self.looking and self.flights and (look := self.site.begin_look()):
            self.looked = time.monotonic()
            self.looking = calls.submit(look.call), look

    def _end_look(self) -> None:
        """Store what it showed; who is opened from now on sees it."""
        if self.looking:
            future, look = self.looking
            self.looking = None
            self._shown(calls.answered(lambda: look.end(future.result())))

    def _look(self) -> Snapshot | None:
        """The shared snapshot, not older than ENGINE_LOOK; None while the cloud's listings do not answer."""
        if not self.looking and time.monotonic() - self.looked >= settings.ENGINE_LOOK:
            self.looked = time.monotonic()
            self._shown(calls.answered(self.site.look))
        return self.snapshot

    def _shown(self, answer: Any) -> None:
        self.snapshot = answer if isinstance(answer, Snapshot) else None
        if self.snapshot:
            notice(self.snapshot)
            for hand in self._hands():
                hand.unit.newest = self.snapshot
        elif isinstance(answer, Broken):
            self._pause(answer)

    def _count(self, call: Call, answer: Any) -> None:
        """What this answer says about its service, and about our own set-up."""
        breaker = self.breakers.setdefault(call.service, Breaker())
        if isinstance(answer, Broken) and call.verb != PERFORM:
            self._pause(answer)
        unavailable = isinstance(answer, Busy) and answer.unavailable
        if breaker.count(unavailable=unavailable, now=self.clock.now()):
            stored = {name: breaker.as_json() for name, breaker in self.breakers.items() if breaker.failures}
            Watch.objects.filter(pk=self.watch.pk).update(breakers=stored)

    def _pause(self, error: ProviderError) -> None:
        until = pause(error.system or self.site.name, error)
        if error.system:
            self.elsewhere[error.system] = until
        else:
            self.paused_until = until


def _store(call: Call, answer: Any, hand: Hand) -> None:
    if call.verb == PERFORM and hand.orders:
        hand.orders.land(call.key, answer)
    else:
        hand.unit.land(call.key, call.verb, answer)
