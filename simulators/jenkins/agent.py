"""An inbound agent for the simulated Jenkins: python -m simulators.jenkins.agent --url U --name N --secret S.

It connects, says what disk it has, stays, and calls again when the connection breaks. It runs no builds: the controller
counts their time.
"""

import argparse
import json
import signal
import socket
import sys
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, RejectConnection, Request, TextMessage
from wsproto.utilities import RemoteProtocolError

GIB = 1024**3
LONGEST_WAIT = 10.0
COOKIE = "connection-cookie"


class Refused(Exception):
    """The controller did not let the agent in."""


@dataclass
class Agent:
    """One agent; `wait` is how long it waits before it calls again the first time, seconds."""

    url: str
    name: str
    secret: str
    report: dict[str, Any]
    wait: float = 1.0
    cookie: str = ""

    def __post_init__(self) -> None:
        self.stopping = threading.Event()
        self.connection: socket.socket | None = None

    def stop(self) -> None:
        """Hang up and end."""
        self.stopping.set()
        if self.connection:
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def run(self, patience: float | None) -> bool:
        """Stay connected until stopped; False where there was no controller for `patience` seconds."""
        since, wait = time.monotonic(), self.wait
        while not self.stopping.is_set():
            try:
                self.stay()
            except (OSError, Refused, RemoteProtocolError) as error:
                print(f"Failed to connect: {error}", flush=True)
            else:
                since, wait = time.monotonic(), self.wait
            if patience is not None and time.monotonic() - since > patience:
                return False
            self.stopping.wait(wait)
            wait = min(LONGEST_WAIT, wait * 2)
        return True

    def stay(self) -> None:
        """Connect and listen until the connection ends. Raises Refused or OSError where it does not come about."""
        address, before = urlsplit(self.url), self.cookie
        protocol = WSConnection(ConnectionType.CLIENT)
        with closing(socket.create_connection((address.hostname, address.port or 80), timeout=30)) as connection:
            self.connection = connection
            connection.sendall(protocol.send(self.handshake(address.netloc, address.path)))
            for event in events(connection, protocol):
                if isinstance(event, AcceptConnection):
                    # connected: from here on it may be quiet for as long as it likes
                    connection.settimeout(None)
                    self.welcome(event, connection, protocol)
                if isinstance(event, RejectConnection):
                    raise Refused(str(event.status_code))
                if isinstance(event, Ping | CloseConnection):
                    connection.sendall(protocol.send(event.response()))
                if isinstance(event, CloseConnection):
                    break
        if self.cookie == before:
            raise Refused("the connection ended before an answer")
        print("Terminated", flush=True)

    def handshake(self, host: str, path: str) -> Request:
        """What agent.jar asks for; on a later connection it shows the last one's cookie."""
        headers = {"Node-Name": self.name, "Secret-Key": self.secret, "X-Remoting-Capability": "simulated"}
        headers |= {COOKIE: self.cookie} if self.cookie else {}
        extra = [(name.encode(), value.encode()) for name, value in headers.items()]
        return Request(host=host, target=f"{path.rstrip('/')}/wsagents/", extra_headers=extra)

    def welcome(self, event: AcceptConnection, connection: socket.socket, protocol: WSConnection) -> None:
        """Keep the cookie; at the first time say what this machine is."""
        first, self.cookie = not self.cookie, dict(event.extra_headers)[COOKIE.encode()].decode()
        if first:
            connection.sendall(protocol.send(TextMessage(json.dumps(self.report))))
        print("Connected", flush=True)


def events(connection: socket.socket, protocol: WSConnection) -> Any:
    """What comes in, until the connection ends."""
    while data := connection.recv(65536):
        protocol.receive_data(data)
        yield from protocol.events()


def main() -> None:
    """Read the command line and stay connected."""
    options = arguments().parse_args()
    secret = Path(options.secret[1:]).read_text().strip() if options.secret.startswith("@") else options.secret
    disk = {"total": int(options.disk_gib * GIB), "free": int(options.free_gib * GIB)}
    report = {"architecture": f"Linux ({options.architecture})", "disk": disk}
    agent = Agent(options.url, options.name, secret, report, options.wait)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: agent.stop())
    if not agent.run(options.no_reconnect_after):
        sys.exit("No controller for too long; this agent ends.")


def arguments() -> argparse.ArgumentParser:
    """The options, named as agent.jar names them where it has them."""
    parser = argparse.ArgumentParser(
        prog="python -m simulators.jenkins.agent", description="A simulated inbound agent."
    )
    parser.add_argument("--url", required=True, help="the controller's address")
    parser.add_argument("--name", required=True, help="the agent's name")
    parser.add_argument("--secret", required=True, help="its secret, or @FILE that holds it")
    parser.add_argument("--disk-gib", type=float, default=200.0, help="size of its disk, GiB")
    parser.add_argument("--free-gib", type=float, default=180.0, help="what of it is free, GiB")
    parser.add_argument("--architecture", default="ppc64le", help="as the JVM says it: ppc64le, amd64, aarch64")
    parser.add_argument("--wait", type=float, default=1.0, help="seconds before it calls again; doubles up to ten")
    parser.add_argument("--no-reconnect-after", type=float, help="end after so many seconds without a controller")
    return parser


if __name__ == "__main__":
    main()
