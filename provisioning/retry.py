"""When to try again: pure functions from what happened to seconds from now."""

import math
import random

LEAST = 0.5  # seconds between two looks at the same step
FIRST = 2.0
LONGEST = 300.0
PAUSE = 60.0  # of a cloud whose set-up is broken
LONGEST_PAUSED = 3600.0
BUG = 900.0  # a fault of ours is not tried again sooner
PROOF = 60.0  # between two proofs of absence
MOST_REBUILDS = 3
MOST_GONE = 5


def backoff(attempt: int, retry_after: float = 0, chance: float | None = None) -> float:
    """Seconds until try `attempt` + 1 (from 1): doubling, at most 300, or what the provider asked for, at most an hour.

    `chance` (0 to 1) is the jitter: up to half of it less, so that many that failed together do not return together.
    """
    chance = random.random() if chance is None else chance  # noqa: S311  spreading load is no secret
    delay = min(LONGEST, math.ldexp(FIRST, min(attempt - 1, 16)))
    return max(delay * (1 - chance / 2), min(retry_after, LONGEST_PAUSED))


def broken_backoff(attempt: int) -> float:
    """Seconds until a step is tried again whose call showed our set-up broken: longer than the pause of its cloud,

    and longer each time, so that one broken account does not hold up the rest of the cloud.
    """
    return min(LONGEST_PAUSED, math.ldexp(PAUSE, min(attempt, 9)))
