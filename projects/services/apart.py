"""How a verb goes through many rows without one keeping the rest from their turn; rooms above bring how it is told."""

from collections.abc import Callable, Hashable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Apart(Protocol):
    """Does the work on one row: what it answers, or None where it shows a fault that was told and is no one else's."""

    def __call__(self, what: str, key: Hashable, work: Callable[[], T], /) -> T | None: ...


def plainly(_what: str, _key: Hashable, work: Callable[[], T], /) -> T | None:
    """The work without more: what it raises is raised."""
    return work()
