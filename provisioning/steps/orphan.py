"""A cloud project of ours that no row owns, as the sweep found it: emptied like any other, then deleted."""

from contextlib import suppress
from dataclasses import replace

from provisioning.adapters.openstack import OpenStackCloud
from provisioning.errors import Gone
from provisioning.outcomes import Pending, Ready
from provisioning.ports import Position
from provisioning.steps.base import Kind
from provisioning.steps.purge import Purge


class Orphan(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready:  # noqa: ARG002
        """Nothing: it is only ever taken back."""
        return Ready(id=it.external_id)

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending:
        emptied = Purge().undo(cloud, replace(it, facts={"project": {"id": it.external_id}}))
        if isinstance(emptied, Pending):
            return emptied
        with suppress(Gone):
            cloud.identity.delete_project(it.external_id)
        return Ready()

    def read(self, cloud: OpenStackCloud, it: Position) -> object:
        return cloud.identity.project(it.external_id)
