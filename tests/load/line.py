"""How long a hundred allocations take, in calls, CPU and memory."""

import time

from tests.load.machine import cpu_seconds, load, pss_mib
from tests.load.report import Row
from tests.load.stage import Stage, stage
from tests.processes import until

LINE, BUILD_SECONDS = 100, 20


def measure() -> list[Row]:
    """A hundred in a row, with one worker."""
    with stage("--size", "lab", "--build-seconds", BUILD_SECONDS) as on:
        return _line(on)


def _line(on: Stage) -> list[Row]:
    """A hundred allocations of one server and one volume, approved one after the other as fast as it goes."""
    from projects.models import Allocation
    from tests import asking

    running = on.start_worker()
    waiting = [asking.asked(number, volume_gib=10) for number in range(LINE)]
    on.cloud.control("DELETE", "calls")
    began, cpu = time.monotonic(), cpu_seconds(running.process.pid)
    for request in waiting:
        asking.approve(request)
    approved = time.monotonic() - began
    peak = 0.0

    def all_ready() -> bool:
        nonlocal peak
        peak = max(peak, pss_mib(running.process.pid))
        time.sleep(0.5)  # a look costs the machine something
        return Allocation.objects.filter(phase="ready").count() == LINE

    until(all_ready, 180, what=f"{LINE} ready")
    took = time.monotonic() - began
    counted = on.cloud.calls()
    each, own = counted["count"] / LINE, sum(call["cpu_ms"] for call in counted["calls"]) / 1000
    spent = cpu_seconds(running.process.pid) - cpu
    return [
        Row(
            f"{LINE} allocations, builds of {BUILD_SECONDS} s, one worker",
            "all ready within 45 s of the first approval",
            f"{took:.1f} s (approving took {approved:.1f} s of it; worker's CPU {spent:.1f} s)",
            load(),
            met=took <= 45,
        ),
        Row(
            "calls an allocation, tokens and listings included",
            "16 or fewer",
            f"{each:.1f} (the simulator's own CPU for all: {own:.1f} s)",
            load(),
            met=each <= 16,
        ),
        Row(
            "the worker's memory, highest seen", "250 MB PSS", f"{peak:.0f} MiB PSS", load(), met=peak * 1.048576 < 250
        ),
    ]
