"""A build's console log: each line appears at its time, and none that is there changes."""

from collections.abc import Iterator
from typing import Any

Line = tuple[float, str]


def text(build: dict[str, Any], now: float) -> str:
    """The log as far as it goes by now."""
    until = now if build["ended"] is None else build["ended"]
    body = sorted(printed(build), key=lambda line: line[0])
    shown = [line for at, line in [*opening(build), *body] if at <= until]
    if build["ended"] is not None:
        shown += ["[Pipeline] End of Pipeline"] if build["pipeline"] else []
        shown.append(f"Finished: {build['result']}")
    return "".join(f"{line}\n" for line in shown)


def opening(build: dict[str, Any]) -> Iterator[Line]:
    """Who started it, and as whom it runs."""
    began = build["began"]
    yield began, f"Started by user {build['user'] or 'anonymous'}"
    yield began, f"Running as {build['runs_as']}"
    if build["pipeline"]:
        yield began, "[Pipeline] Start of Pipeline"


def printed(build: dict[str, Any]) -> Iterator[Line]:
    """What each part says on its executor, evenly over its time, and what came between."""
    for part in build["parts"]:
        # a part that ended early has printed the lines of its time, not all of them faster
        step = build["seconds"] / (len(build["lines"]) + 1)
        if part["executor"] is not None:
            yield part["began"], place(build, part)
        for number, line in enumerate(build["lines"], 1):
            at = part["began"] + number * step
            if at <= part["ends"]:
                yield at, line
    yield from ((at, note) for at, note in build["notes"])


def place(build: dict[str, Any], part: dict[str, Any]) -> str:
    """Where a part runs, as freestyle and pipeline say it."""
    where = workspace(build["job"], part["root"])
    if build["pipeline"]:
        return f"Running on {part['node'] or 'Jenkins'} in {where}"
    on = f"remotely on {part['node']}" if part["node"] else "on the built-in node"
    return f"Building {on} in workspace {where}"


def workspace(job: str, root: str) -> str:
    """The directory of a job's builds below an agent's root directory."""
    return f"{root}/workspace/{job}"
