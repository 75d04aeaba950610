"""Key pairs: public keys that are imported."""

import base64
import binascii
import hashlib

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.nova.common import routes
from simulators.openstack.store import Row, stamp


def owner(call: Call) -> str:
    """Whose keys: the admin may name another user. Raises 403."""
    user = call.args.get("user_id") or call.who.user_id
    if user != call.who.user_id:
        call.admin("os_compute_api:os-keypairs:index")
    return user


def shown(call: Call, row: Row) -> Row:
    """A key pair; its id is its name."""
    view: Row = {"name": row["name"], "public_key": row["public_key"], "fingerprint": row["fingerprint"]}
    if call.version >= (2, 2):
        view["type"] = "ssh"
    return view


def fingerprint(key: str) -> str:
    """The MD5 fingerprint of an OpenSSH public key. Raises 400 for what is none."""
    try:
        blob = base64.b64decode(key.split()[1], validate=True)
    except (IndexError, binascii.Error, ValueError):
        raise Refused(400, "Keypair data is invalid: failed to generate fingerprint") from None
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, 32, 2))


@routes.get("/os-keypairs")
def keypairs(call: Call) -> Row:
    rows = call.world.keypairs.where(user_id=owner(call))
    return {"keypairs": [{"keypair": shown(call, row)} for row in rows]}


@routes.post("/os-keypairs")
def create(call: Call) -> tuple[Row, int]:
    asked = call.part("keypair")
    user = asked.get("user_id") or call.who.user_id
    if user != call.who.user_id:
        call.admin("os_compute_api:os-keypairs:create")
    if not asked.get("public_key"):
        raise Refused(400, "Invalid input for field/attribute keypair. 'public_key' is a required property")
    id = f"{user}/{asked['name']}"
    if id in call.world.keypairs:
        raise Refused(409, f"Key pair '{asked['name']}' already exists.")
    key = asked["public_key"]
    row = call.world.keypairs.add(
        {
            "id": id,
            "name": asked["name"],
            "user_id": user,
            "public_key": key,
            "fingerprint": fingerprint(key),
            "created": call.now,
        }
    )
    return {"keypair": shown(call, row) | {"user_id": user}}, 201 if call.version >= (2, 2) else 200


def found(call: Call, name: str) -> Row:
    """A key pair. Raises 404."""
    row = call.world.keypairs.get(f"{owner(call)}/{name}")
    if row is None:
        raise Refused(404, f"Keypair {name} not found for user {owner(call)}")
    return row


@routes.get("/os-keypairs/<name>")
def show(call: Call, name: str) -> Row:
    row = found(call, name)
    more = {"id": row["_n"], "user_id": row["user_id"], "created_at": stamp(row["created"], ".000000")}
    return {"keypair": shown(call, row) | more | {"deleted": False, "deleted_at": None, "updated_at": None}}


@routes.delete("/os-keypairs/<name>")
def delete(call: Call, name: str) -> tuple[None, int]:
    call.world.keypairs.remove(found(call, name)["id"])
    return None, 204 if call.version >= (2, 2) else 202
