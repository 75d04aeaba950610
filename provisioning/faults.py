"""A fault of ours that one allocation brings to light: told once, left alone for a while, never in the others' way."""

import time
from collections.abc import Callable, Hashable
from typing import TypeVar

import structlog
from django.db import OperationalError

from projects.services.tickets import open_ticket
from provisioning import retry
from provisioning.engine.calls import frames, place

T = TypeVar("T")
log = structlog.get_logger(__name__)
_left_alone: dict[Hashable, float] = {}


def apart(what: str, key: Hashable, work: Callable[[], T]) -> T | None:
    """What `work` answers; None where it shows a fault, and for 15 minutes after that in this process.

    A database that does not answer is no fault of one allocation: that is raised.
    """
    if _left_alone.get((what, key), 0.0) > time.monotonic():
        return None
    try:
        return work()
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001  one faulty allocation must not stop the others
        log.error(what, action="bug", key=str(key), error=type(error).__name__, trace=frames(error))  # noqa: TRY400
        _left_alone[(what, key)] = time.monotonic() + retry.BUG
        tell_fault(place(error), f"The {what} of {key}")
        return None


def tell_fault(where: str, what: str) -> None:
    """One ticket for each place in the code, whoever meets it and however often."""
    open_ticket(
        key=f"bug:{where}"[:200],
        title=f"A fault in the portal at {where}",
        text=f"{what} met it first. It is tried again every 15 minutes; the log of the worker has the trace.",
        internal=True,
    )
