"""Agents that call in: their secret, how they are launched, and the WebSocket over which they stay connected."""

import hashlib
import hmac
import json
import secrets
import socket
from contextlib import suppress
from html import escape
from io import BufferedIOBase
from typing import TYPE_CHECKING, Any, Final

from werkzeug import Request, Response
from werkzeug.exceptions import Forbidden
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from simulators.common import Takeover
from simulators.jenkins import nodes
from simulators.jenkins.access import require
from simulators.jenkins.computer_beans import CONNECT
from simulators.jenkins.computers import seen
from simulators.jenkins.items import State, failure, oops
from simulators.jenkins.nodes import INBOUND, Node

if TYPE_CHECKING:
    from simulators.jenkins.app import Jenkins

JNLP: Final = "<any('jenkins-agent.jnlp', 'slave-agent.jnlp'):_file>"
CAPABILITY: Final = "X-Remoting-Capability"
COOKIE: Final = "Connection-Cookie"
READ: Final = 65536
REPORTED: Final = ("architecture", "disk")


class Channels:
    """The open sockets of the agents that are connected, by the agent's name."""

    def __init__(self) -> None:
        self.sockets: dict[str, socket.socket] = {}

    def close(self, name: str) -> None:
        """Break an agent's connection, where it has one; the thread that serves it sees the end."""
        if name in self.sockets:
            with suppress(OSError):
                self.sockets.pop(name).shutdown(socket.SHUT_RDWR)

    def close_all(self) -> None:
        """Break every connection."""
        for name in list(self.sockets):
            self.close(name)


class Line(Takeover):
    """One agent's connection, from the handshake until it breaks."""

    def __init__(self, app: "Jenkins", name: str, protocol: WSConnection) -> None:
        self.app, self.name, self.protocol = app, name, protocol
        self.cookie = secrets.token_hex(32)
        super().__init__(status=101)
        del self.headers["Content-Type"]
        self.headers |= {CAPABILITY: "simulated", "X-Remoting-Minimum-Version": "4.7", COOKIE: self.cookie}

    def run(self, connection: socket.socket, received: BufferedIOBase) -> None:
        """Accept, then listen until either side closes."""
        with self.app.lock:
            if self.app.state["nodes"].get(self.name, {}).get("channel") != self.cookie:
                return  # deleted or restarted before it was let in
            self.app.channels.sockets[self.name] = connection
        headers = [(name.encode(), value.encode()) for name, value in self.headers if name != "Content-Length"]
        # a peer that is gone or talks nonsense is a broken connection, nothing more
        with suppress(OSError, KeyError, ValueError, RemoteProtocolError, LocalProtocolError):
            connection.sendall(self.protocol.send(AcceptConnection(extra_headers=headers)))
            while data := received.read1(READ):
                self.protocol.receive_data(data)
                for event in self.protocol.events():
                    self.hear(event, connection)
        self.over(connection)

    def hear(self, event: Any, connection: socket.socket) -> None:
        """Answer what must be answered; a text is what the agent says of its machine."""
        if isinstance(event, Ping | CloseConnection):
            connection.sendall(self.protocol.send(event.response()))
        if isinstance(event, CloseConnection):
            # whoever speaks wrongly is closed too, and need not answer
            connection.shutdown(socket.SHUT_RDWR)
        if isinstance(event, TextMessage):
            report = json.loads(event.data)
            with self.app.lock:
                self.app.state["nodes"].get(self.name, {}).update({name: report[name] for name in REPORTED})
                self.app.changes += 1

    def over(self, connection: socket.socket) -> None:
        """The connection is broken."""
        with self.app.lock:
            if self.app.channels.sockets.get(self.name) is connection:
                del self.app.channels.sockets[self.name]
            nodes.disconnect(self.app.state, self.name, self.cookie, self.app.clock.now())
            self.app.changes += 1


def register(app: "Jenkins") -> None:
    """Add what an agent and its launcher ask for."""

    @app.get(f"/computer/<name>/{JNLP}")
    def jnlp(request: Request, name: str, _file: str) -> Response:
        node = seen(app, name)
        if is_encrypted_jnlp(request):
            return Response(secrets.token_bytes(512), content_type="application/octet-stream")
        require(app.state, request, CONNECT, node=name)
        if INBOUND not in node["launcher"]:
            raise oops()
        document = launch_document(app.state, node, app.look(request).base)
        return Response(document, headers={"Content-Type": "application/x-java-jnlp-file"})

    @app.get("/jnlpJars/agent.jar")
    def jar(_request: Request) -> Response:
        # opaque: nothing here runs Java
        return Response(b"PK\x05\x06" + bytes(18), content_type="application/java-archive")

    @app.get("/wsagents")
    def call_in(request: Request) -> Response:
        return line(app, request)


def is_encrypted_jnlp(request: Request) -> bool:
    """Whether the call asks for a launch document that only the secret's holder could read: open to anybody."""
    return request.path.endswith(("/jenkins-agent.jnlp", "/slave-agent.jnlp")) and request.args.get("encrypt") == "true"


def secret_of(state: State, name: str) -> str:
    """An agent's secret: the same for the same name, as long as the controller keeps its key."""
    return hmac.new(bytes.fromhex(state["key"]), name.encode(), hashlib.sha256).hexdigest()


def launch_document(state: State, node: Node, base: str) -> str:
    """The JNLP file, of which launchers read the arguments."""
    arguments = [secret_of(state, node["name"]), node["name"]]
    if "<webSocket>true" in node["launcher"]:
        arguments.append("-webSocket")
    if "<disabled>true" not in node["launcher"]:
        arguments += ["-workDir", node["root"], "-internalDir", "remoting"]
    inside = "".join(f"<argument>{escape(each)}</argument>" for each in [*arguments, "-url", base])
    return f"<jnlp><application-desc>{inside}</application-desc></jnlp>"


def line(app: "Jenkins", request: Request) -> Line:
    """Let an agent in. Raises 400 or 403, in the words and in the order of the real one."""
    name, secret, cookie = (request.headers.get(each) for each in ("Node-Name", "Secret-Key", COOKIE))
    if name is None or secret is None or CAPABILITY not in request.headers:
        raise failure("This endpoint is only for use from agent.jar in WebSocket mode")
    node = app.state["nodes"].get(name)
    if node is None or not node["computer"]:
        raise failure("no such agent")
    if not hmac.compare_digest(secret.encode(), secret_of(app.state, name).encode()):
        raise Forbidden
    if INBOUND not in node["launcher"]:
        raise failure(f"{name} is not an inbound agent")
    if node["channel"] and node["channel"] != cookie:
        raise failure(f"{name} is already connected to this controller. Rejecting this connection.")
    app.channels.close(name)
    found = Line(app, name, upgraded(request))
    nodes.connect(app.state, name, found.cookie, app.clock.now())
    app.changes += 1
    return found


def upgraded(request: Request) -> WSConnection:
    """The protocol at the point where the client has asked. Raises 400 where it has not asked for a WebSocket."""
    protocol = WSConnection(ConnectionType.SERVER)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers]
    try:
        protocol.initiate_upgrade_connection(headers, request.path)
    except RemoteProtocolError as error:
        raise failure(f"No WebSocket handshake: {error}") from error
    list(protocol.events())
    return protocol
