"""A change of a standing allocation, as the desk decides it: what stands, what would be, and what would be deleted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from projects.grants import Grant
from projects.losses import losses
from projects.models import AccessRequest, Allocation, Part
from projects.states import OPEN_REQUESTS
from projects.web.grants import amount_words, line_words


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of a grant, in words: `was` is empty where it is new, `now` where it goes."""

    title: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Change:
    """All lines, and by name the servers and volumes that the change deletes."""

    lines: tuple[Compared, ...]
    gone: tuple[str, ...]


def change_asked(request: AccessRequest) -> Change | None:
    """What an open request would change, its parts and allocation loaded; None where nothing stands yet."""
    if request.allocation is None or request.status not in OPEN_REQUESTS:
        return None
    held = Grant.from_json(request.allocation.grant)
    asked = [Grant.from_json(part.asked) for part in request.parts.all()]
    lines = tuple(line for grant in asked for line in compared(held, grant))
    return Change(lines, tuple(words for grant in asked for words in losses(held, grant)))


def compared(held: Grant, new: Grant) -> list[Compared]:
    """Both grants line by line, those that stand first."""
    if not (held.lines or new.lines):
        return [Compared("All together", amount_words(held.access), amount_words(new.access))]
    was, now = ({line.key: line_words(line) for line in grant.lines} for grant in (held, new))
    return [Compared(key, was.get(key, ""), now.get(key, "")) for key in {**was, **now}]


def deleted_by(allocation: Allocation | None, parts: Iterable[Part], chosen: Mapping[Part, Grant | None]) -> list[str]:
    """What the grants chosen delete; a part that is absent from `chosen` counts as asked, one with None as declined."""
    if allocation is None:
        return []
    held = Grant.from_json(allocation.grant)
    grants = (chosen.get(part, Grant.from_json(part.asked)) for part in parts)
    return [words for grant in grants if grant is not None for words in losses(held, grant)]
