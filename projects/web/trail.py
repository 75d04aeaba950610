"""Where a page stands, and what happened to what it shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from projects.models import Decision
from projects.states import RequestState


@dataclass(frozen=True, slots=True)
class Crumb:
    """A page above this one."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Move:
    """A decision as pages show it."""

    state: RequestState
    by: str
    at: datetime
    note: str


def history(decisions: Iterable[Decision]) -> list[Move]:
    """The moves of a request, oldest first."""
    return [Move(RequestState(row.now), str(row.by or "the portal"), row.at, row.note) for row in decisions]
