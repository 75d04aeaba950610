"""placement: what the hosts have, exactly, and their traits."""

from typing import Any

from provisioning.adapters.openstack.session import Api

Row = dict[str, Any]


class Placement(Api):
    service = "placement"

    def providers(self, **having: str) -> list[Row]:
        """All resource providers, or those `having` what is asked: `resources="DISK_GB:20"`, `required="HW_..."`."""
        return list(self.get("/resource_providers", None, **having)["resource_providers"])

    def inventories(self, provider_id: str) -> dict[str, Row]:
        return dict(self.get(f"/resource_providers/{provider_id}/inventories")["inventories"])

    def usages(self, provider_id: str) -> dict[str, int]:
        return dict(self.get(f"/resource_providers/{provider_id}/usages")["usages"])

    def traits(self, provider_id: str) -> frozenset[str]:
        return frozenset(self.get(f"/resource_providers/{provider_id}/traits")["traits"])
