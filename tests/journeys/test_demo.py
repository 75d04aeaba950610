"""`make demo` as a newcomer and a bad day meet it: real processes, signals, a taken port, a killed supervisor."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import requests

from portal.demo import leftovers
from portal.demo.home import Home
from tests.processes import Child, child, until

pytestmark = pytest.mark.timeout(240)
STARTED = "Portico runs at"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Demo:
    """A demo in a directory of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home / "demo"
        self.port = free_port()
        self.starts = 0

    @property
    def env(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        return {**inherited, "DEMO_HOME": str(self.home), "PORT": str(self.port), "PYTHONUNBUFFERED": "1"}

    @contextmanager
    def running(self) -> Iterator[Child]:
        self.starts += 1
        log = self.home.parent / f"demo-{self.starts}.log"
        with child(["-m", "portal.demo"], env=self.env, log=log) as process:
            process.await_line(STARTED, 120)
            yield process

    def read(self, name: str) -> dict:
        return json.loads((self.home / name).read_text())

    def processes(self) -> dict[str, psutil.Process]:
        return {name: psutil.Process(row["pid"]) for name, row in self.read(leftovers.FILE).items()}

    def get(self, path: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}/{path}", timeout=10)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "portal.demo", *arguments]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path)
    yield demo
    demo.run("reset")


def interrupt(process: Child) -> int:
    os.kill(process.process.pid, signal.SIGINT)
    return process.process.wait(60)


def none_alive(processes: dict[str, psutil.Process]) -> bool:
    return not any(leftovers.is_alive(process) for process in processes.values())


def states(demo: Demo) -> dict[str, str]:
    return {part["name"]: part["state"] for part in demo.get("readyz").json()["parts"]}


def test_it_starts_heals_stops_and_goes_on(demo):
    with demo.running() as process:
        assert demo.get("healthz").text == "alive\n"
        parts = ("database", "migrations", "broker", "worker", "beat")
        until(lambda: all(states(demo).get(part) == "ok" for part in parts), 30, what="all parts ok")
        before = demo.processes()
        before["beat"].kill()
        process.await_line("beat has ended and is started again")
        until(lambda: demo.processes()["beat"].pid != before["beat"].pid, what="a new beat")
        running, known = demo.processes(), demo.read("demo.json")
        assert demo.run("reset").returncode == 1  # not under a running demo
        assert interrupt(process) == 0
        assert none_alive(running)
        assert not (demo.home / leftovers.FILE).exists()
    with demo.running() as process:
        assert demo.read("demo.json") == known  # the same deployment, ports and data
        assert "No migrations to apply" in (demo.home / "logs" / "prepare.log").read_text()
        assert interrupt(process) == 0
    assert demo.run("reset").returncode == 0
    assert not demo.home.exists()


def test_what_a_killed_supervisor_left_is_ended_by_the_next(demo):
    with demo.running() as process:
        left = demo.processes()
        os.kill(process.process.pid, signal.SIGKILL)
        process.process.wait(10)
        assert not none_alive(left)
    with demo.running() as process:
        assert none_alive(left)
        assert demo.get("healthz").status_code == 200
        assert interrupt(process) == 0


def test_a_second_interrupt_kills(demo):
    with demo.running() as process:
        processes = demo.processes()
        os.kill(processes["worker"].pid, signal.SIGSTOP)  # it will not end in order
        os.kill(process.process.pid, signal.SIGINT)
        process.await_line("Ctrl-C once more kills")
        os.kill(process.process.pid, signal.SIGINT)
        assert process.process.wait(10) == 128 + signal.SIGINT
        until(lambda: none_alive(processes), what="no process left")


def test_a_taken_port_is_one_sentence(demo):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", demo.port))
        taken.listen()
        answer = demo.run()
    assert answer.returncode == 1
    assert answer.stdout.splitlines() == [
        f"Port {demo.port} is taken; choose another one: make demo PORT={demo.port % 65000 + 1}"
    ]


@pytest.mark.parametrize("port", ["none", "0", "70000", "-1"])
def test_what_is_no_port_is_one_sentence(demo, port):
    demo.port = port
    answer = demo.run()
    assert answer.returncode == 1
    assert answer.stdout == f"PORT={port} is no port: choose a number from 1024 to 65535.\n"


def test_a_process_that_only_has_the_number_is_not_touched(tmp_path):
    home = Home(tmp_path)
    own = os.getpid()
    leftovers.record(home, {"web": own})
    assert list(leftovers.find(home)) == ["web"]
    rows = home.read(leftovers.FILE)
    rows["web"]["started"] -= 100
    home.write(leftovers.FILE, rows)
    assert leftovers.find(home) == {}
    assert leftovers.end(home) == []
    assert psutil.Process(own).is_running()


def test_secrets_are_made_once_and_readable_by_their_owner_only(tmp_path):
    home = Home(tmp_path)
    assert home.keys() == home.keys()
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
