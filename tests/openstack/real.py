"""What the journeys on a real OpenStack start, and how that cloud looks to its administrator."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from openstack.config import OpenStackConfig
from openstack.connection import Connection

from provisioning.models import Step
from tests.processes import Child, beat, worker


class RealLab:
    """Processes of the portal, and the cloud seen through openstacksdk."""

    def __init__(self, env: dict[str, str], cloud: str, home: Path, stack: ExitStack) -> None:
        self.env, self.home, self.stack, self.started = env, home, stack, 0
        stack.enter_context(beat(env, home / "beat.log"))
        region = OpenStackConfig(config_files=[env["OS_CLIENT_CONFIG_FILE"]], load_envvars=False).get_one(cloud)
        self.admin = stack.enter_context(Connection(config=region))
        self.projects_before = self.projects()
        self.users_before = self.users()

    def start_worker(self) -> Child:
        self.started += 1
        return self.stack.enter_context(worker(self.env, self.home / f"worker-{self.started}.log"))

    def projects(self) -> set[str]:
        return {project.id for project in self.admin.identity.projects()}

    def users(self) -> set[str]:
        return {user.id for user in self.admin.identity.users()}

    def servers(self, project_id: str) -> list[Any]:
        return list(self.admin.compute.servers(all_projects=True, project_id=project_id))

    def volumes(self, project_id: str) -> list[Any]:
        return list(self.admin.block_storage.volumes(all_projects=True, project_id=project_id))

    def groups(self, project_id: str) -> list[str]:
        return [group.name for group in self.admin.network.security_groups(project_id=project_id)]

    def project_id(self) -> str:
        """The cloud project of the one allocation, as the engine knows it; empty before there is one."""
        return Step.objects.filter(kind="project").values_list("external_id", flat=True).first() or ""

    def assert_nothing_left(self, project_id: str) -> None:
        assert self.servers(project_id) == []
        assert self.volumes(project_id) == []
        assert self.groups(project_id) in ([], ["default"])
        assert self.projects() == self.projects_before
        assert self.users() == self.users_before
