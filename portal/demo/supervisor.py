"""Starts everything in order, watches it, stops it in the reverse order."""

import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import FrameType
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from portal import embedded
from portal.demo import leftovers, words
from portal.demo.children import ROOT, Child, kill_group, run_once
from portal.demo.environment import for_web, for_worker, simulators
from portal.demo.home import DemoError, Home, is_free, until, wished_ports

WORKER_STOP_SECONDS = 15  # then it is killed, and its leases heal what it held
LOOK_SECONDS = 0.5
WORKER = ("--pool=threads", "--without-gossip", "--without-mingle")  # workers meet in the database alone


class Stopped(BaseException):
    """Somebody asked us to stop; not an Exception, so that nothing on the way swallows it."""


@dataclass
class Supervisor:
    """One run of the demo."""

    home: Home
    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    servers: tuple[embedded.Server, ...] = ()
    stopping: bool = False

    def run(self) -> None:
        """Blocks until it is asked to stop or something cannot be kept running (DemoError)."""
        self._obey_signals()
        with self.home.held(), ExitStack() as stack:
            leftovers.end(self.home)  # they may hold the very ports that we want
            ports = wished_ports()
            stack.callback((self.home.path / leftovers.FILE).unlink, missing_ok=True)
            try:
                simulated = self._start(stack, ports)
                self.say(words.welcome(f"http://localhost:{ports['PORT']}", simulated, str(self.home.path / "logs")))
                self._watch()
            except Stopped:
                self.say("Stopping (Ctrl-C once more kills)")
            finally:
                self.stopping = True

    # -- start, in order; the stack stops in the reverse order

    def _start(self, stack: ExitStack, ports: dict[str, int]) -> dict[str, str]:
        """Answers where the simulators are."""
        port = ports["PORT"]
        known = self._known_ports() | {"github": ports["GITHUB_PORT"], "jenkins": ports["JENKINS_PORT"]}
        sims = [self._simulator(name, known.get(name, 0), options) for name, options in simulators(self.home).items()]
        for sim in sims:
            self._begin(stack, sim)
        self.say("Starting PostgreSQL and Redis")
        running = stack.enter_context(embedded.services(self.home.path, durable=True))
        self.servers = running.servers
        self._record()
        urls = {sim.name: self._address(sim) for sim in sims}
        web_env = for_web(self.home, port, urls) | running.environment
        self._prepare(web_env)
        web_env["PORTAL_DEPLOYMENT"] = self._deployment(web_env)
        self._start_portal(stack, port, web_env, for_worker(self.home))
        return urls

    def _start_portal(self, stack: ExitStack, port: int, web_env: dict[str, str], more: dict[str, str]) -> None:
        worker_env = web_env | more
        self._demo_data(worker_env)
        celery = ("-m", "celery", "-A", "portal")
        schedule = self.home.path / "beat.schedule"
        worker = self._child("worker", (*celery, "worker", *WORKER), worker_env, WORKER_STOP_SECONDS)
        beat = self._child("beat", (*celery, "beat", "--schedule", schedule, "--pidfile="), web_env)
        web = self._child("web", gunicorn(port), web_env)
        for child in (worker, beat, web):
            self._begin(stack, child)
        problem = f"The pages do not answer; the log is {web.log}."
        until(lambda: answers(f"http://127.0.0.1:{port}/healthz", web), 60, problem)

    def _child(self, name: str, command: Iterable[object], env: dict[str, str], stop_seconds: float = 10) -> Child:
        return Child(name, tuple(command), env, self.home.log(name), stop_seconds)

    def _known_ports(self) -> dict[str, int]:
        """Those of the last time that are free: there again, addresses in the data stay true."""
        ports: dict[str, int] = self.home.read("demo.json").get("ports", {})
        return {name: port for name, port in ports.items() if is_free(port)}

    def _simulator(self, name: str, port: int, options: tuple[object, ...]) -> Child:
        command = ("-m", f"simulators.{name}", "--port", port, *options)
        return self._child(name, command, dict(os.environ))

    def _begin(self, stack: ExitStack, child: Child) -> None:
        stack.callback(child.stop)
        child.start()
        self.children.append(child)
        self._record()

    def _record(self) -> None:
        pids = {child.name: child.pid for child in self.children}
        pids |= {server.name: server.process.pid for server in self.servers if server.process}
        leftovers.record(self.home, pids)

    def _address(self, sim: Child) -> str:
        """Where the simulator listens; should it die, it comes back there."""
        url = sim.await_line("listening on ").split("listening on ")[1].strip()
        port = int(url.rsplit(":", 1)[1])
        command = list(sim.command)
        command[command.index("--port") + 1] = port
        sim.command = command
        self.home.remember(ports=self.home.read("demo.json").get("ports", {}) | {sim.name: port})
        return url

    def _prepare(self, env: dict[str, str]) -> None:
        self.say("Bringing the database up to date")
        run_once("manage.py migrate", ("manage.py", "migrate", "--noinput"), env, self.home.log("prepare"))

    def _deployment(self, env: dict[str, str]) -> str:
        if not (known := self.home.read("demo.json").get("deployment")):
            known = run_once("manage.py deployment", ("manage.py", "deployment"), env, self.home.log("prepare"))
            self.home.remember(deployment=known)
        return str(known)

    def _demo_data(self, env: dict[str, str]) -> None:
        """Once for each size; the command itself goes through the services."""
        size = os.environ.get("DEMO") or "small"
        loaded = self.home.read("demo.json").get("data", [])
        if size in loaded or not any(ROOT.glob("*/management/commands/demo_data.py")):
            return
        self.say(f"Loading demo data ({size})")
        run_once("manage.py demo_data", ("manage.py", "demo_data", "--size", size), env, self.home.log("prepare"))
        self.home.remember(data=[*loaded, size])

    # -- while it runs

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            for server in self.servers:
                if server.process is None or server.process.poll() is not None:
                    raise DemoError(f"{server.name} has ended; its log is {server.log}.")
            for child in self.children:
                if not child.is_running:
                    self.say(f"{child.name} has ended and is started again; its log is {child.log}.")
                    child.revive()
                    self._record()

    def _obey_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)

    def _asked_to_stop(self, number: int, _: FrameType | None) -> None:
        if not self.stopping:
            self.stopping = True
            raise Stopped
        self.say("Killing")
        for child in reversed(self.children):
            kill_group(child.pid)
        for server in self.servers:
            if server.process:
                server.process.kill()
        os._exit(128 + number)


def gunicorn(port: int) -> tuple[object, ...]:
    """Two processes of eight threads, as everywhere."""
    options = (
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        2,
        "--threads",
        8,
        "--graceful-timeout",
        8,
        "--no-control-socket",
    )
    return ("-m", "gunicorn", "portal.wsgi", *options)


def answers(url: str, web: Child) -> bool:
    """Whether the page is there. Raises DemoError where the web server has ended."""
    if not web.is_running:
        raise DemoError(f"{web.name} did not start; its log is {web.log}.")
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310  our own http address
            return bool(answer.status == 200)
    except (HTTPError, URLError, TimeoutError, ConnectionError):
        return False


def reset(home: Home) -> None:
    """Ends what is left and clears the data. Raises DemoError while a demo runs."""
    with home.held():
        leftovers.end(home)
        home.clear()
