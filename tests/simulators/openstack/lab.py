"""A simulated cloud in this very process, and hands to use it with."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import openstack
import pytest
import requests
from openstack.connection import Connection

from simulators.common.clock import Clock
from simulators.openstack.cloud import Cloud

Row = dict[str, Any]
# the SDK warns of its own coming removals, within its own calls
by_the_sdk = [
    pytest.mark.filterwarnings(f"ignore::openstack.warnings.RemovedInSDK{version}Warning") for version in (50, 60)
]


class Still(Clock):
    """Time that passes only when it is moved, however long a call takes here."""

    def __init__(self, began: float) -> None:
        super().__init__()
        self.began = began

    def now(self) -> float:
        return self.began + self.offset


class Lab:
    """The cloud, its address, sign-ins to it, and its control endpoints."""

    def __init__(self, cloud: Cloud, url: str, cleanup: ExitStack) -> None:
        self.cloud, self.url, self.cleanup = cloud, url, cleanup
        self.http = cleanup.enter_context(requests.Session())
        self.admin = self.sign_in(username="portal", password=cloud.password, project_name="portal")

    def sign_in(self, auth_type: str = "password", **auth: Any) -> Connection:
        """A connection of openstacksdk, closed at the end of the test."""
        if auth_type == "password":
            auth |= {"user_domain_name": "Default", "project_domain_name": "Default"}
        auth["auth_url"] = f"{self.url}/identity/v3"
        connection = openstack.connect(
            load_yaml_config=False,
            load_envvars=False,
            auth_type=auth_type,
            auth=auth,
            region_name="RegionOne",
            volume_api_version="3",
        )
        self.cleanup.callback(connection.close)
        self.cleanup.callback(connection.session.session.close)
        return connection

    @contextmanager
    def visitors(self) -> Iterator[None]:
        """Who signs in meanwhile is gone at the end."""
        before = self.cleanup
        with ExitStack() as self.cleanup:
            yield
        self.cleanup = before

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A call under /_sim/."""
        answer = self.http.request(method, f"{self.url}/_sim/{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def move(self, seconds: float) -> None:
        """Let simulated seconds pass."""
        self.control("POST", "time", {"seconds": seconds})

    def project(self, name: str = "demo") -> tuple[Row, Connection]:
        """A project with a member of the same name, and the member's sign-in."""
        keystone = self.admin.identity
        project = keystone.create_project(name=name, domain_id="default")
        user = keystone.create_user(name=name, password="secret", domain_id="default", default_project_id=project.id)
        keystone.assign_project_role_to_user(project, user, keystone.find_role("member"))
        for flavor in ("p8.small", "p8.xlarge", "p9.small", "gpu.p100"):
            self.admin.compute.flavor_add_tenant_access(self.flavor(flavor), project.id)
        return project, self.sign_in(username=name, password="secret", project_id=project.id)

    def flavor(self, name: str) -> str:
        """The id of a flavor."""
        return str(self.cloud.world.flavors.one(name=name)["id"])

    def image(self, name: str = "debian-12-ppc64le") -> str:
        """The id of an image."""
        return str(self.cloud.world.images.one(name=name)["id"])

    def boot(self, person: Connection, flavor: str = "p8.small", image: str = "debian-12-ppc64le", **more: Any) -> Any:
        """A server that is ordered, with no network unless asked for."""
        wanted = {"name": "one", "networks": "none"} | more
        return person.compute.create_server(flavor_id=self.flavor(flavor), image_id=self.image(image), **wanted)
