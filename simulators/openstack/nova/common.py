"""What the parts of nova share."""

from simulators.openstack.call import Call, Routes
from simulators.openstack.errors import Refused
from simulators.openstack.store import Row

routes = Routes("/compute/v2.1")
LONGEST_PAGE = 1000


def server_of(call: Call, id: str) -> Row:
    """A server the caller may see. Raises 404."""
    row = call.world.servers.get(id)
    if row is None or not call.owns(row):
        raise Refused(404, f"Instance {id} could not be found.")
    return row


def touched(row: Row, at: float, **fields: object) -> None:
    """Change a server and note when."""
    row |= fields
    row["updated"] = at


def noted(row: Row, call: Call, action: str) -> None:
    """Write an action into the server's history."""
    row["_actions"].append(
        {
            "action": action,
            "request_id": f"req-{row['id'][:8]}-{len(row['_actions'])}",
            "user_id": call.who.user_id,
            "project_id": row["project_id"],
            "start": call.now,
        }
    )


def links(call: Call, kind: str, id: str) -> list[Row]:
    """The two links that nova puts on things."""
    base = f"{call.root}/compute"
    return [{"rel": "self", "href": f"{base}/v2.1/{kind}/{id}"}, {"rel": "bookmark", "href": f"{base}/{kind}/{id}"}]


def limit_of(call: Call) -> int:
    """How long a page may be. Raises 400."""
    text = call.args.get("limit")
    if text is None:
        return LONGEST_PAGE
    if not text.isdigit():
        raise Refused(
            400, f"Invalid input for query parameters limit. Value: {text}. {text!r} does not match '^[0-9]*$'"
        )
    return min(int(text), LONGEST_PAGE)
