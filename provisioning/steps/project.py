"""The cloud project of an allocation: found by its name in our domain, ours by its tag."""

from typing import Any, cast

from provisioning.adapters.openstack import OpenStackCloud, Taken
from provisioning.errors import Failure, Gone, Rejected
from provisioning.outcomes import Missing, Ready
from provisioning.ports import Position
from provisioning.spec import ProjectWant, Tag
from provisioning.steps.base import Kind


def keystone_tag(tag: Tag) -> str:
    """Our tag as keystone allows it: no slash, no comma."""
    return str(tag).replace("/", ".")


class Project(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready | Missing:
        want = cast("ProjectWant", it.want)
        if it.external_id:
            return self._kept(cloud, it, want)
        found = cloud.identity.find_project(it.tag.name) if it.called else None
        return self._ready(self._ours(found, it) if found else self._create(cloud, it, want))

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready:
        found = {"id": it.external_id} if it.external_id else None
        if not found and it.called and (row := cloud.identity.find_project(it.tag.name)):
            found = self._ours(row, it)
        if found:
            try:
                cloud.identity.delete_project(found["id"])
            except Gone:
                return Ready()
        return Ready()

    def read(self, cloud: OpenStackCloud, it: Position) -> object:
        return cloud.identity.project(it.external_id)

    def _create(self, cloud: OpenStackCloud, it: Position, want: ProjectWant) -> dict[str, Any]:
        try:
            return cloud.identity.create_project(it.tag.name, want.title, keystone_tag(it.tag))
        except Taken:
            return self._ours(cloud.identity.find_project(it.tag.name) or {}, it)

    def _kept(self, cloud: OpenStackCloud, it: Position, want: ProjectWant) -> Ready | Missing:
        try:
            row = cloud.identity.project(it.external_id)
            if row.get("description") != want.title:
                cloud.identity.change_project(it.external_id, description=want.title)
        except Gone:
            return Missing("The cloud project is no longer there.")
        return self._ready(row)

    @staticmethod
    def _ours(row: dict[str, Any], it: Position) -> dict[str, Any]:
        if keystone_tag(it.tag) not in row.get("tags", ()):
            raise Rejected(f"A cloud project {it.tag.name} is there and not ours.", code=Failure.NOT_OURS, who="lab")
        return row

    @staticmethod
    def _ready(row: dict[str, Any]) -> Ready:
        return Ready(id=row["id"], facts={"name": row["name"]})
