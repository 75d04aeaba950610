"""A CI folder in Jenkins: made with our mark and its permissions in one call, open to the project's people alone."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final, cast

from django.conf import settings

from provisioning.adapters.jenkins import Controller, listing, open_controller
from provisioning.adapters.jenkins.rows import Item
from provisioning.errors import Gone
from provisioning.outcomes import Missing, Outcome, Pending, Ready
from provisioning.ports import Position
from provisioning.sids import is_person
from provisioning.spec import FolderWant
from provisioning.steps.base import Kind, id_of, joined

# What people may do on agents that all projects share: who could configure a job could send it to any agent.
BUILDERS: Final = ("Item.Build", "Item.Cancel", "Item.Read", "Item.Workspace")
AT_ONCE: Final = 20  # builds of one job that may run beside each other
# The portal's own lines: a folder that inherits nothing would shut it out.
OURS: Final = ("Item.Build", "Item.Cancel", "Item.Configure", "Item.Create", "Item.Delete", "Item.Read")


class Folder(Kind):
    """Called like the whole tag, so that no name is used twice; people see the project's name."""

    def ensure(self, cloud: object, it: Position) -> Ready | Missing:  # noqa: ARG002
        want, jenkins = cast("FolderWant", it.want), open_controller()
        name, mark, lines = name_of(it), str(it.tag), lines_for(want.logins)
        found = jenkins.folders.find(name, mark) if it.called or it.external_id else None
        if found is None and it.external_id:
            return Missing("The CI folder is no longer there.")
        if found is None:
            jenkins.folders.create(name, about=want.title, mark=mark, lines=lines)
        else:
            jenkins.folders.permit(name, mark, lines)
        return Ready(id=name, facts={"logins": list(want.logins), "mark": mark})

    def undo(self, cloud: object, it: Position) -> Ready | Pending:  # noqa: ARG002
        """With all jobs and builds in it, ours and what others made there."""
        gone = open_controller().folders.remove(name_of(it), str(it.tag))
        return Ready() if gone else Pending(2, "The CI folder is being deleted.", id=name_of(it))

    def read(self, cloud: object, it: Position) -> Item:  # noqa: ARG002
        found = open_controller().folders.find(name_of(it), str(it.tag))
        if found is None:
            raise Gone("The CI folder is not in Jenkins.", system="jenkins")
        return found

    def check(self, cloud: object, it: Position) -> Outcome | None:
        """Somebody may have opened it to others by hand. At rest its lines are the suspension's."""
        try:
            found = self.read(cloud, it)
        except Gone:
            return Missing("The CI folder is no longer there.")
        if "suspension" in it.facts or _is_open_to(found, cast("FolderWant", it.want).logins):
            return None
        return Pending(1, "Somebody changed who may build there; it is set right again.")


class FolderAtRest(Kind):
    """Closed to its people, as a cloud project at rest is, and nothing runs in it; what was built stays."""

    def ensure(self, cloud: object, it: Position) -> Ready | Pending:  # noqa: ARG002
        _permit(it, ())
        if running := _stopped(open_controller(), folder_of(it)):
            return Pending(3, f"Waits for builds to end: {joined(running)}.")
        return Ready(id=folder_of(it))

    def undo(self, cloud: object, it: Position) -> Ready:  # noqa: ARG002
        if it.called or it.external_id:
            with suppress(Gone):  # told by the folder's own step
                _permit(it, _logins(it))
        return Ready()

    def read(self, cloud: object, it: Position) -> Item | None:  # noqa: ARG002
        return open_controller().folders.find(folder_of(it), _mark_of_folder(it))

    def check(self, cloud: object, it: Position) -> Outcome | None:
        found = self.read(cloud, it)
        if found is None or _is_open_to(found, ()):
            return None
        return Pending(1, "Somebody opened the CI folder again; it is put to rest.")


def _stopped(jenkins: Controller, folder: str) -> list[str]:
    """Take from the queue what waits there, have stopped what runs; answers what still does."""
    for waiting in listing.queue(jenkins.client):
        if waiting.job.startswith(f"{folder}/"):
            jenkins.builds.cancel(waiting.id)
    shown = listing.jobs(jenkins.client, AT_ONCE, folder)
    running = [(job.name, build.number) for job in shown for build in job.builds if build.building]
    for job, number in running:
        with suppress(Gone):  # it has ended meanwhile
            jenkins.builds.stop(job, number)
    return [f"{job.rpartition('/')[2]} {number}" for job, number in running]


def _permit(it: Position, logins: Iterable[str]) -> None:
    open_controller().folders.permit(folder_of(it), _mark_of_folder(it), lines_for(logins))


def _is_open_to(folder: Item, logins: Iterable[str]) -> bool:
    """Exactly to them."""
    return not folder.inherits and folder.lines == lines_for(logins)


def _logins(it: Position) -> tuple[str, ...]:
    return tuple(it.facts["folder"].get("logins", ()))


def _mark_of_folder(it: Position) -> str:
    return str(it.facts["folder"].get("mark"))


def lines_for(logins: Iterable[str]) -> frozenset[str]:
    """The lines of Jenkins's matrix that let these people build, and the portal do its work."""
    theirs = {f"USER:hudson.model.{one}:{login}" for login in filter(is_person, logins) for one in BUILDERS}
    return frozenset(theirs | {f"USER:hudson.model.{one}:{settings.JENKINS_USER}" for one in OURS})


def name_of(it: Position) -> str:
    return it.external_id or it.tag.name


def folder_of(it: Position) -> str:
    """The full name of the folder that holds a job."""
    return id_of(it, "folder")
