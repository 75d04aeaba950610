"""Long-running processes of the box: start, stop, watch; and commands that end."""

import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable

from .places import ETC, HERE, LOGS, PIDS, PORTS, STATE, url

BACKING = ("ceph-mgr", "ceph-osd", "ceph-mon", "mariadb", "rabbit", "epmd")


class BoxError(Exception):
    """The box could not be brought up; the text says what is missing and which log tells more."""


def environment(**more: str) -> dict[str, str]:
    """A clean environment: no proxies, no other Python, our fakes importable."""
    return {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(STATE),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(HERE / "fakes"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CEPH_CONF": str(ETC / "ceph.conf"),
        **more,
    }


def command(*words: object, log: str, cwd: pathlib.Path = STATE, **more: str) -> None:
    """Run a command to its end (300 s at most); its output goes to a log file. Raises BoxError."""
    with (LOGS / f"{log}.log").open("a") as out:
        done = subprocess.run(
            [str(word) for word in words],
            cwd=cwd,
            timeout=300,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=environment(**more),
            check=False,
        )
    if done.returncode:
        raise BoxError(f"{words[0]} failed, see {LOGS}/{log}.log")


def birth(pid: int) -> str | None:
    """When a process started, or None: tells a pid from its later reuse."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rsplit(")", 1)[1].split()
    return None if fields[0] == "Z" else fields[19]


def running(name: str) -> int | None:
    """The pid of one of our processes if it still runs, else None."""
    try:
        pid, born = (PIDS / name).read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if birth(int(pid)) == born else None


def start(name: str, *words: object, **more: str) -> None:
    """Start a long-running process, unless it already runs."""
    if running(name):
        return
    with (LOGS / f"{name}.log").open("a") as out:
        child = subprocess.Popen(
            [str(word) for word in words],
            cwd=STATE,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env=environment(**more),
        )
    (PIDS / name).write_text(f"{child.pid} {birth(child.pid)}")


def stop(names: Iterable[str], patience: float = 15) -> None:
    """Stop processes of ours with their process groups; what has not ended after `patience` seconds is killed."""
    names = list(names)
    for seconds, sign in ((patience, signal.SIGTERM), (5, signal.SIGKILL)):
        for pid in filter(None, map(running, names)):
            os.killpg(pid, sign)
        end = time.monotonic() + seconds
        while any(map(running, names)) and time.monotonic() < end:
            time.sleep(0.1)
    for name in names:
        (PIDS / name).unlink(missing_ok=True)


def stop_in_order(names: list[str]) -> None:
    """The services side by side, then what they stand on, one after the other."""
    stop(name for name in names if name not in BACKING)
    for name in BACKING:
        if name in names:
            stop([name])


def started() -> list[str]:
    """The names of the processes with a pid file, oldest first."""
    files = sorted(PIDS.glob("*"), key=lambda file: file.stat().st_mtime_ns)
    return [file.name for file in files]


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    pids = [pid]
    for parent in pids:  # grows while it is walked
        for children in pathlib.Path(f"/proc/{parent}/task").glob("*/children"):
            pids += map(int, children.read_text().split())
    return pids


def memory_mib(pid: int) -> tuple[int, int]:
    """Proportional and resident memory of a process with its descendants, in MiB."""
    kib = {"Pss:": 0, "Rss:": 0}
    for one in family(pid):
        try:
            lines = pathlib.Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        for word, figure in (line.split()[:2] for line in lines if line.startswith(tuple(kib))):
            kib[word] += int(figure)
    return kib["Pss:"] // 1024, kib["Rss:"] // 1024


def listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(what: str, check: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until check() is true. Raises BoxError with a word on what was missing after so many seconds."""
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            raise BoxError(f"{what}: not there after {seconds:.0f} s, see the logs in {LOGS}")
        time.sleep(0.2)


def alive(name: str) -> bool:
    """True. Raises BoxError where that process has ended."""
    if not running(name):
        raise BoxError(f"{name} has ended, see {LOGS}/{name}.log")
    return True


def wait_port(name: str) -> None:
    wait_for(name, lambda: alive(name) and listening(PORTS[name]))


def answering(name: str) -> bool:
    """Whether an API answers over HTTP; any answer but a 5xx will do."""
    try:
        with urllib.request.urlopen(url(name), timeout=10):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def wait_answer(name: str) -> None:
    wait_for(name, lambda: alive(name) and answering(name))
