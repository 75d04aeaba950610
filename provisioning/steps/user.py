"""The service user of an allocation: its password is made by us and stored before the call."""

from typing import Any

from provisioning.adapters.openstack import OpenStackCloud, Taken
from provisioning.errors import Failure, Gone, Rejected
from provisioning.outcomes import Missing, Ready
from provisioning.ports import Position
from provisioning.steps.base import Kind, is_gone


class User(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready | Missing:
        if it.external_id:
            lost = is_gone(cloud.identity.user, it.external_id)
            return Missing("The service user is no longer there.") if lost else self._ready(it.external_id, it)
        found = cloud.identity.find_user(it.tag.name) if it.called else None
        row = self._ours(found, it) if found else self._create(cloud, it)
        return self._ready(row["id"], it)

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready:
        user_id = it.external_id
        if not user_id and it.called and (row := cloud.identity.find_user(it.tag.name)):
            user_id = self._ours(row, it)["id"]
        if user_id:
            try:
                cloud.identity.delete_user(user_id)
            except Gone:
                return Ready()
        return Ready()

    def read(self, cloud: OpenStackCloud, it: Position) -> object:
        return cloud.identity.user(it.external_id)

    def _create(self, cloud: OpenStackCloud, it: Position) -> dict[str, Any]:
        try:
            return cloud.identity.create_user(it.tag.name, it.secrets["user"], str(it.tag))
        except Taken:
            return self._ours(cloud.identity.find_user(it.tag.name) or {}, it)

    @staticmethod
    def _ours(row: dict[str, Any], it: Position) -> dict[str, Any]:
        if row.get("description") != str(it.tag):
            raise Rejected(f"A user {it.tag.name} is there and not ours.", code=Failure.NOT_OURS, who="lab")
        return row

    @staticmethod
    def _ready(user_id: str, it: Position) -> Ready:
        return Ready(id=user_id, facts={"name": it.tag.name})
