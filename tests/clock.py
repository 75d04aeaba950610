"""A clock that tests move by hand."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Callable like `timezone.now`. It starts at the real time, to the second, and stands still until it is moved."""

    def __init__(self, start: datetime | None = None) -> None:
        self.now = start or datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **passed: float) -> datetime:
        """Lets time pass: `move(minutes=5)`; answers the new time."""
        self.now += timedelta(**passed)
        return self.now
