"""The simulated clock: real time plus an offset that a test moves."""

import time
from datetime import UTC, datetime


class Clock:
    """Seconds since the epoch as the simulated world sees them, UTC."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        """Simulated seconds since the epoch."""
        return time.time() + self.offset

    def utc(self) -> datetime:
        """The same instant as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    def move(self, seconds: float) -> None:
        """Let that many seconds (negative: back) pass at once."""
        self.offset += seconds
