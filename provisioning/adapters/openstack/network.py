"""neutron: security groups, floating IPs, quotas, and what else may stand in a cloud project."""

from collections.abc import Iterable, Mapping
from typing import Any

from provisioning.adapters.openstack.session import Api, Scope

Row = dict[str, Any]


class Network(Api):
    service = "network"
    page = 5000  # neutron has no maximum of its own (pagination_max_limit); where a lab sets one its link decides

    def of(self, kind: str, project_id: str, **filters: Any) -> list[Row]:
        """A project's things of one kind, in neutron's own plural: ports, routers, security-groups, floatingips, ..."""
        return self.listed(f"/{kind}", kind.replace("-", "_"), project_id=project_id, **filters)

    def find(self, kind: str, project_id: str, mark: str) -> list[Row]:
        """Those of a project that carry our mark, oldest first."""
        found = self.of(kind, project_id, description=mark)
        return sorted(found, key=lambda row: str(row.get("created_at", "")))

    def one(self, kind: str, thing_id: str) -> Row:
        return dict(next(iter(self.get(f"/{kind}/{thing_id}").values())))

    def remove(self, kind: str, thing_id: str) -> None:
        self.delete(f"/{kind}/{thing_id}")

    def create_group(self, project_id: str, name: str, mark: str) -> Row:
        body = {"name": name, "description": mark, "project_id": project_id}
        return dict(self.post("/security-groups", {"security_group": body})["security_group"])

    def create_rules(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Several rules of one group in one call. Raises Taken where one is there already: then none is made."""
        self.post("/security-group-rules", {"security_group_rules": list(rules)})

    def create_address(self, scope: Scope, network_id: str, port_id: str, mark: str) -> Row:
        body = {"floating_network_id": network_id, "port_id": port_id, "description": mark}
        return dict(self.post("/floatingips", {"floatingip": body}, scope)["floatingip"])

    def point_address(self, address_id: str, port_id: str) -> None:
        self.put(f"/floatingips/{address_id}", {"floatingip": {"port_id": port_id}})

    def ports_of(self, device_id: str) -> list[Row]:
        return self.listed("/ports", "ports", device_id=device_id)

    def remove_interface(self, router_id: str, port_id: str) -> None:
        self.put(f"/routers/{router_id}/remove_router_interface", {"port_id": port_id})

    def quota(self, project_id: str) -> Row:
        """Limits and use: {"port": {"limit", "used", "reserved"}, ...}."""
        return dict(self.get(f"/quotas/{project_id}/details.json")["quota"])

    def set_quota(self, project_id: str, limits: Mapping[str, int]) -> None:
        self.put(f"/quotas/{project_id}", {"quota": dict(limits)})

    def delete_quota(self, project_id: str) -> None:
        self.delete(f"/quotas/{project_id}")

    def ports(self) -> list[Row]:
        """Those of all projects, with what the sweep needs to know and no more: a port has some thirty fields."""
        return self.listed("/ports", "ports", fields=["id", "project_id", "device_id", "device_owner", "description"])

    def networks(self) -> list[Row]:
        return self.listed("/networks", "networks")
