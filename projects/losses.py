"""What a change takes away for good: servers, volumes with all that is on them, CI jobs with their builds."""

from projects.grants import Grant, ServerLine


def losses(held: Grant, new: Grant) -> tuple[str, ...]:
    """What would be deleted where `new` follows `held`, in words by name; empty where nothing is lost.

    An amount of cloud access loses nothing: only its quotas move.
    """
    lines = {line.key: line for line in new.lines}
    return (*(words for line in held.lines for words in _of_line(line, lines.get(line.key))), *_jobs(held, new))


def _jobs(held: Grant, new: Grant) -> list[str]:
    kept = {name for name, _ in new.ci.jobs} if new.ci else set()
    return [
        f"the CI job {name} with all its builds" for name, _ in (held.ci.jobs if held.ci else ()) if name not in kept
    ]


def with_volume(line: ServerLine, number: int) -> str:
    """One server of a line with what goes with it: `web-2 with its volume of 50 GiB`."""
    return f"{line.key}-{number}" + (f" with its volume of {line.volume_gib:,} GiB" if line.volume_gib else "")


def misnamed(held: ServerLine, new: ServerLine) -> str:
    """Why the servers that `new` says are gone cannot be those that leave `held`, with the cure; empty if they can."""
    leaving, fewer = set(new.gone) - set(held.gone), held.count - new.count
    names = ", ".join(f"{held.key}-{number}" for number in held.numbers)
    if not leaving <= set(held.numbers) or not set(held.gone) <= set(new.gone):
        return f"Only servers of this line can leave it: choose among {names}."
    if len(leaving) == max(0, fewer):
        return ""
    if fewer > 0:
        return f"From {held.count} to {new.count} servers: choose {fewer} of {names} to leave, not {len(leaving)}."
    return f"No server leaves where there are {new.count}: choose none, or ask for {held.count - len(leaving)} in all."


def _of_line(held: ServerLine, new: ServerLine | None) -> list[str]:
    kept = [number for number in held.numbers if new and number in new.numbers]
    gone = [f"server {with_volume(held, number)}" for number in held.numbers if number not in kept]
    if new is None or new.volume_gib or not held.volume_gib:
        return gone
    return [*(f"the volume of {held.key}-{number} ({held.volume_gib:,} GiB)" for number in kept), *gone]
