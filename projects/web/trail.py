"""Where a page stands, and what happened to what it shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from projects.models import Decision
from projects.services.requests.moves import said
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
    words: str
    by: str
    at: datetime
    note: str


def history(decisions: Iterable[Decision]) -> list[Move]:
    """The moves of a request, oldest first."""
    return [_move(row) for row in decisions]


def _move(row: Decision) -> Move:
    was, now = RequestState(row.was), RequestState(row.now)
    return Move(now, said(was, now).capitalize(), str(row.by or "the portal"), row.at, row.note)
