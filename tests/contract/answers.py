"""Saying what an answer must be, in one line, with the whole answer shown where it is not."""

from typing import Any

import requests


def said(answer: requests.Response, status: int, text: str = "") -> Any:
    """The answer's JSON (None where it has none); the status must be that and the message hold that text."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    try:
        body = answer.json()
    except requests.exceptions.JSONDecodeError:
        body = None
    if text:
        assert text in message(answer), answer.text
    return body


def message(answer: requests.Response) -> str:
    """The sentence for people in an error, wherever that service puts it."""
    if "json" not in answer.headers.get("Content-Type", ""):
        return answer.text
    body = answer.json()
    (inner,) = body.values() if len(body) == 1 else (body,)
    if isinstance(inner, list):  # placement
        return str(inner[0]["detail"])
    return str(inner["message"])


def kind(answer: requests.Response) -> str:
    """The name that the service gives the error: nova's and cinder's only key, neutron's type."""
    body = answer.json()
    if "NeutronError" in body:
        return str(body["NeutronError"]["type"])
    (name,) = body
    return str(name)


def names(rows: list[dict[str, Any]]) -> set[str]:
    return {row["name"] for row in rows}


def ids(rows: list[dict[str, Any]]) -> set[str]:
    return {row["id"] for row in rows}
