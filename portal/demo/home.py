"""The demo's directory: what it keeps from one start to the next."""

import fcntl
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from portal import embedded

LARGEST_LOG = 10 * 1024 * 1024  # bytes; a longer one begins anew at the next start


class DemoError(Exception):
    """The demo cannot go on; the message is one sentence with the cure."""


@dataclass(frozen=True, slots=True)
class Home:
    """`.demo/`: keys, ports, logs, the simulators' state, and the databases or the note where they are."""

    path: Path

    @classmethod
    def prepare(cls) -> "Home":
        path = Path(os.environ.get("DEMO_HOME") or ".demo").resolve()
        if not path.exists():
            path.mkdir(parents=True)
            path.chmod(0o711)  # the account of the databases passes through; what is private has its own mode
        (path / "logs").mkdir(exist_ok=True)
        return cls(path)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Only one demo at a time. Raises DemoError where another one runs."""
        with (self.path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DemoError("A demo runs here already; stop it with Ctrl-C in its terminal first.") from None
            yield

    def log(self, name: str) -> Path:
        path = self.path / "logs" / f"{name}.log"
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.unlink()
        return path

    def read(self, name: str) -> dict[str, Any]:
        path = self.path / name
        return json.loads(path.read_text()) if path.exists() else {}

    def write(self, name: str, values: dict[str, Any]) -> None:
        """Replaces the file at once, readable by its owner only."""
        new = self.path / f".{name}.new"
        new.touch(mode=0o600)
        new.write_text(json.dumps(values, indent=1))
        new.replace(self.path / name)

    def remember(self, **values: Any) -> None:
        self.write("demo.json", self.read("demo.json") | values)

    def keys(self) -> dict[str, str]:
        """The demo's own secrets, made once."""
        if not (self.path / "keys.json").exists():
            made = {name: Fernet.generate_key().decode() for name in ("PORTAL_SECRET_KEYS", "PORTAL_WORKER_KEYS")}
            for name in ("DJANGO_SECRET_KEY", "SOCIAL_AUTH_GITHUB_SECRET", "JENKINS_PASSWORD", "JENKINS_TOKEN"):
                made[name] = secrets.token_urlsafe(36)
            self.write("keys.json", made)
        return self.read("keys.json")

    def clear(self) -> None:
        embedded.clear(self.path)
        shutil.rmtree(self.path, ignore_errors=True)


def is_free(port: int) -> bool:
    """Whether we could listen on this port of 127.0.0.1."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def wished_port(name: str, default: int) -> int:
    """The port that the environment names. Raises DemoError where it is none or taken."""
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise DemoError(f"{name}={text} is no port: choose a number from 1024 to 65535.")
    if not is_free(int(text)):
        raise DemoError(f"Port {text} is taken; choose another one: make demo {name}={int(text) % 65000 + 1}")
    return int(text)


def wished_ports() -> dict[str, int]:
    """By name, PORT for the pages: what the environment says, else 8000 and the next free ones. Raises DemoError."""
    chosen = {"PORT": wished_port("PORT", 8000)}
    for name in ("GITHUB_PORT", "JENKINS_PORT"):  # browsers go there too
        others = set(chosen.values())
        beside = (port for port in range(chosen["PORT"] + 1, 65536) if port not in others and is_free(port))
        port = chosen[name] = wished_port(name, next(beside, 0))
        if port in others:
            raise DemoError(f"{name}={port} is another part's of the demo; choose another one.")
    return chosen


def until(condition: Any, seconds: float, otherwise: str) -> Any:
    """Asks until the condition answers something true. Raises DemoError(otherwise) after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.05)
    raise DemoError(otherwise)
