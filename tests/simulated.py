"""The simulators as tests see them: processes of their own, spoken to over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import environ
from pathlib import Path
from typing import Any

import requests

from tests.processes import Child, child


@dataclass
class Simulated:
    """One running simulator and its control endpoints under /_sim/."""

    url: str
    home: Path
    process: Child

    def reset(self) -> None:
        """Back to the first state: no faults, no calls, real time."""
        self.control("POST", "reset")

    def move(self, seconds: float) -> None:
        """Lets simulated seconds pass at once."""
        self.control("POST", "time", {"seconds": seconds})

    def fault(self, **rule: Any) -> None:
        """Adds a fault rule, e.g. `fault(method="POST", path="/compute", status=500, times=1)`."""
        self.control("POST", "faults", rule)

    def heal(self) -> None:
        """Takes all fault rules away."""
        self.control("DELETE", "faults")

    def calls(self) -> dict[str, Any]:
        """The calls since the last reset: `count`, `totals` by route, `calls` one by one."""
        return self.control("GET", "calls")

    def control(self, method: str, what: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}/_sim/{what}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def simulator(name: str, home: Path, *options: object) -> Iterator[Simulated]:
    """Starts `python -m simulators.NAME` on a free port and waits until it says where it listens."""
    log = home / f"{name}.log"
    env = {**environ, "PYTHONUNBUFFERED": "1"}
    with child(["-m", f"simulators.{name}", "--port", "0", *options], env=env, log=log) as process:
        line = process.await_line("listening on ")
        yield Simulated(line.split("listening on ")[1].strip(), home, process)
