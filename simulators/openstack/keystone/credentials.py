"""Application credentials: made by their own user alone."""

import secrets

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.keystone.common import found, hashed, new_id, routes, shown
from simulators.openstack.keystone.tokens import precise
from simulators.openstack.store import Row, seconds_of

BASE = "/users/<user>/application_credentials"
KIND = "application_credentials"


def granted(call: Call, asked: Row) -> list[Row]:
    """The roles a credential carries: those asked for, else all of the token's. Raises 404, 400."""
    held = {id: call.world.roles[id]["name"] for id in call.who.token["role_ids"]}
    if not asked.get("roles"):
        return [{"id": id, "name": name, "domain_id": None} for id, name in held.items()]
    chosen = []
    for role in asked["roles"]:
        row = call.world.roles.get(role.get("id")) or call.world.roles.one(name=role.get("name"))
        if row is None:
            raise Refused(404, f"Could not find role: {role.get('id') or role.get('name')}.")
        if row["id"] not in held:
            raise Refused(400, f"Cannot create an application credential with unassigned role: {row['id']}")
        chosen.append({"id": row["id"], "name": row["name"], "domain_id": None})
    return chosen


def expiry(asked: Row, now: float) -> float | None:
    """When it ends, in seconds. Raises 400 for what is no time or is past."""
    if not asked.get("expires_at"):
        return None
    try:
        seconds = seconds_of(asked["expires_at"])
    except ValueError:
        raise Refused(400, f"Invalid input for field 'expires_at': {asked['expires_at']!r}") from None
    if seconds <= now:
        raise Refused(400, "Invalid application credential: The 'expires_at' must not be before now.")
    return seconds


def allowed(call: Call, user: str) -> None:
    """Only the user itself, and not by a restricted credential. Raises 403."""
    found(call.world.users, user, "user")
    if user != call.who.user_id or not call.who.project_id:
        raise Refused(
            403, "You are not authorized to perform the requested action: identity:create_application_credential."
        )
    unrestricted(call)


def unrestricted(call: Call) -> None:
    """Raises 403 for who signed in by a restricted credential."""
    used = call.world.credentials.get(call.who.token["credential_id"])
    if used and not used["unrestricted"]:
        raise Refused(
            403,
            "Using method 'application_credential' is not allowed for managing additional application credentials.",
        )


@routes.post(BASE)
def create(call: Call, user: str) -> tuple[Row, int]:
    allowed(call, user)
    asked = call.part("application_credential")
    if not asked.get("name"):
        raise Refused(400, "Invalid input for field 'application_credential': 'name' is a required property")
    if call.world.credentials.one(user_id=user, name=asked["name"]):
        raise Refused(
            409,
            "Conflict occurred attempting to store application_credential - "
            f"Duplicate entry found with name {asked['name']}.",
        )
    secret = asked.get("secret") or secrets.token_urlsafe(64)
    ends = expiry(asked, call.now)
    row = call.world.credentials.add(
        {
            "id": new_id(),
            "name": asked["name"],
            "description": asked.get("description"),
            "user_id": user,
            "project_id": call.project_id,
            "roles": granted(call, asked),
            "expires_at": precise(ends)[:-1] if ends else None,
            "unrestricted": bool(asked.get("unrestricted", False)),
            "system": None,
            "_expires": ends,
            "_secret": hashed(secret),
        }
    )
    return {"application_credential": shown(call, f"users/{user}/{KIND}", row) | {"secret": secret}}, 201


def own(call: Call, user: str, policy: str) -> None:
    """The user itself or the admin."""
    found(call.world.users, user, "user")
    if user != call.who.user_id:
        call.admin(f"identity:{policy}_application_credential")


@routes.get(BASE)
def credentials(call: Call, user: str) -> Row:
    own(call, user, "list")
    rows = call.world.credentials.where(user_id=user)
    if "name" in call.args:
        rows = [row for row in rows if row["name"] == call.args["name"]]
    return {KIND: [shown(call, f"users/{user}/{KIND}", row) for row in rows], "links": {"next": None}}


def of_user(call: Call, user: str, id: str) -> Row:
    """One credential of a user. Raises 404."""
    row = found(call.world.credentials, id, "Application Credential")
    if row["user_id"] != user:
        raise Refused(404, f"Could not find Application Credential: {id}.")
    return row


@routes.get(BASE + "/<id>")
def credential(call: Call, user: str, id: str) -> Row:
    own(call, user, "get")
    return {"application_credential": shown(call, f"users/{user}/{KIND}", of_user(call, user, id))}


@routes.delete(BASE + "/<id>")
def delete(call: Call, user: str, id: str) -> None:
    own(call, user, "delete")
    unrestricted(call)
    call.world.credentials.remove(of_user(call, user, id)["id"])
