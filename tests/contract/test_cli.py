"""docs/openstack-cli.md says the truth: each command runs on each cloud and shows the columns that stand beside it."""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.cloud import Cloud, unique

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "openstack-cli.md"
ROW = re.compile(r"^\| `(?P<command>[^`]+)` \| (?P<columns>.+) \|$", re.MULTILINE)
MEMBER = "$member "
SILENT, TEXT = "none", "text"  # what stands for columns where nothing is printed, or no table
WAITS = {  # command: (service, listing, key, status to wait for; none: until it is gone)
    "server create": ("compute", "servers", "ACTIVE"),
    "server stop": ("compute", "servers", "SHUTOFF"),
    "server start": ("compute", "servers", "ACTIVE"),
    "server reboot": ("compute", "servers", "ACTIVE"),
    "server delete": ("compute", "servers", ""),
    "server add volume": ("volume", "volumes", "in-use"),
    "server remove volume": ("volume", "volumes", "available"),
    "volume create": ("volume", "volumes", "available"),
    "volume set": ("volume", "volumes", "available"),
    "volume delete": ("volume", "volumes", ""),
}


class Runner:
    """A process that runs the client's commands for one person."""

    def __init__(self, cloud: Cloud) -> None:
        environment = {**os.environ, "OS_CLIENT_CONFIG_FILE": str(cloud.file), "OS_CLOUD": cloud.name}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        words = [sys.executable, "-W", "ignore", "-m", "tests.contract.cli"]
        self.process = subprocess.Popen(words, cwd=ROOT, env=environment, **pipes)

    def run(self, words: list[str]) -> str:
        """What the command prints. Raises AssertionError where it fails."""
        print(json.dumps(words), file=self.process.stdin, flush=True)
        status, output = json.loads(self.process.stdout.readline())
        assert status == 0, output
        return str(output)

    def end(self) -> None:
        self.process.communicate(timeout=60)


class Client:
    """The command line client, told what the page's first lines tell the shell."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.name = cloud, unique("cli")
        self.known = {"$name": self.name, "$secret": unique("secret")}
        self.runners = {who: Runner(cloud) for who in ("openstack", "$member")}

    def run(self, command: str, *, silent: bool) -> str:
        """What a command of the page prints, as JSON where it prints anything. Raises AssertionError."""
        who, *words = [self.known.get(word, word) for word in shlex.split(command)]
        if who == MEMBER.strip():
            words += ["--os-username", self.name, "--os-password", self.known["$secret"]]
            words += ["--os-project-name", self.name]
        output = self.runners[who].run(words if silent else [*words, "-f", "json"])
        self.wait(command)
        return output

    def wait(self, command: str) -> None:
        verb = command.removeprefix(MEMBER).removeprefix("openstack ")
        for begin, (service, what, status) in WAITS.items():
            if verb.startswith(begin):
                self.cloud.until(command, lambda w=(service, what, status): self.reached(*w))

    def reached(self, service: str, what: str, status: str) -> bool:
        rows = getattr(self.cloud.admin, service).get(f"/{what}/detail?all_tenants=1&name={self.name}").json()[what]
        return [row["status"] for row in rows] == [status] if status else rows == []

    def end(self) -> None:
        for runner in self.runners.values():
            runner.end()


@pytest.fixture
def client(cloud: Cloud) -> Iterator[Client]:
    client = Client(cloud)
    yield client
    client.end()


def rows_of_page() -> list[tuple[str, list[str]]]:
    return [(found["command"], found["columns"].split(", ")) for found in ROW.finditer(PAGE.read_text())]


def difference(shown: Any, wanted: list[str]) -> str:
    """What is wrong with the columns, or nothing: a list shows exactly those, one thing at least those (`...`)."""
    have = list(shown[0] if isinstance(shown, list) and shown else shown)
    if "..." in wanted:
        lacking = [column for column in wanted if column not in have and column != "..."]
        return f"lacks {lacking}, has {have}" if lacking else ""
    return f"shows {have}, not {wanted}" if have != wanted else ""


def test_each_command_of_the_page_runs_and_shows_its_columns(client: Client) -> None:
    wrong = {}
    for command, columns in rows_of_page():
        try:
            what = failing(client, command, columns)
        except AssertionError as error:
            what = str(error)
        if what:
            wrong[command] = what
    assert not wrong, "\n".join(f"{command}: {what}" for command, what in wrong.items())


def failing(client: Client, command: str, columns: list[str]) -> str:
    """What is wrong with that line of the page, or nothing."""
    if columns in ([SILENT], [TEXT]):
        output = client.run(command, silent=True).strip()
        return output if columns == [SILENT] else ""
    shown = json.loads(client.run(command, silent=False))
    learn(client, command, shown)
    return difference(shown, columns)


def learn(client: Client, command: str, shown: Any) -> None:
    """What the page's shell would keep in a variable."""
    if "floating ip create" in command:
        client.known["$address"] = shown["floating_ip_address"]


def test_the_page_has_commands_for_each_service() -> None:
    commands = " ".join(command for command, _ in rows_of_page())
    for noun in ("project", "flavor", "hypervisor", "security group", "server", "volume", "image"):
        assert f" {noun} " in commands, noun
