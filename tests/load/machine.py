"""How busy this machine is, and what a process takes of it."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def load() -> str:
    """The load average of the last minute, beside each figure: these machines are noisy."""
    return f"{os.getloadavg()[0]:.1f}"


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    pids = [pid]
    for parent in pids:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            pids += map(int, children.read_text().split())
    return pids


def pss_mib(pid: int) -> float:
    """Memory of a process with its children: what it has alone, and its share of what is shared. MiB."""
    total = 0
    for one in family(pid):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def cpu_seconds(pid: int) -> float:
    """CPU time of a process with its children so far, user and system. Seconds."""
    total = 0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS
