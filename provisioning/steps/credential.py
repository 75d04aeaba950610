"""The application credential: made by the service user for itself, restricted, with a secret of ours and an end.

It cannot be changed: a new one is the step's next incarnation, made after this one was taken back.
"""

from datetime import UTC, datetime
from typing import Any, cast

from provisioning.adapters.openstack import OpenStackCloud, Taken
from provisioning.errors import Failure, Gone, Rejected
from provisioning.outcomes import Missing, Ready
from provisioning.ports import Position
from provisioning.spec import CredentialWant
from provisioning.steps.base import Kind, id_of, is_gone, scope


class Credential(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready | Missing:
        if it.external_id:
            lost = is_gone(self.read, cloud, it)
            return Missing("The application credential is no longer there.") if lost else Ready(id=it.external_id)
        row = (self._found(cloud, it) if it.called else None) or self._create(cloud, it)
        facts = {"name": it.tag.name, "expires_at": row.get("expires_at"), "turn": cast("CredentialWant", it.want).turn}
        return Ready(id=row["id"], facts=facts | cloud.sign_in)

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready:
        if not (it.called or it.external_id):
            return Ready()
        try:
            credential_id = it.external_id or (self._found(cloud, it) or {}).get("id")
            if credential_id:
                cloud.identity.delete_credential(id_of(it, "user"), credential_id)
        except Gone:
            return Ready()
        return Ready()

    def read(self, cloud: OpenStackCloud, it: Position) -> object:
        return cloud.identity.credential(id_of(it, "user"), it.external_id)

    @staticmethod
    def _found(cloud: OpenStackCloud, it: Position) -> dict[str, Any] | None:
        row = cloud.identity.find_credential(id_of(it, "user"), it.tag.name)
        if row and row.get("description") != str(it.tag):
            raise Rejected(f"A credential {it.tag.name} is there and not ours.", code=Failure.NOT_OURS, who="lab")
        return row

    def _create(self, cloud: OpenStackCloud, it: Position) -> dict[str, Any]:
        want = cast("CredentialWant", it.want)
        try:
            return cloud.identity.create_credential(
                scope(it),
                it.tag.name,
                secret=it.secrets["credential"],
                mark=str(it.tag),
                roles=want.roles,
                expires_at=keystone_time(want.expires_at),
            )
        except Taken:
            return self._found(cloud, it) or {}


def keystone_time(stored: str) -> str:
    """ISO 8601 as keystone reads it: UTC, with a Z and without an offset."""
    return datetime.fromisoformat(stored).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
