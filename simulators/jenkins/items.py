"""Folders and jobs: what is there, who sees it, and how it is made, changed and deleted."""

import re
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from werkzeug import Request
from werkzeug.exceptions import HTTPException, NotFound

from simulators.jenkins import access, configs
from simulators.jenkins.access import who
from simulators.jenkins.pages import html_page

READ: Final = "hudson.model.Item.Read"
DISCOVER: Final = "hudson.model.Item.Discover"
CONFIGURE: Final = "hudson.model.Item.Configure"
NEEDS: Final = {"freestyle": "", "folder": "cloudbees-folder", "pipeline": "workflow-job"}
UNSAFE: Final = re.compile(r"[?*/\\%!@#$^&|<>\[\]:;]")
State = dict[str, Any]


def find(state: State, request: Request, full_name: str, permission: str = READ) -> dict[str, Any]:
    """An item that the caller may see and for which he holds a permission.

    What he may not even discover is 404 on every level; what he may discover but not read is 403.
    """
    item: dict[str, Any] = state["items"].get(full_name) or next(
        # what differs only by case is the same to Jenkins
        (each for name, each in state["items"].items() if name.casefold() == full_name.casefold()),
        {},
    )
    if not item:
        raise NotFound
    for name in path(item["name"]):
        if not access.may(state, who(request), DISCOVER, item=name):
            raise NotFound
        access.require(state, request, READ, item=name)
    access.require(state, request, permission, item=item["name"])
    return item


def path(full_name: str) -> Iterator[str]:
    """The full names on the way to an item, its own the last."""
    parts = full_name.split("/")
    return ("/".join(parts[:length]) for length in range(1, len(parts) + 1))


def seen(state: State, user: str, full_name: str) -> bool:
    """Whether somebody may read an item and every folder around it."""
    return all(access.may(state, user, READ, item=name) for name in path(full_name))


def children(state: State, folder: str) -> list[str]:
    """The full names in a folder (empty: at the top), sorted."""
    above = f"{folder}/" if folder else ""
    return sorted(name for name in state["items"] if name.startswith(above) and "/" not in name[len(above) :])


def within(state: State, full_name: str) -> Iterator[str]:
    """An item and everything in it, the deepest first."""
    names = [name for name in state["items"] if name == full_name or name.startswith(f"{full_name}/")]
    yield from sorted(names, key=lambda name: (-name.count("/"), name))


def failure(message: str, status: int = 400) -> HTTPException:
    """A user's error in Jenkins's words: a page, and the message in a header."""
    page = html_page("Error", f"<h1>Error</h1><p>{escape(message)}</p>", status)
    # headers are latin-1: what does not fit is asked for, as servlet containers do
    page.headers["X-Error"] = message.encode("latin-1", "replace").decode("latin-1")
    return HTTPException(response=page)


def oops() -> HTTPException:
    """A 500 as Jenkins answers what it could not work with."""
    body = "<h1>Oops!</h1><p>A problem occurred while processing the request.</p><p>Logging ID=simulated</p>"
    return HTTPException(response=html_page("Jenkins", body, 500))


def check_name(name: str) -> str:
    """A name as Jenkins takes it, trimmed. Raises 400."""
    name = name.strip()
    if not name:
        raise failure("Query parameter 'name' is required")
    if name in (".", ".."):
        raise failure(f"“{name}” is not an allowed name")
    if any(ord(char) < 32 or ord(char) == 127 for char in name):
        raise failure(f"No control code is allowed: {name!r}")
    if found := UNSAFE.search(name):
        raise failure(f"‘{found[0]}’ is an unsafe character")
    if name.endswith("."):
        raise failure("A name cannot end with ‘.’")
    return name


def create(state: State, user: str, folder: str, name: str, body: bytes | None, kind: str = "") -> str:
    """A new item from its config.xml, or an empty one of a kind; its full name.

    Raises 400 for a bad or taken name (names differ not only by case), 500 for a document that cannot be read. Who
    makes an item in which he could not do so afterwards may read and configure it.
    """
    full_name = f"{folder}/{check_name(name)}".lstrip("/")
    if any(full_name.casefold() == other.casefold() for other in children(state, folder)):
        raise failure(f"A job already exists with the name ‘{name}’")
    kind, config = document(state, body) if body is not None else (kind, configs.blank(kind))
    state["items"][full_name] = {"name": full_name, "kind": kind, "config": config, "next": 1, "pace": {}}
    state["builds"][full_name] = {}
    missing = [each for each in (READ, CONFIGURE) if not access.may(state, user, each, item=full_name)]
    if missing:
        lines = [f"USER:{permission}:{user or 'anonymous'}" for permission in missing]
        state["items"][full_name]["config"] = configs.with_lines(config, kind, lines)
    return full_name


def known(state: State, kind: str) -> bool:
    """Whether the plugin that brings this kind of item is there."""
    return kind in NEEDS and NEEDS[kind] in ("", *state["plugins"])


def document(state: State, body: bytes) -> tuple[str, str]:
    """Kind and kept text of a config.xml. Raises 500."""
    try:
        root = configs.parsed(body)
        kind = configs.kind_of(root)
    except ValueError as error:
        raise oops() from error
    if not known(state, kind):
        raise oops()
    return kind, configs.written(root, kind)


def replace(state: State, item: dict[str, Any], body: bytes) -> None:
    """Take another config.xml. Raises 500 for one that cannot be read or is of another kind of item."""
    kind, config = document(state, body)
    if kind != item["kind"]:
        raise oops()
    item["config"] = config
