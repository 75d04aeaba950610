"""How soon an approval reaches the cloud: from the commit to the simulator's receipt of the first call that creates."""

import statistics
import time
from typing import Any

from tests.load.machine import load
from tests.load.report import Row
from tests.load.stage import Stage, stage
from tests.processes import until

SINGLE = 40


def measure() -> list[Row]:
    """One approval after the other, each on an idle system."""
    with stage("--size", "lab", "--build-seconds", 1) as on:
        return [_first_calls(on)]


def _first_calls(on: Stage) -> Row:
    """From the commit of an approval to the simulator's receipt of the first call that changes something."""
    from tests import asking

    on.start_worker()
    waiting = [asking.asked(number) for number in range(SINGLE)]
    seconds = sorted(_one(on, request) for request in waiting)
    p95 = seconds[int(0.95 * len(seconds)) - 1]
    words = f"median {statistics.median(seconds):.2f} s, 95 of 100 within {p95:.2f} s, longest {seconds[-1]:.2f} s"
    return Row(f"approve to first call, {SINGLE} one by one", "95 % within 1 s", words, load(), met=p95 <= 1)


def _one(on: Stage, request: Any) -> float:
    from projects.models import Allocation
    from tests import asking

    on.cloud.control("DELETE", "calls")
    asking.approve(request)
    committed = time.time()
    first = until(lambda: _first_create(on), 20, what="a first call")
    project = Allocation.objects.get(part__request=request).pk
    until(lambda: Allocation.objects.get(pk=project).phase == "ready", 60, what="ready")
    return first - committed


def _first_create(on: Stage) -> float:
    calls = on.cloud.calls()["calls"]
    return min((call["at"] for call in calls if call["method"] == "POST" and "/projects" in call["path"]), default=0.0)
