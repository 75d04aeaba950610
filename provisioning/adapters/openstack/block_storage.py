"""cinder: volumes, snapshots, backups, quotas, types and pools."""

from collections.abc import Mapping
from typing import Any

from provisioning.adapters.openstack.session import Api, Scope

Row = dict[str, Any]


class BlockStorage(Api):
    service = "block-storage"

    def create_volume(self, scope: Scope, body: Mapping[str, Any]) -> str:
        """Order a volume; its id comes back while it is made."""
        return str(self.post("/volumes", {"volume": dict(body)}, scope)["volume"]["id"])

    def volume(self, volume_id: str) -> Row:
        return dict(self.get(f"/volumes/{volume_id}")["volume"])

    def of(self, kind: str, project_id: str) -> list[Row]:
        """A project's volumes, snapshots or backups in detail."""
        return self.listed(f"/{kind}/detail", kind, all_tenants=1, project_id=project_id)

    def snapshots_of(self, volume_id: str) -> list[Row]:
        """A volume's snapshots, in whatever project they were taken."""
        return self.listed("/snapshots/detail", "snapshots", all_tenants=1, volume_id=volume_id)

    def extend_volume(self, volume_id: str, size_gib: int) -> None:
        """Grow a volume, in use or not."""
        self.post(f"/volumes/{volume_id}/action", {"os-extend": {"new_size": size_gib}})

    def remove(self, kind: str, thing_id: str) -> None:
        """Delete one of the kind volumes, snapshots or backups."""
        self.delete(f"/{kind}/{thing_id}")

    def remove_by_force(self, volume_id: str) -> None:
        """Delete a volume whose deletion has failed before; only an admin may."""
        self.post(f"/volumes/{volume_id}/action", {"os-force_delete": {}})

    def quota(self, project_id: str) -> Row:
        """Limits and use: {"gigabytes": {"limit", "in_use", "reserved"}, ...}."""
        return dict(self.get(f"/os-quota-sets/{project_id}", usage="True")["quota_set"])

    def set_quota(self, project_id: str, limits: Mapping[str, int]) -> None:
        self.put(f"/os-quota-sets/{project_id}", {"quota_set": dict(limits)})

    def delete_quota(self, project_id: str) -> None:
        self.delete(f"/os-quota-sets/{project_id}")

    def types(self) -> list[Row]:
        return list(self.get("/types", is_public="None")["volume_types"])

    def default_type(self) -> str:
        """The id of the volume type that a volume gets which names none; empty where the cloud has no default."""
        return str((self.get("/types/default").get("volume_type") or {}).get("id", ""))

    def pools(self) -> list[Row]:
        return list(self.get("/scheduler-stats/get_pools", detail="True")["pools"])
