"""The service user's role on its cloud project: the pair itself is the key, and giving it twice gives it once."""

from typing import cast

from provisioning.adapters.openstack import OpenStackCloud
from provisioning.errors import Gone
from provisioning.outcomes import Ready
from provisioning.ports import Position
from provisioning.spec import RoleWant
from provisioning.steps.base import Kind, id_of, project_of


class Role(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready:
        cloud.identity.grant(*self._pair(it))
        return Ready(id=self._role(it))

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready:
        if it.called or it.external_id:
            try:
                cloud.identity.revoke(*self._pair(it))
            except Gone:
                return Ready()
        return Ready()

    def read(self, cloud: OpenStackCloud, it: Position) -> object:
        cloud.identity.granted(*self._pair(it))
        return None

    @staticmethod
    def _role(it: Position) -> str:
        return cast("RoleWant", it.want).role

    def _pair(self, it: Position) -> tuple[str, str, str]:
        return project_of(it), id_of(it, "user"), self._role(it)
