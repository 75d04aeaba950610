"""nova: servers and what one does to them, quotas, flavors, hosts."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from provisioning.adapters.openstack.session import PAGE, Api, Scope

Row = dict[str, Any]


class Compute(Api):
    service = "compute"

    def create_server(self, scope: Scope, body: Mapping[str, Any]) -> str:
        """Order a server; its id comes back while it is built."""
        return str(self.post("/servers", {"server": dict(body)}, scope)["server"]["id"])

    def server(self, server_id: str) -> Row:
        return dict(self.get(f"/servers/{server_id}")["server"])

    def servers_of(self, project_id: str) -> list[Row]:
        return self.listed("/servers/detail", "servers", all_tenants=1, project_id=project_id)

    def delete_server(self, server_id: str) -> None:
        self.delete(f"/servers/{server_id}")

    def groups_of(self, project_id: str) -> list[Row]:
        """Server groups: nova lists those of all projects or of none but the caller's, and pages by offset alone."""
        found: list[Row] = []
        while page := self.get("/os-server-groups", all_projects=True, limit=PAGE, offset=len(found))["server_groups"]:
            found += page
        return [row for row in found if row["project_id"] == project_id]

    def delete_group(self, group_id: str) -> None:
        self.delete(f"/os-server-groups/{group_id}")

    def keypairs_of(self, user_id: str) -> list[Row]:
        """Key pairs, which are a user's and no project's, each with its name as id; as many as one page has."""
        rows = [row["keypair"] for row in self.get("/os-keypairs", user_id=user_id)["keypairs"]]
        return [{**row, "id": row["name"], "user_id": user_id} for row in rows]

    def delete_keypair(self, user_id: str, name: str) -> None:
        self.delete(f"/os-keypairs/{quote(name, safe='')}", user_id=user_id)

    def act(self, server_id: str, action: str, args: Any = None) -> Any:
        """One of nova's server actions: os-start, os-stop, reboot, rebuild, resize, ..."""
        return self.post(f"/servers/{server_id}/action", {action: args})

    def console_log(self, server_id: str) -> str:
        return str(self.act(server_id, "os-getConsoleOutput", {}).get("output") or "")

    def console_url(self, server_id: str, protocol: str, kind: str) -> str:
        body = {"remote_console": {"protocol": protocol, "type": kind}}
        return str(self.post(f"/servers/{server_id}/remote-consoles", body)["remote_console"]["url"])

    def attachments(self, server_id: str) -> list[Row]:
        return list(self.get(f"/servers/{server_id}/os-volume_attachments")["volumeAttachments"])

    def attach(self, scope: Scope, server_id: str, volume_id: str) -> None:
        body = {"volumeAttachment": {"volumeId": volume_id}}
        self.post(f"/servers/{server_id}/os-volume_attachments", body, scope)

    def detach(self, server_id: str, volume_id: str) -> None:
        self.delete(f"/servers/{server_id}/os-volume_attachments/{volume_id}")

    def quota(self, project_id: str) -> Row:
        """Limits and use: {"ram": {"limit", "in_use", "reserved"}, ...}."""
        return dict(self.get(f"/os-quota-sets/{project_id}/detail")["quota_set"])

    def set_quota(self, project_id: str, limits: Mapping[str, int]) -> None:
        self.put(f"/os-quota-sets/{project_id}", {"quota_set": dict(limits)})

    def delete_quota(self, project_id: str) -> None:
        self.delete(f"/os-quota-sets/{project_id}")

    def open_flavor(self, flavor_id: str, project_id: str) -> None:
        self.post(f"/flavors/{flavor_id}/action", {"addTenantAccess": {"tenant": project_id}})

    def close_flavor(self, flavor_id: str, project_id: str) -> None:
        self.post(f"/flavors/{flavor_id}/action", {"removeTenantAccess": {"tenant": project_id}})

    def flavor_projects(self, flavor_id: str) -> set[str]:
        rows = self.get(f"/flavors/{flavor_id}/os-flavor-access")["flavor_access"]
        return {row["tenant_id"] for row in rows}

    def flavor(self, flavor_id: str) -> Row:
        """One flavor with its extra specs."""
        return dict(self.get(f"/flavors/{flavor_id}")["flavor"])

    def flavors(self) -> list[Row]:
        """All flavors, private ones too, with their extra specs (in the listing since 2.61)."""
        return self.listed("/flavors/detail", "flavors", is_public="None")

    def hypervisors(self) -> list[Row]:
        return self.listed("/os-hypervisors/detail", "hypervisors")

    def aggregates(self) -> list[Row]:
        return list(self.get("/os-aggregates")["aggregates"])
