"""Real processes beside a test: started, watched, killed; and waiting for a condition with a deadline."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60  # seconds that a machine under load may take for what an idle one does at once
WORKER = ("--pool=threads", "--without-gossip", "--without-mingle")
TOLD = 40  # lines of a log
# Runs `python ARGUMENTS...` in its own place, which Linux ends (PR_SET_PDEATHSIG) when who started it is gone.
TIED = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float = PATIENCE, *, what: str = "") -> T:
    """Asks until the condition holds and answers what it answered. Raises AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:g} s: {what or getattr(condition, '__name__', condition)}")


def child_environment() -> dict[str, str]:
    """What leads a child process to the database and the Redis of this very test."""
    at = connection.settings_dict
    who = quote(at["USER"]) + (f":{quote(at['PASSWORD'])}" if at["PASSWORD"] else "")
    url = f"postgresql://{who}@/{quote(at['NAME'])}?host={quote(at['HOST'])}"
    if at["PORT"]:
        url += f"&port={at['PORT']}"
    return {
        **os.environ,
        "DATABASE_URL": url,
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
        "PYTHONUNBUFFERED": "1",
    }


@dataclass
class Child:
    """One process in a group of its own, with its output in `log`."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def await_line(self, text: str, seconds: float = PATIENCE) -> str:
        """The first line of output that holds `text`. Raises AssertionError where the process ends before."""

        def found() -> str:
            line = next((line for line in self.output.splitlines() if text in line), "")
            assert line or self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.output}"
            return line

        return until(found, seconds, what=f"a line with {text!r} in:\n{self.output}")

    def kill(self) -> None:
        """SIGKILL, as a power cut would: nothing is finished, nothing is put in order."""
        self._end(signal.SIGKILL)

    def stop(self, seconds: float = PATIENCE) -> int:
        """SIGTERM; answers the exit status."""
        return self._end(signal.SIGTERM, seconds)

    def _end(self, with_signal: signal.Signals, seconds: float = PATIENCE) -> int:
        if self.process.poll() is None:
            os.killpg(self.process.pid, with_signal)
        return self.process.wait(seconds)


@contextmanager
def child(command: Sequence[object], *, env: Mapping[str, str], log: Path) -> Iterator[Child]:
    """Runs `python COMMAND...` from the root of the tree; what is left of it in the end is killed.

    It gets a SIGTERM where the tests themselves are killed and come to no end.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-Ic", TIED, *map(str, command)],
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Child(process, log)
    try:
        yield running
    finally:
        running.kill()


def tell_logs(home: Path) -> None:
    """Prints how each log under `home` ends: said as a fixture ends, it stands in pytest's report of a failed test."""
    for log in sorted(home.rglob("*.log")):
        print(f"--- {log}", *log.read_text(errors="replace").splitlines()[-TOLD:], sep="\n")


def worker(env: Mapping[str, str], log: Path, *options: object):
    """A real Celery worker (`with worker(...) as running`)."""
    return child(["-m", "celery", "-A", "portal", "worker", *WORKER, *options], env=env, log=log)


def beat(env: Mapping[str, str], log: Path):
    """A real Celery beat, its schedule beside its log."""
    return child(["-m", "celery", "-A", "portal", "beat", "-s", log.with_suffix(".schedule")], env=env, log=log)
