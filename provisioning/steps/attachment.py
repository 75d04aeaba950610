"""A volume at its server: there from the first boot where the server was made with it, else attached now."""

from typing import cast

from provisioning.adapters.openstack import OpenStackCloud
from provisioning.errors import Gone
from provisioning.outcomes import Missing, Outcome, Pending, Ready
from provisioning.ports import Position, SeenServer
from provisioning.spec import AttachmentWant
from provisioning.steps.base import Kind, id_of, scope

# A server in such a state lets go of its volumes only by being deleted; nova would answer 409.
HOLDS_FAST = frozenset({"ERROR", "BUILD", "DELETED", "SOFT_DELETED"})


class Attachment(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending:
        server, volume = self._pair(it)
        seen = self._server(it)
        if seen is not None and volume in seen.volumes:
            return Ready(id=volume)
        rows = [row for row in cloud.compute.attachments(server) if row["volumeId"] == volume]
        if rows:
            return Ready(id=volume, facts={"device": rows[0].get("device") or ""})
        cloud.compute.attach(scope(it), server, volume)
        return Pending(2, "The volume is being attached.", id=volume)

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending:
        if not (it.called or it.external_id) or not self._made(it):
            return Ready()
        server, volume = self._pair(it)
        try:
            seen = cloud.compute.server(server)
            held = {row["id"] for row in seen.get("os-extended-volumes:volumes_attached") or ()}
            if volume not in held or seen.get("status") in HOLDS_FAST:
                return Ready()
            if cloud.volume.volume(volume)["status"] != "detaching":
                cloud.compute.detach(server, volume)
        except Gone:
            return Ready()
        return Pending(2, "The volume is being detached.", id=volume)

    def watch(self, it: Position) -> Outcome | None:
        seen = self._server(it)
        if seen is None or self._pair(it)[1] in seen.volumes:
            return None  # a server that is gone is told by its own step
        return Missing("The volume is no longer attached to its server.")

    def read(self, cloud: OpenStackCloud, it: Position) -> object:
        server, volume = self._pair(it)
        if all(row["volumeId"] != volume for row in cloud.compute.attachments(server)):
            raise Gone("The volume is not attached.")
        return None

    @staticmethod
    def _made(it: Position) -> bool:
        want = cast("AttachmentWant", it.want)
        return all(it.facts.get(key, {}).get("id") for key in (want.server, want.volume))

    @staticmethod
    def _pair(it: Position) -> tuple[str, str]:
        want = cast("AttachmentWant", it.want)
        return id_of(it, want.server), id_of(it, want.volume)

    def _server(self, it: Position) -> SeenServer | None:
        return it.seen.servers.get(self._pair(it)[0]) if it.seen else None
