"""A server: found again by its metadata, its keys by cloud-init, its volume there from the first boot."""

import time
from dataclasses import replace
from typing import Any, cast

from django.conf import settings

from provisioning import cloudinit
from provisioning.adapters.openstack import OpenStackCloud, rows
from provisioning.errors import Failure, Gone, Rejected
from provisioning.outcomes import Missing, Outcome, Pending, Ready
from provisioning.ports import Position, SeenServer
from provisioning.spec import ServerWant
from provisioning.steps.base import POLL, Kind, carries, id_of, project_of, scope
from provisioning.steps.explain import explain

GONE = frozenset({"DELETED", "SOFT_DELETED"})
MOVES = frozenset({"BUILD", "RESIZE", "REVERT_RESIZE", "REBUILD", "MIGRATING", "REBOOT", "HARD_REBOOT", "PASSWORD"})
WORDS = {
    "scheduling": "A host is being chosen for the server.",
    "networking": "The server’s network is being set up.",
    "block_device_mapping": "The server’s disks are being connected.",
    "spawning": "The server is being started.",
    "deleting": "The server is being deleted.",
}
RESTS = frozenset({"ACTIVE", "SHUTOFF", "VERIFY_RESIZE"})
RESIZE_SECONDS = 600.0


class Server(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending | Missing:
        try:
            server = self._found(cloud, it)
        except Gone:
            return Missing("The server is no longer there.")
        if server is None:
            return self._created(cloud, it)
        if server.status == "ERROR":
            why = explain(cloud, cast("ServerWant", it.want), _fault(cloud, server))
            return replace(why, ran=bool(server.launched_at))
        if server.flavor != cast("ServerWant", it.want).flavor and server.status in RESTS:
            return self._resized(cloud, it, server.id)
        return judge(server)

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending:
        server_id = it.external_id
        if not server_id and (found := self._by_tag(cloud, it)):
            server_id = found.id
        if not server_id:
            return Ready()
        try:
            now = cloud.compute.server(server_id)
            if now.get("locked"):
                words = f"The server {now.get('name')} is locked in the cloud: somebody must let go of it first."
                raise Rejected(words, who="lab")
            if now.get("OS-EXT-STS:task_state") != "deleting":
                cloud.compute.delete_server(server_id)
        except Gone:
            return Ready()
        return Pending(2, WORDS["deleting"], id=server_id)

    def watch(self, it: Position) -> Outcome | None:
        if it.seen is None:
            return None
        server = it.seen.servers.get(it.external_id)
        if server is None or server.status in GONE:
            return Missing("The cloud's listing does not show the server.")
        if server.status == "ERROR":
            words = f"The server’s status is ERROR: {server.fault}"
            return Missing(words, errored=True, failure=Failure.UPSTREAM_BUG, who="upstream")
        shown = facts(server)
        return Ready(id=server.id, facts=shown) if any(it.own.get(name) != shown[name] for name in shown) else None

    def read(self, cloud: OpenStackCloud, it: Position) -> SeenServer:
        return rows.server(cloud.compute.server(it.external_id))

    def _found(self, cloud: OpenStackCloud, it: Position) -> SeenServer | None:
        if it.external_id:
            return (it.seen and it.seen.servers.get(it.external_id)) or self.read(cloud, it)
        return self._by_tag(cloud, it)

    def _created(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending | Missing:
        """Ask for it. A busy nova lists late what an earlier, cut call made: only then may that fill the quota."""
        try:
            server_id = cloud.compute.create_server(scope(it), body(it))
        except Rejected as error:
            late = self._by_tag(cloud, replace(it, called=True)) if error.code == Failure.QUOTA else None
            if late is None:
                raise
            return judge(late)
        return Pending(POLL, "The server is being built.", id=server_id)

    @staticmethod
    def _by_tag(cloud: OpenStackCloud, it: Position) -> SeenServer | None:
        """The oldest that carries our tag; looked for only where an earlier try may have made it."""
        listed = map(rows.server, cloud.compute.servers_of(project_of(it))) if it.called else ()
        return min((s for s in listed if carries(s.metadata, it)), key=lambda s: s.created_at, default=None)

    def _resized(self, cloud: OpenStackCloud, it: Position, server_id: str) -> Ready | Pending | Missing:
        """Begin a change of flavor, once: nova brings a server whose new size finds no host back as it was."""
        want, now = cast("ServerWant", it.want), rows.server(cloud.compute.server(server_id))
        if now.flavor == want.flavor or now.task_state or now.status not in RESTS:
            return judge(now)
        if now.status == "VERIFY_RESIZE":
            return Pending(30, f"A member must first confirm the change to {now.flavor}, or go back.", id=server_id)
        if it.own.get("resize_to") == want.flavor_id and time.time() < it.own.get("resize_until", 0):
            words = (
                f"The server went back to {now.flavor}: no host had room for {want.flavor}, or it was not confirmed."
            )
            raise Rejected(words, code=Failure.NO_VALID_HOST, who="lab")
        cloud.compute.act(server_id, "resize", {"flavorRef": want.flavor_id})
        asked = {"resize_to": want.flavor_id, "resize_until": time.time() + RESIZE_SECONDS}
        return Pending(5, f"The server is being changed to {want.flavor}.", id=server_id, facts=asked)


def _fault(cloud: OpenStackCloud, server: SeenServer) -> str:
    """The fault of a server that no host took is in no listing of nova's, only in its own answer."""
    return server.fault or rows.server(cloud.compute.server(server.id)).fault


def body(it: Position) -> dict[str, Any]:
    """What nova is asked for; people get in by cloud-init, never by a keypair."""
    want = cast("ServerWant", it.want)
    volume_id = id_of(it, want.volume) if want.volume else ""
    hostname = it.tag.step.rpartition(":")[2]
    return {
        "name": it.tag.name,
        "flavorRef": want.flavor_id,
        "imageRef": want.image_id,
        "networks": [{"uuid": want.network_id}],
        "security_groups": [{"name": id_of(it, want.group)}],
        "metadata": it.tag.as_metadata(),
        "user_data": cloudinit.user_data(
            want.people, hostname=hostname, staff=settings.STAFF_ACCOUNT, volume_id=volume_id
        ),
        "block_device_mapping_v2": disks(want.image_id, volume_id),
    }


def disks(image_id: str, volume_id: str) -> list[dict[str, Any]]:
    """The image on the host's disk, and the volume beside it, on virtio so that the guest finds it by its id."""
    root = {"uuid": image_id, "source_type": "image", "destination_type": "local", "boot_index": 0}
    data = {"uuid": volume_id, "source_type": "volume", "destination_type": "volume", "boot_index": -1}
    more = [{**data, "disk_bus": "virtio", "delete_on_termination": False}] if volume_id else []
    return [{**root, "delete_on_termination": True}, *more]


def facts(server: SeenServer) -> dict[str, Any]:
    """What pages and other steps read of a server; `address` is the one to connect to."""
    floating = [ip for ip, kind in server.addresses if kind == "floating"]
    return {
        "status": server.status,
        "host": server.host,
        "flavor": server.flavor,
        "image_id": server.image_id,
        "addresses": [list(pair) for pair in server.addresses],
        "address": (floating or [ip for ip, _ in server.addresses] or [""])[0],
        "launched_at": server.launched_at,
    }


def judge(server: SeenServer) -> Ready | Pending | Missing:
    """What a server's status comes to, errors aside. On or off is the members', and so is to confirm a new flavor."""
    if server.status in GONE:
        return Missing("The server is no longer there.")
    if server.task_state == "deleting":
        return Pending(3, WORDS["deleting"], id=server.id)
    if server.status in MOVES:
        return Pending(POLL, WORDS.get(server.task_state, f"The server is {server.status.lower()}."), id=server.id)
    return Ready(id=server.id, facts=facts(server))
