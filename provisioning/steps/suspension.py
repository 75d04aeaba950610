"""The allocation at rest: all servers of the cloud project stopped, then the project disabled; or a folder closed.

A token made before goes on working for minutes, so a member can start servers still: they are stopped again.
"""

from collections.abc import Iterable
from typing import Any, Final

from provisioning.adapters.openstack import Conflict, OpenStackCloud, rows
from provisioning.errors import Gone, Rejected
from provisioning.outcomes import Missing, Outcome, Pending, Ready
from provisioning.ports import Position, SeenServer
from provisioning.steps.base import Kind, joined, project_of
from provisioning.steps.folder import FolderAtRest

# What brings a server nearer to rest, by its state. To confirm a new flavor keeps what was written since; to go back
# would not.
NEXT: Final = {"ACTIVE": "os-stop", "RESCUE": "unrescue", "PAUSED": "unpause", "VERIFY_RESIZE": "confirmResize"}
ON_ITS_WAY: Final = frozenset(
    {"BUILD", "REBOOT", "HARD_REBOOT", "REBUILD", "RESIZE", "REVERT_RESIZE", "MIGRATING", "PASSWORD"}
)


def _awake(servers: Iterable[SeenServer]) -> list[SeenServer]:
    return [server for server in servers if server.status in NEXT or server.status in ON_ITS_WAY]


def _calm(cloud: OpenStackCloud, server: SeenServer) -> Rejected | None:
    """Bring one a step nearer to rest; one that refuses must not keep the others running."""
    if server.status in NEXT and not server.task_state:
        try:
            cloud.compute.act(server.id, NEXT[server.status])
        except (Conflict, Gone):  # the next look tells
            return None
        except Rejected as error:
            return error
    return None


class Suspension(Kind):
    """Of whatever the allocation has."""

    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending | Missing:
        return _rest(it).ensure(cloud, it)

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready:
        return _rest(it).undo(cloud, it)

    def watch(self, it: Position) -> Outcome | None:
        return _rest(it).watch(it)

    def read(self, cloud: OpenStackCloud, it: Position) -> object:
        return _rest(it).read(cloud, it)

    def check(self, cloud: OpenStackCloud, it: Position) -> Outcome | None:
        return _rest(it).check(cloud, it)


class ProjectAtRest(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending | Missing:
        running = _awake(map(rows.server, cloud.compute.servers_of(project_of(it))))
        refused = [error for server in running if (error := _calm(cloud, server))]
        if refused:
            raise refused[0]
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

    def watch(self, it: Position) -> Outcome | None:
        seen = it.seen.servers.values() if it.seen else ()
        running = [s.name for s in _awake(seen) if s.project_id == project_of(it)]
        return Pending(1, f"Started while suspended, so stopped again: {joined(running)}.") if running else None

    def read(self, cloud: OpenStackCloud, it: Position) -> dict[str, Any]:
        return cloud.identity.project(project_of(it))

    def check(self, cloud: OpenStackCloud, it: Position) -> Outcome | None:
        try:
            enabled = self.read(cloud, it).get("enabled")
        except Gone:
            return None  # told by the project's own step
        return Pending(1, "The cloud project was enabled; it is put to rest again.") if enabled else None


def _rest(it: Position) -> "ProjectAtRest | FolderAtRest":
    return FolderAtRest() if "folder" in it.facts else ProjectAtRest()
