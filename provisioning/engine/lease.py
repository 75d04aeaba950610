"""Whose plan it is now: claims that a killed worker cannot keep, and writes that a successor makes void."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Cast, Least, Now

from provisioning.errors import Busy
from provisioning.models import Plan


class Lost(Exception):
    """Another has this plan now; what is in hand of it is dropped."""


class TooLate(Busy):
    """The call was surely not made: its turn came when the lease no longer covered it."""


@dataclass(slots=True)
class Lease:
    """A claimed plan. `ends` is this process's monotonic clock, read before the claim, so never too late."""

    plan_id: int
    number: int
    ends: float
    held_for: dict[str, Any] | None = None  # what is written to the plan's row when the transaction in hand ends

    def secure(self, forced: bool = False) -> None:
        """Make sure that calls begun until the next look at it end, with a margin, within the lease. Raises Lost."""
        if not forced and self.lasts(more=settings.ENGINE_LEASE / 4):
            return
        began = time.monotonic()
        self._write(lease_until=_from_now(settings.ENGINE_LEASE))
        self.ends = began + settings.ENGINE_LEASE

    def lasts(self, more: float = 0.0) -> bool:
        """Whether a call begun `more` seconds from now surely ends within it; asked by the threads that call, too."""
        return self.ends - time.monotonic() - more > settings.ENGINE_TIMEOUT + settings.ENGINE_MARGIN

    def within(self, call: Callable[[], Any]) -> Callable[[], Any]:
        """The call as a thread makes it: it may have waited in the pool until the lease was over. Raises TooLate."""

        def made() -> Any:
            if not self.lasts():
                raise TooLate("The call was not made in time; it is made again by itself.")
            return call()

        return made

    def forget(self) -> None:
        """Let no call begin under it any more."""
        self.ends = float("-inf")

    def release(self, due_at: datetime | None) -> None:
        """Give the plan back, to be looked at again by `due_at` or, where somebody asked meanwhile, earlier."""
        due = Least(F("due_at"), Value(due_at, DateTimeField())) if due_at else F("due_at")
        self._write(lease_until=None, due_at=due)

    def tell(self) -> None:
        """Have what was written in the transaction in hand passed on. To be called while it is held."""
        self._write(settled=False)

    def _write(self, **values: Any) -> None:
        if self.held_for is not None:
            self.held_for.update(values)
        elif not Plan.objects.filter(pk=self.plan_id, lease_no=self.number).update(**values):
            raise Lost

    @contextmanager
    def held(self) -> Iterator[None]:
        """A transaction in which the plan is surely ours; one within another is the same.

        Raises Lost, and then nothing of it is written. The plan's own row is written once, in the end.
        """
        if self.held_for is not None:
            yield
            return
        self.held_for = {}
        try:
            with transaction.atomic():
                ours = Plan.objects.filter(pk=self.plan_id, lease_no=self.number)
                if not ours.select_for_update(no_key=True).exists():
                    raise Lost
                yield
                if self.held_for:
                    ours.update(**self.held_for)
        finally:
            self.held_for = None


def claim(cloud: str, most: int) -> list[tuple[Plan, Lease]]:
    """Up to `most` plans that are due, or whose worker died with them, first come first; each with its lease."""
    began = time.monotonic()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    wanting = Q(due_at__lte=Now()) | Q(lease_until__isnull=False)
    with transaction.atomic():
        due = Plan.objects.filter(free, wanting, cloud=cloud).order_by("created_at", "id")
        plans = list(due.select_for_update(skip_locked=True)[:most])
        if plans:
            Plan.objects.filter(pk__in=[plan.pk for plan in plans]).update(
                lease_until=_from_now(settings.ENGINE_LEASE), lease_no=F("lease_no") + 1, due_at=None
            )
    return [(plan, Lease(plan.pk, plan.lease_no + 1, began + settings.ENGINE_LEASE)) for plan in plans]


def _from_now(seconds: float) -> Any:
    return Cast(Now() + Value(timedelta(seconds=seconds)), DateTimeField())
