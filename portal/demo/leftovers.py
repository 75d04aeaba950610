"""What a killed supervisor left running: known by pid and start time, so that nobody else's process is touched."""

import contextlib
import signal
import time
from typing import Any

import psutil

from portal.demo.home import Home

FILE = "processes.json"
TOLERANCE = 1.0  # seconds between two readings of a start time
END_SECONDS = 15


def record(home: Home, pids: dict[str, int]) -> None:
    """Writes down what runs now. A process that is gone already is left out."""
    rows: dict[str, Any] = {}
    for name, pid in pids.items():
        with contextlib.suppress(psutil.NoSuchProcess):
            rows[name] = {"pid": pid, "started": psutil.Process(pid).create_time()}
    home.write(FILE, rows)


def find(home: Home) -> dict[str, psutil.Process]:
    """The recorded processes that still run, and are the same ones."""
    found = {}
    for name, row in home.read(FILE).items():
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(row["pid"])
            same = abs(process.create_time() - row["started"]) < TOLERANCE
            if same and is_alive(process):
                found[name] = process
    return found


def end(home: Home) -> list[str]:
    """Ends them, databases last and in order; answers their names."""
    found = find(home)
    servers = {name: process for name, process in found.items() if name in {"postgresql", "redis"}}
    others = [process for name, process in found.items() if name not in servers]
    _end(others, signal.SIGTERM)
    _end(list(servers.values()), signal.SIGINT)
    (home.path / FILE).unlink(missing_ok=True)
    return sorted(found)


def _end(processes: list[psutil.Process], how: signal.Signals) -> None:
    """All of them are asked at once, so that the slowest is all one waits for; then what is left is killed."""
    families = [[process, *process.children(recursive=True)] for process in processes]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(how)
    for family in families:
        _await_end(family[0])
        for left in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                left.kill()


def _await_end(process: psutil.Process) -> None:
    """Not `process.wait`: what is not our child may stay a zombie for ever where nobody collects it."""
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline and is_alive(process):
        time.sleep(0.05)


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
