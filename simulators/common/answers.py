"""JSON answers, and the one that keeps the connection."""

import json
import socket
from collections.abc import Mapping
from io import BufferedIOBase
from typing import Any

from werkzeug import Response


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`body` as a JSON answer."""
    text = json.dumps(body, separators=(",", ":"))
    return Response(text, status, headers=dict(headers or {}), content_type="application/json")


class Takeover(Response):
    """An answer after which the connection speaks another protocol, until `run` returns; it writes the answer too."""

    def run(self, connection: socket.socket, received: BufferedIOBase) -> None:
        """Speak it: send on `connection`, read from `received`."""
        raise NotImplementedError
