"""A floating IP for a server: found again by its description."""

from typing import Any, cast

from provisioning.adapters.openstack import OpenStackCloud
from provisioning.errors import Gone
from provisioning.outcomes import Missing, Outcome, Pending, Ready
from provisioning.ports import Position
from provisioning.spec import AddressWant
from provisioning.steps.base import Kind, id_of, project_of, scope


class Address(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending | Missing:
        want = cast("AddressWant", it.want)
        try:
            row = self._found(cloud, it)
        except Gone:
            return Missing("The floating IP is no longer there.")
        if row and row.get("port_id"):
            return self._ready(row, it)
        ports = cloud.network.ports_of(id_of(it, want.server))
        if not ports:
            return Pending(3, "The server has no port yet.", id=row["id"] if row else "")
        if row:
            cloud.network.point_address(row["id"], ports[0]["id"])
        else:
            row = cloud.network.create_address(scope(it), want.network_id, ports[0]["id"], str(it.tag))
        return self._ready(row, it)

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready:
        try:
            row = self._found(cloud, it)
            if row:
                cloud.network.remove("floatingips", row["id"])
        except Gone:
            return Ready()
        return Ready()

    def watch(self, it: Position) -> Outcome | None:
        # Floating IPs are listed in full passes only: the one before ours was made says nothing.
        if it.seen is None or it.seen.full_at.isoformat() <= it.own.get("seen_from", ""):
            return None
        return None if it.external_id in it.seen.addresses else Missing("The listing does not show the floating IP.")

    def read(self, cloud: OpenStackCloud, it: Position) -> dict[str, Any]:
        return cloud.network.one("floatingips", it.external_id)

    def _found(self, cloud: OpenStackCloud, it: Position) -> dict[str, Any] | None:
        if it.external_id:
            return self.read(cloud, it)
        found = cloud.network.find("floatingips", project_of(it), str(it.tag)) if it.called else []
        return found[0] if found else None

    @staticmethod
    def _ready(row: dict[str, Any], it: Position) -> Ready:
        since = it.seen.full_at.isoformat() if it.seen else ""
        return Ready(id=row["id"], facts={"address": row["floating_ip_address"], "seen_from": since})
