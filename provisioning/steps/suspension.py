"""The allocation at rest: all servers of the cloud project stopped, then the project disabled."""

from provisioning.adapters.openstack import OpenStackCloud, rows
from provisioning.errors import Gone
from provisioning.outcomes import Missing, Pending, Ready
from provisioning.ports import Position
from provisioning.steps.base import Kind, joined, project_of

RUNS = frozenset({"ACTIVE", "BUILD", "REBOOT", "HARD_REBOOT", "REBUILD", "RESIZE", "MIGRATING"})


class Suspension(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending | Missing:
        running = [s for s in map(rows.server, cloud.compute.servers_of(project_of(it))) if s.status in RUNS]
        for server in running:
            if server.status == "ACTIVE" and not server.task_state:
                cloud.compute.act(server.id, "os-stop")
        if running:
            return Pending(3, f"Waits for servers to stop: {joined([s.name for s in running])}.")
        cloud.identity.change_project(project_of(it), enabled=False)
        return Ready(id=project_of(it))

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready:
        """The project enabled again. Its servers stay off: on or off is the members'."""
        if it.called or it.external_id:
            try:
                cloud.identity.change_project(project_of(it), enabled=True)
            except Gone:
                return Ready()
        return Ready()

    def read(self, cloud: OpenStackCloud, it: Position) -> object:
        return cloud.identity.project(project_of(it))
