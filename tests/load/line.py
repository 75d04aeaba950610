"""How long a hundred allocations take, in calls, CPU and memory."""

import subprocess
import sys
import time
from contextlib import ExitStack

from tests.load.machine import cpu_seconds, load, pss_mib
from tests.load.report import Row
from tests.load.stage import Stage, stage
from tests.processes import ROOT, until

LINE, BUILD_SECONDS = 100, 20
APPROVERS = 2  # processes, as web has


def measure() -> list[Row]:
    """A hundred in a row, with one worker."""
    with stage("--size", "lab", "--build-seconds", BUILD_SECONDS) as on:
        return _line(on)


def _line(on: Stage) -> list[Row]:
    """A hundred allocations of one server and one volume, approved as fast as it goes."""
    from projects.models import Allocation
    from tests import asking

    running = on.start_worker()
    waiting = [asking.asked(number, volume_gib=10).pk for number in range(LINE)]
    on.cloud.control("DELETE", "calls")
    cpu = cpu_seconds(running.process.pid)
    began, approved, approvers_cpu = _approve(on, waiting)
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
            f"{LINE} approvals, by {APPROVERS} processes at once",
            "within one second",
            f"{approved:.1f} s ({1000 * approvers_cpu / LINE:.0f} ms of CPU each)",
            load(),
            met=approved <= 1,
        ),
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


def _approve(on: Stage, waiting: list[int]) -> tuple[float, float, float]:
    """Have the requests approved by all approvers at once: when that began, and its seconds and CPU seconds."""
    with ExitStack() as stack:
        approvers = [stack.enter_context(_approver(on, waiting[number::APPROVERS])) for number in range(APPROVERS)]
        for one in approvers:
            _hear(one, "ready")
        began, cpu = time.monotonic(), sum(cpu_seconds(one.pid) for one in approvers)
        for one in approvers:
            print(file=one.stdin, flush=True)
        for one in approvers:
            _hear(one, "done")
        return began, time.monotonic() - began, sum(cpu_seconds(one.pid) for one in approvers) - cpu


def _approver(on: Stage, ids: list[int]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.load.approving", *map(str, ids)]
    return subprocess.Popen(command, cwd=ROOT, env=on.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _hear(approver: "subprocess.Popen[str]", word: str) -> None:
    assert approver.stdout is not None
    said = approver.stdout.readline().strip()
    assert said == word, f"an approver said {said!r} in place of {word}"
