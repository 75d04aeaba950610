"""What a change takes away for good: servers, and volumes with all that is on them."""

from projects.grants import Grant, ServerLine


def losses(held: Grant, new: Grant) -> tuple[str, ...]:
    """What would be deleted where `new` follows `held`, in words by name; empty where nothing is lost.

    Of a line with a lower count the servers with the highest numbers go, as provisioning numbers them from 1. An amount
    of cloud access loses nothing: only its quotas move.
    """
    lines = {line.key: line for line in new.lines}
    return tuple(words for line in held.lines for words in _of_line(line, lines.get(line.key)))


def _of_line(held: ServerLine, new: ServerLine | None) -> list[str]:
    kept = min(held.count, new.count) if new else 0
    gone = [f"server {held.key}-{number}{_its_volume(held)}" for number in range(kept + 1, held.count + 1)]
    if new is None or new.volume_gib or not held.volume_gib:
        return gone
    return [*(f"the volume of {held.key}-{number} ({held.volume_gib:,} GiB)" for number in range(1, kept + 1)), *gone]


def _its_volume(line: ServerLine) -> str:
    return f" with its volume of {line.volume_gib:,} GiB" if line.volume_gib else ""
