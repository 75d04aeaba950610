"""A Jenkins under contract: as the adapter sees it, and as plain HTTP without any code of the app."""

import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import requests

from provisioning.adapters.jenkins import Controller
from provisioning.spec import Tag
from tests.simulated import Simulated

T = TypeVar("T")
PATIENCE = 60  # seconds
OWN = ("Create", "Configure", "Read", "Delete", "Build", "Cancel", "Workspace")


@dataclass
class Server:
    """One Jenkins with the portal's account in it; `simulated` is None where it is a real one."""

    url: str
    user: str
    token: str
    password: str = ""
    simulated: Simulated | None = None

    def controller(self, user: str = "", token: str = "", *, timeout: float = 10) -> Controller:
        """The adapter, as the portal's account or another."""
        return Controller(self.url, user or self.user, token or self.token, timeout)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Plain HTTP as the portal's account, unless `auth` says otherwise; no redirect is followed."""
        usual = {"auth": (self.user, self.token), "allow_redirects": False, "timeout": 30}
        return requests.request(method, f"{self.url}/{path}", **(usual | options))

    @property
    def sim(self) -> Simulated:
        """The simulator behind it, for what no real Jenkins does on order."""
        if self.simulated is None:
            pytest.skip("only the simulated Jenkins moves time, fails on order and has other people's accounts")
        return self.simulated

    def lines(self, *more: str) -> frozenset[str]:
        """Permission lines: the portal's own, and more."""
        return frozenset({*(f"USER:hudson.model.Item.{each}:{self.user}" for each in OWN), *more})

    def until(self, what: str, look: Callable[[], T]) -> T:
        """Look again and again until the answer is true; a simulated Jenkins's clock moves on meanwhile."""
        end = time.monotonic() + PATIENCE
        while not (answer := look()):
            assert time.monotonic() < end, f"not within {PATIENCE} s: {what}"
            if self.simulated:
                self.simulated.move(1)
            time.sleep(0.05)
        return answer


def real() -> Server | None:
    """The Jenkins that CONTRACT_JENKINS_URL, _USER and _TOKEN name; .env.example says what the account may."""
    if url := os.environ.get("CONTRACT_JENKINS_URL", "").rstrip("/"):
        return Server(url, os.environ["CONTRACT_JENKINS_USER"], os.environ["CONTRACT_JENKINS_TOKEN"])
    return None


@dataclass(frozen=True)
class Thing:
    """A name that nothing else has, and the mark that goes with it."""

    name: str
    mark: str


def thing(step: str, folder: str = "") -> Thing:
    tag = Tag(uuid.uuid4(), uuid.uuid4(), step, 1)
    return Thing(f"{folder}/{tag.name}" if folder else tag.name, str(tag))
