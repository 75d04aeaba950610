"""JSON answers."""

import json
from collections.abc import Mapping
from typing import Any

from werkzeug import Response


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`body` as a JSON answer."""
    text = json.dumps(body, separators=(",", ":"))
    return Response(text, status, headers=dict(headers or {}), content_type="application/json")
