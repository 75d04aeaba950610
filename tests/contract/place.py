"""A cloud project of one's own for a test: made with a service user, emptied and removed afterwards."""

import base64
from typing import Any

from tests.contract.cloud import Cloud, Person, unique

FLAVORS = ("p8.small", "p9.small", "x86.small")
GONE = 404
Row = dict[str, Any]


class Place:
    """One cloud project with one user in the role member; `user` is that user, signed in."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.name, self.password = cloud, unique(), unique("secret")
        identity = cloud.admin.identity
        body = {"name": self.name, "domain_id": "default"}
        self.project_id: str = identity.post("/projects", {"project": body}).json()["project"]["id"]
        person = {**body, "password": self.password}
        self.user_id: str = identity.post("/users", {"user": person}).json()["user"]["id"]
        identity.put(f"/projects/{self.project_id}/users/{self.user_id}/roles/{cloud.id_of('role', 'member')}")
        for flavor in FLAVORS:
            self.open(flavor)
        self.user = self.sign_in()

    def sign_in(self) -> Person:
        return self.cloud.sign_in(user_id=self.user_id, password=self.password, project_id=self.project_id)

    def open(self, flavor: str) -> None:
        """Let the project use a private flavor."""
        action = {"addTenantAccess": {"tenant": self.project_id}}
        self.cloud.admin.compute.post(f"/flavors/{self.cloud.id_of('flavor', flavor)}/action", action)

    def server_body(self, flavor: str = "p9.small", image: str = "debian-12-ppc64le", **more: Any) -> Row:
        return {
            "server": {
                "name": unique(),
                "flavorRef": self.cloud.id_of("flavor", flavor),
                "imageRef": self.cloud.id_of("image", image),
                "networks": [{"uuid": self.cloud.id_of("network", "shared")}],
                **more,
            }
        }

    def create_server(self, **more: Any) -> str:
        """Order a server; the id comes back while it is built."""
        answer = self.user.compute.post("/servers", self.server_body(**more))
        assert answer.status_code == 202, answer.text
        return str(answer.json()["server"]["id"])

    def server(self, identity: str) -> Row:
        return dict(self.user.compute.get(f"/servers/{identity}").json()["server"])

    def settled(self, identity: str, *wanted: str) -> Row:
        """The server once it has one of the wanted statuses (any but BUILD by default) and no task is under way."""

        def look() -> Row | None:
            row = self.server(identity)
            right = row["status"] in wanted if wanted else row["status"] != "BUILD"
            return row if right and not row["OS-EXT-STS:task_state"] else None

        return self.cloud.until(f"server {wanted or 'out of BUILD'}", look)

    def boot(self, **more: Any) -> Row:
        """A server, ready."""
        row = self.settled(self.create_server(**more))
        assert row["status"] == "ACTIVE", row.get("fault")
        return row

    def act(self, server: str, **action: Any) -> Any:
        return self.user.compute.post(f"/servers/{server}/action", action)

    def delete_server(self, identity: str) -> None:
        self.user.compute.delete(f"/servers/{identity}")
        self.gone("compute", f"/servers/{identity}")

    def gone(self, service: str, path: str) -> None:
        """Wait until what is at that path is no more."""
        ask = getattr(self.user, service)
        self.cloud.until(f"gone: {path}", lambda: ask.get(path).status_code == GONE)

    def create_volume(self, size: int = 1, **more: Any) -> str:
        """Order a volume of so many GiB; the id comes back while it is made."""
        answer = self.user.volume.post("/volumes", {"volume": {"name": unique(), "size": size, **more}})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["volume"]["id"])

    def volume(self, identity: str, *wanted: str) -> Row:
        """The volume once it has one of the wanted statuses (available by default)."""
        wanted = wanted or ("available",)

        def look() -> Row | None:
            row = self.user.volume.get(f"/volumes/{identity}").json()["volume"]
            assert not row["status"].startswith("error"), row
            return row if row["status"] in wanted else None

        return self.cloud.until(f"volume {wanted}", look)

    def delete_volume(self, identity: str) -> None:
        self.user.volume.delete(f"/volumes/{identity}")
        self.gone("volume", f"/volumes/{identity}")

    def create(self, kind: str, **body: Any) -> Row:
        """Create something of neutron's: kind is network, subnet, port, router, floatingip, security_group..."""
        answer = self.user.network.post(f"/{kind.replace('_', '-')}s", {kind: body})
        assert answer.status_code == 201, answer.text
        return dict(answer.json()[kind])

    def quota(self, service: str, **figures: int) -> Any:
        """Set quotas of compute, volume or network, as admin."""
        if service == "network":
            return self.cloud.admin.network.put(f"/quotas/{self.project_id}", {"quota": figures})
        return getattr(self.cloud.admin, service).put(f"/os-quota-sets/{self.project_id}", {"quota_set": figures})

    def credential(self, **more: Any) -> Any:
        """Order an application credential of the user's own."""
        body = {"name": unique(), **more}
        return self.user.identity.post(
            f"/users/{self.user_id}/application_credentials", {"application_credential": body}
        )

    def remove(self) -> None:
        """Take everything away: what the project holds, then user and project."""
        Broom(self).sweep()
        admin = self.cloud.admin
        for flavor in FLAVORS:
            action = {"removeTenantAccess": {"tenant": self.project_id}}
            admin.compute.post(f"/flavors/{self.cloud.id_of('flavor', flavor)}/action", action)
        admin.compute.delete(f"/os-quota-sets/{self.project_id}")
        admin.volume.delete(f"/os-quota-sets/{self.project_id}")
        admin.network.delete(f"/quotas/{self.project_id}")
        admin.identity.delete(f"/users/{self.user_id}")
        admin.identity.delete(f"/projects/{self.project_id}")


