"""A cloud as its administrator sees it, without any code of the app: plain HTTP through keystoneauth."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keystoneauth1.adapter import Adapter
from keystoneauth1.session import Session
from openstack.config import OpenStackConfig

Row = dict[str, Any]
ALL = {"all_tenants": 1}


class Admin:
    """What stands in the whole cloud."""

    def __init__(self, session: Session, region: str) -> None:
        self.compute = Adapter(session, service_type="compute", region_name=region)
        self.volume = Adapter(session, service_type="volumev3", region_name=region)
        root = str(session.auth.auth_url).rstrip("/").removesuffix("/v3")
        self.identity = Adapter(session, service_type="identity", endpoint_override=f"{root}/v3")

    def servers(self) -> list[Row]:
        return list(self.compute.get("/servers/detail", params=ALL).json()["servers"])

    def volumes(self) -> list[Row]:
        return list(self.volume.get("/volumes/detail", params=ALL).json()["volumes"])

    def projects(self) -> set[str]:
        return {row["id"] for row in self.identity.get("/projects").json()["projects"]}

    def standing(self) -> dict[str, set[str]]:
        """The ids of the servers, volumes and cloud projects that there are."""
        found = {"servers": self.servers(), "volumes": self.volumes()}
        return {kind: {row["id"] for row in rows} for kind, rows in found.items()} | {"projects": self.projects()}


@contextmanager
def admin(clouds_yaml: Path, name: str = "simulated") -> Iterator[Admin]:
    """Signed in with what the clouds.yaml says of this cloud."""
    region = OpenStackConfig(config_files=[str(clouds_yaml)], load_envvars=False).get_one(name)
    session = region.get_session()
    try:
        yield Admin(session, region.region_name)
    finally:
        session.session.close()
