"""A threaded HTTP/1.1 server with keep-alive that can also cut a connection."""

import contextlib
import io
import socket
import sys
import threading
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_to_bytes

from werkzeug import Request, Response

from simulators.common.answers import Takeover
from simulators.common.app import Simulator
from simulators.common.faults import Cut

# a test client keeps its answers in memory; 256 MiB is more than any honest upload here
LARGEST_BODY = 256 * 1024 * 1024


class Handler(BaseHTTPRequestHandler):
    """One connection; answers until the other side closes it."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: "Server"

    def respond(self) -> None:
        """Read one call, let the simulator answer it."""
        try:
            response = self.server.app.answer(Request(self.environ(self.body())))
        except Cut:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        if isinstance(response, Takeover):
            self.close_connection = True
            response.run(self.connection, self.rfile)
        else:
            self.send(response)

    # the names that http.server looks for
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond  # noqa: N815

    def body(self) -> bytes:
        """The body, sent with a length or in chunks."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self.chunks())
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(min(length, LARGEST_BODY)) if length else b""

    def chunks(self) -> Iterator[bytes]:
        """The parts of a chunked body."""
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def environ(self, body: bytes) -> dict[str, Any]:
        """The call as WSGI describes it."""
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": self.server.server_address[0],
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            # the body is whole here, however it was sent
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
        }
        for name, value in self.headers.items():
            environ.setdefault("HTTP_" + name.upper().replace("-", "_"), value)
        return environ

    def send(self, response: Response) -> None:
        """Write the answer; its Date is the simulated clock's."""
        data = response.get_data()
        self.send_response_only(response.status_code)
        headers = response.headers
        headers["Content-Length"] = str(len(data)) if "Content-Length" not in headers else headers["Content-Length"]
        if response.status_code == 204:
            headers.remove("Content-Length")
        if "Date" not in headers:
            headers["Date"] = formatdate(self.server.app.clock.now(), usegmt=True)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and response.status_code not in (204, 304):
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: /_sim/calls has the calls."""


class Server(ThreadingHTTPServer):
    """Serves one simulator; port 0 takes a free port."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, app: Simulator, port: int = 0, host: str = "127.0.0.1") -> None:
        self.app = app
        super().__init__((host, port), Handler)

    def server_bind(self) -> None:
        """Bind without asking the resolver for our own name."""
        socket.socket.setsockopt(self.socket, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.server_name}:{self.server_port}"


@contextlib.contextmanager
def serving(app: Simulator, port: int = 0) -> Iterator[str]:
    """Serve `app` from a thread for the length of a `with`, giving its URL."""
    server = Server(app, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
