"""JSON as it comes from outside, fit to be stored."""

import json
from typing import Any


def read(content: bytes) -> Any:
    """The value, without NUL: PostgreSQL stores none, and anybody may write one into what is theirs.

    Raises ValueError for what is no JSON.
    """
    found = json.loads(content)
    return _without_nul(found) if b"\\u0000" in content else found


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    return {key: _without_nul(one) for key, one in value.items()} if isinstance(value, dict) else value
