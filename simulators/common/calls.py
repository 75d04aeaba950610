"""Each call that came in, for tests and benchmarks that count."""

from collections import Counter, deque
from typing import Any

KEPT = 200_000


class Calls:
    """The last 200,000 calls, and totals for each method and route since the last reset."""

    def __init__(self) -> None:
        self.rows: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.totals: Counter[str] = Counter()
        self.cpu_ms = 0.0
        self.number = 0

    def add(
        self,
        *,
        at: float,
        method: str,
        path: str,
        query: str,
        rule: str,
        status: int,
        cpu_ms: float,
    ) -> None:
        """Count a call. `at` is real seconds since the epoch; status 0 means the connection was cut."""
        self.number += 1
        self.totals[f"{method} {rule}"] += 1
        self.cpu_ms += cpu_ms
        self.rows.append(
            {
                "n": self.number,
                "at": at,
                "method": method,
                "path": path,
                "query": query,
                "status": status,
                "cpu_ms": round(cpu_ms, 3),
            }
        )

    def clear(self) -> None:
        """Start counting at one again."""
        self.rows.clear()
        self.totals.clear()
        self.cpu_ms, self.number = 0.0, 0

    def as_json(self, after: int = 0) -> dict[str, Any]:
        """The sums, and the calls behind number `after` in the order of their ends."""
        return {
            "count": self.number,
            "cpu_ms": round(self.cpu_ms, 3),
            "totals": dict(self.totals.most_common()),
            "calls": [row for row in self.rows if row["n"] > after],
        }
