"""The table that `make bench` prints."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: what, the aim, what was seen, the machine's load meanwhile, and whether the aim was met.

    `met` is None where it could not be measured here.
    """

    what: str
    aim: str
    seen: str
    load: str
    met: bool | None


def table(rows: Iterable[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| what | aim | seen | load | met |", "|---|---|---|---|---|"]
    said = {True: "yes", False: "**no**", None: "not measured"}
    lines += [f"| {row.what} | {row.aim} | {row.seen} | {row.load} | {said[row.met]} |" for row in rows]
    return "\n".join(lines)
