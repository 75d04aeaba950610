"""The demo's processes: each in a group of its own, with a log of its own, started again when it dies."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.demo.home import DemoError, until

ROOT = Path(__file__).resolve().parent.parent.parent
RESTARTS = 3  # within RESTART_SECONDS
RESTART_SECONDS = 60


@dataclass
class Child:
    """One `python ...` process. `stop_seconds` is how long it may take to end before it is killed."""

    name: str
    command: Sequence[object]
    env: Mapping[str, str]
    log: Path
    stop_seconds: float = 10
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    read_from: int = field(default=0, init=False)
    deaths: list[float] = field(default_factory=list, init=False)

    def start(self) -> None:
        self.read_from = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *map(str, self.command)],
                cwd=ROOT,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def await_line(self, text: str, seconds: float = 60) -> str:
        """The first line after this start that holds `text`. Raises DemoError where there is none."""
        problem = f"{self.name} did not start; its log is {self.log}."

        def line() -> str:
            if not self.is_running:
                raise DemoError(problem)
            fresh = self.log.read_bytes()[self.read_from :].decode(errors="replace")
            return next((line for line in fresh.splitlines() if text in line), "")

        return str(until(line, seconds, problem))

    def revive(self) -> None:
        """Starts it again. Raises DemoError where it keeps dying."""
        now = time.monotonic()
        self.deaths = [death for death in self.deaths if now - death < RESTART_SECONDS] + [now]
        if len(self.deaths) > RESTARTS:
            raise DemoError(f"{self.name} ends again and again; its log is {self.log}.")
        self.start()

    def stop(self) -> None:
        """In order, by force when its time is over; then whatever is left of its group."""
        if self.process is None:
            return
        if self.is_running:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(self.stop_seconds)
        self.kill()
        self.process.wait()

    def kill(self) -> None:
        kill_group(self.pid)


def kill_group(pid: int) -> None:
    """SIGKILL for the process and all of its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def run_once(name: str, command: Sequence[object], env: Mapping[str, str], log: Path) -> str:
    """Runs `python ...` to its end and answers what it printed. Raises DemoError where it fails."""
    with log.open("ab") as errors:
        answer = subprocess.run(
            [sys.executable, *map(str, command)],
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            check=False,
        )
        errors.write(answer.stdout)
    if answer.returncode:
        raise DemoError(f"{name} failed; its log is {log}.")
    return answer.stdout.decode().strip()