class Broom:
    """Deletes all that a project holds, in order of need, as admin: the user may be disabled by then."""

    def __init__(self, place: Place) -> None:
        self.place, self.cloud, self.admin = place, place.cloud, place.cloud.admin
        self.mine = f"project_id={place.project_id}"

    def sweep(self) -> None:
        self._away("compute", f"/servers?all_tenants=1&{self.mine}", "servers", "/servers/{}")
        self._each("network", f"/floatingips?{self.mine}", "floatingips", "/floatingips/{}")
        self._routers()
        for kind in ("ports", "subnets", "networks", "security-groups"):
            self._each("network", f"/{kind}?{self.mine}", kind.replace("-", "_"), f"/{kind}/{{}}")
        for kind in ("snapshots", "volumes"):
            self._away("volume", f"/{kind}?all_tenants=1&{self.mine}", kind, f"/{kind}/{{}}")
        self._each("image", f"/images?owner={self.place.project_id}", "images", "/images/{}")

    def _rows(self, service: str, listing: str, key: str) -> list[Row]:
        return list(getattr(self.admin, service).get(listing).json()[key])

    def _each(self, service: str, listing: str, key: str, path: str) -> None:
        for row in self._rows(service, listing, key):
            getattr(self.admin, service).delete(path.format(row["id"]))

    def _away(self, service: str, listing: str, key: str, path: str) -> None:
        self._each(service, listing, key, path)
        self.cloud.until(f"no {key} left in {self.place.name}", lambda: not self._rows(service, listing, key))

    def _routers(self) -> None:
        for router in self._rows("network", f"/routers?{self.mine}", "routers"):
            for port in self._rows("network", f"/ports?device_id={router['id']}", "ports"):
                if port["device_owner"] == "network:router_interface":
                    body = {"port_id": port["id"]}
                    self.admin.network.put(f"/routers/{router['id']}/remove_router_interface", body)
            self.admin.network.delete(f"/routers/{router['id']}")


def encoded(text: str) -> str:
    """User data as nova wants it."""
    return base64.b64encode(text.encode()).decode()
