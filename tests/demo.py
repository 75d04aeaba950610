"""`make demo` beside a test: in a directory and on a port of its own, spoken to over HTTP."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import requests

from portal.demo import leftovers
from portal.demo.home import is_free
from tests.processes import ROOT, Child, child, tell_logs

STARTED = "Portico runs at"


def free_port() -> int:
    """One that stays free until it is listened on: below those that the system gives to connections by itself."""
    return next(port for port in iter(lambda: random.randrange(10_000, 32_000), None) if is_free(port))


class Demo:
    """A demo in a directory of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home / "demo"
        self.port = free_port()
        self.starts = 0

    @property
    def url(self) -> str:
        """As its people open it; sign-in comes back here."""
        return f"http://localhost:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        return {**inherited, "DEMO_HOME": str(self.home), "PORT": str(self.port), "PYTHONUNBUFFERED": "1"}

    @contextmanager
    def running(self) -> Iterator[Child]:
        self.starts += 1
        log = self.home.parent / f"demo-{self.starts}.log"
        with child(["-m", "portal.demo"], env=self.env, log=log) as process:
            process.await_line(STARTED, 300)
            yield process

    def clear(self) -> None:
        """Ends what is left and clears the data. The logs are told and stay beside it, as long as pytest keeps them."""
        tell_logs(self.home.parent)
        if (logs := self.home / "logs").exists():
            logs.rename(self.home.with_name("logs"))
        self.run("reset")

    def read(self, name: str) -> dict:
        return json.loads((self.home / name).read_text())

    def processes(self) -> dict[str, psutil.Process]:
        return {name: psutil.Process(row["pid"]) for name, row in self.read(leftovers.FILE).items()}

    def get(self, path: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}/{path}", timeout=60)

    def manage(self, *arguments: str) -> None:
        """Runs `manage.py ...` beside the running demo, with what its worker knows."""
        env = self.processes()["worker"].environ()
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, check=True, timeout=120)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "portal.demo", *arguments]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, check=False, timeout=120)
