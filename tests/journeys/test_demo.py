"""`make demo` as a newcomer and a bad day meet it: real processes, signals, a taken port, a killed supervisor."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from portal.demo import leftovers
from portal.demo.home import DemoError, Home, is_free, wished_ports
from tests.demo import Demo, free_port
from tests.processes import TOLD, Child, until


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path)
    yield demo
    demo.clear()


def none_alive(processes: dict[str, psutil.Process]) -> bool:
    return not any(leftovers.is_alive(process) for process in processes.values())


def states(demo: Demo) -> dict[str, str]:
    return {part["name"]: part["state"] for part in demo.get("readyz").json()["parts"]}


def test_a_whole_life(demo):
    """Three starts in one test, because each costs seconds."""
    with demo.running() as process:
        signs_in_next_door(demo, process)
        heals(demo, process)
        known = stops_in_order(demo, process)
    with demo.running() as process:
        goes_on(demo, known)
        left = demo.processes()
        os.kill(process.process.pid, signal.SIGKILL)
        process.process.wait(60)
        assert not none_alive(left)
    with demo.running() as process:
        assert none_alive(left)
        assert demo.get("healthz").status_code == 200
        is_killed_by_a_second_interrupt(demo, process)
    assert demo.run("reset").returncode == 0
    assert not demo.home.exists()


def signs_in_next_door(demo: Demo, process: Child) -> None:
    """GitHub and Jenkins stand on ports that can be forwarded beside the pages' own."""
    ports, told = demo.read("demo.json")["ports"], process.await_line("Simulated: ")
    assert demo.port < ports["github"] < ports["jenkins"] < demo.port + 100
    assert all(f"{name} http://127.0.0.1:{ports[name]}" in told for name in ("github", "jenkins"))


def heals(demo: Demo, process: Child) -> None:
    assert demo.get("healthz").text == "alive\n"
    parts = ("database", "migrations", "broker", "worker", "beat")
    until(lambda: all(states(demo).get(part) == "ok" for part in parts), what="all parts ok")
    before = demo.processes()["beat"]
    before.kill()
    process.await_line("beat has ended and is started again")
    until(lambda: demo.read(leftovers.FILE)["beat"]["pid"] != before.pid, what="a new beat")


def stops_in_order(demo: Demo, process: Child) -> dict:
    assert demo.run("reset").returncode == 1  # not under a running demo
    running, known = demo.processes(), demo.read("demo.json")
    os.kill(process.process.pid, signal.SIGINT)
    assert process.process.wait(60) == 0
    assert none_alive(running)
    assert not (demo.home / leftovers.FILE).exists()
    return known


def goes_on(demo: Demo, known: dict) -> None:
    assert demo.read("demo.json") == known  # the same deployment, ports and data
    assert "No migrations to apply" in (demo.home / "logs" / "prepare.log").read_text()


def is_killed_by_a_second_interrupt(demo: Demo, process: Child) -> None:
    processes = demo.processes()
    os.kill(processes["worker"].pid, signal.SIGSTOP)  # it will not end in order
    os.kill(process.process.pid, signal.SIGINT)
    process.await_line("Ctrl-C once more kills")
    os.kill(process.process.pid, signal.SIGINT)
    assert process.process.wait(60) == 128 + signal.SIGINT
    until(lambda: none_alive(processes), what="no process left")


def test_what_a_demo_said_outlives_it(demo, capsys):
    log = demo.home / "logs" / "worker.log"
    log.parent.mkdir(parents=True)
    log.write_text("long ago\n" + "the last words\n" * TOLD)
    demo.clear()
    told = capsys.readouterr().out
    assert told.count("the last words") == TOLD
    assert "long ago" not in told
    assert not demo.home.exists()
    assert (demo.home.parent / "logs" / "worker.log").exists()


def test_a_taken_port_is_one_sentence(demo):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", demo.port))
        taken.listen()
        answer = demo.run()
    assert answer.returncode == 1
    assert answer.stdout.splitlines() == [
        f"Port {demo.port} is taken; choose another one: make demo PORT={demo.port % 65000 + 1}"
    ]


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """That of the pages, those of the simulators not being chosen."""
    for name in ("GITHUB_PORT", "JENKINS_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORT", str(port := free_port()))
    return port


def test_the_ports_of_github_and_jenkins_are_the_next_free_ones(port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 1))
        taken.listen()
        chosen = wished_ports()
    assert port + 1 < chosen["GITHUB_PORT"] < chosen["JENKINS_PORT"]
    assert all(map(is_free, chosen.values()))


def test_the_ports_of_github_and_jenkins_can_be_chosen(port, monkeypatch):
    monkeypatch.setenv("JENKINS_PORT", str(jenkins := free_port()))
    monkeypatch.setenv("GITHUB_PORT", str(github := free_port()))
    assert wished_ports() == {"PORT": port, "GITHUB_PORT": github, "JENKINS_PORT": jenkins}


@pytest.mark.parametrize("name", ["GITHUB_PORT", "JENKINS_PORT"])
def test_a_port_that_cannot_be_chosen_is_one_sentence(port, monkeypatch, name):
    monkeypatch.setenv(name, str(port))
    with pytest.raises(DemoError, match=f"{name}={port} is another part's of the demo"):
        wished_ports()
    monkeypatch.setenv(name, "none")
    with pytest.raises(DemoError, match=f"{name}=none is no port: choose a number"):
        wished_ports()


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
