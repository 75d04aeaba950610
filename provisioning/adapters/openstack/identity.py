"""keystone: cloud projects, service users, roles and application credentials."""

from collections.abc import Sequence
from typing import Any

from provisioning.adapters.openstack.session import Api, Scope, Wire
from provisioning.errors import Broken, Failure, Gone

Row = dict[str, Any]


class Identity(Api):
    service = "identity"

    def __init__(self, wire: Wire, domain: str) -> None:
        super().__init__(wire)
        self._domain = domain
        self._domain_id = ""
        self._roles: dict[str, str] = {}

    @property
    def domain_id(self) -> str:
        """The domain of our cloud projects and service users, found once by its id or name. Raises Broken."""
        if not self._domain_id:
            found = self.listed("/domains", "domains", name=self._domain)
            if found:
                self._domain_id = found[0]["id"]
            else:
                self._domain_id = self._by_id()
        return self._domain_id

    def _by_id(self) -> str:
        try:
            return str(self.get(f"/domains/{self._domain}")["domain"]["id"])
        except Gone as error:
            raise Broken(f"The cloud has no domain {self._domain}.", code=Failure.SET_UP) from error

    def role_id(self, name: str) -> str:
        """A role's id, looked up once. Raises Broken where the cloud has none of that name."""
        if name not in self._roles:
            self._roles.update({row["name"]: row["id"] for row in self.listed("/roles", "roles")})
        if name not in self._roles:
            raise Broken(f"The cloud has no role {name}.", code=Failure.SET_UP)
        return self._roles[name]

    def projects(self) -> list[Row]:
        """All cloud projects of our domain, whoever's."""
        return self.listed("/projects", "projects", domain_id=self.domain_id)

    def users(self) -> list[Row]:
        """All users of our domain, whoever's."""
        return self.listed("/users", "users", domain_id=self.domain_id)

    def find_project(self, name: str) -> Row | None:
        found = self.listed("/projects", "projects", name=name, domain_id=self.domain_id)
        return found[0] if found else None

    def project(self, project_id: str) -> Row:
        return dict(self.get(f"/projects/{project_id}")["project"])

    def create_project(self, name: str, title: str, mark: str) -> Row:
        """Raises Taken where the domain has one of that name."""
        body = {"name": name, "description": title, "domain_id": self.domain_id, "enabled": True, "tags": [mark]}
        return dict(self.post("/projects", {"project": body})["project"])

    def change_project(self, project_id: str, **changes: Any) -> None:
        self.patch(f"/projects/{project_id}", {"project": changes})

    def delete_project(self, project_id: str) -> None:
        self.delete(f"/projects/{project_id}")

    def find_user(self, name: str) -> Row | None:
        found = self.listed("/users", "users", name=name, domain_id=self.domain_id)
        return found[0] if found else None

    def user(self, user_id: str) -> Row:
        return dict(self.get(f"/users/{user_id}")["user"])

    def create_user(self, name: str, password: str, mark: str) -> Row:
        """Raises Taken where the domain has one of that name."""
        body = {"name": name, "description": mark, "domain_id": self.domain_id, "enabled": True, "password": password}
        return dict(self.post("/users", {"user": body})["user"])

    def delete_user(self, user_id: str) -> None:
        self.delete(f"/users/{user_id}")

    def grant(self, project_id: str, user_id: str, role: str) -> None:
        """Idempotent."""
        self.put(self._pair(project_id, user_id, role))

    def revoke(self, project_id: str, user_id: str, role: str) -> None:
        """Raises Gone where project, user or pair is not there."""
        self.delete(self._pair(project_id, user_id, role))

    def granted(self, project_id: str, user_id: str, role: str) -> None:
        """Raises Gone where the user has not that role."""
        self.wire.call(self.service, "HEAD", self._pair(project_id, user_id, role))

    def _pair(self, project_id: str, user_id: str, role: str) -> str:
        return f"/projects/{project_id}/users/{user_id}/roles/{self.role_id(role)}"

    def find_credential(self, user_id: str, name: str) -> Row | None:
        path = f"/users/{user_id}/application_credentials"
        found = self.listed(path, "application_credentials", name=name)
        return found[0] if found else None

    def credential(self, user_id: str, credential_id: str) -> Row:
        return dict(self.get(f"/users/{user_id}/application_credentials/{credential_id}")["application_credential"])

    def create_credential(
        self, scope: Scope, name: str, *, secret: str, mark: str, roles: Sequence[str], expires_at: str
    ) -> Row:
        """Made by its own user for itself; restricted, so that it makes no others. Raises Taken."""
        body = {
            "name": name,
            "description": mark,
            "secret": secret,
            "roles": [{"name": role} for role in roles],
            "expires_at": expires_at,
            "unrestricted": False,
        }
        path = f"/users/{scope.user_id}/application_credentials"
        return dict(self.post(path, {"application_credential": body}, scope)["application_credential"])

    def delete_credential(self, user_id: str, credential_id: str) -> None:
        self.delete(f"/users/{user_id}/application_credentials/{credential_id}")
