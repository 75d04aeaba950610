"""A port that its server has left behind, as the sweep found it: nova makes and deletes ports, we only clear up."""

from contextlib import suppress
from typing import Any

from provisioning.adapters.openstack import OpenStackCloud
from provisioning.errors import Gone
from provisioning.outcomes import Ready
from provisioning.ports import Position
from provisioning.steps.base import Kind


class LeftPort(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready:  # noqa: ARG002
        """Nothing: it is only ever taken back."""
        return Ready(id=it.external_id)

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready:
        with suppress(Gone):
            cloud.network.remove("ports", it.external_id)
        return Ready()

    def read(self, cloud: OpenStackCloud, it: Position) -> dict[str, Any]:
        return cloud.network.one("ports", it.external_id)
