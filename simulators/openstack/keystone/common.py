"""What the parts of keystone share."""

import hashlib
import secrets
from typing import Any
from uuid import uuid4

from simulators.openstack.call import Call, Routes
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row, Table

routes = Routes("/identity/v3")
IMPLIED = {"admin": ("member", "reader"), "member": ("reader",)}


def new_id() -> str:
    """Keystone's ids have no dashes."""
    return uuid4().hex


def hashed(secret: str) -> str:
    """A salted hash of a password or secret."""
    salt = secrets.token_hex(8)
    return f"{salt}${hashlib.sha256((salt + secret).encode()).hexdigest()}"


def matches(secret: str, kept: str) -> bool:
    """Whether this is the secret that was hashed."""
    salt, _, digest = kept.partition("$")
    return secrets.compare_digest(hashlib.sha256((salt + secret).encode()).hexdigest(), digest)


def shown(call: Call, kind: str, row: Row) -> Row:
    """A row without what is ours alone, with its link."""
    view = {name: value for name, value in row.items() if not name.startswith("_")}
    view["links"] = {"self": f"{call.root}/identity/v3/{kind}/{row['id']}"}
    return view


def listed(call: Call, kind: str, rows: list[Row]) -> Row:
    """The answer of a listing."""
    return {
        kind: [shown(call, kind, row) for row in rows],
        "links": {"next": None, "self": f"{call.root}/identity/v3/{kind}", "previous": None},
    }


def found(table: Table, id: str, noun: str) -> Row:
    """The row. Raises 404 in keystone's words."""
    row = table.get(id)
    if row is None:
        raise Refused(404, f"Could not find {noun}: {id}.")
    return row


def filtered(call: Call, rows: list[Row], *names: str) -> list[Row]:
    """Rows that the query's filters leave."""
    for name in names:
        wanted: Any = call.args.get(name)
        if wanted is None:
            continue
        if name in ("enabled", "is_domain"):
            wanted = wanted.lower() not in ("false", "0", "no")
        rows = [row for row in rows if row.get(name) == wanted]
    return rows
