"""The CI of an allocation as its page shows it: where it is, who may build, which jobs, what labels they need."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urljoin

from django.conf import settings

from projects.models import Allocation, Project
from projects.states import Kind
from provisioning.models import Step
from provisioning.states import StepState


@dataclass(frozen=True, slots=True)
class JobView:
    """One job; `repository` is empty for the starter, `url` where Jenkins does not have it yet."""

    name: str
    repository: str
    url: str


@dataclass(frozen=True, slots=True)
class CiView:
    """A folder with its jobs; `labels` are what an agent must have that builds here."""

    url: str
    logins: tuple[str, ...]
    jobs: tuple[JobView, ...]
    labels: tuple[str, ...]

    @property
    def label(self) -> str:
        """The labels as a Jenkinsfile says them."""
        return " && ".join(self.labels)


def ci_of(allocation: Allocation, steps: Iterable[Step]) -> CiView | None:
    """None where the allocation is no CI, or has no folder any more."""
    mine = {step.key: step for step in steps if step.state != StepState.UNDONE}
    folder = mine.get("folder")
    if allocation.kind != Kind.CI or folder is None:
        return None
    jobs = [step for step in mine.values() if step.kind == "job"]
    return CiView(
        url=address_of(folder),
        logins=tuple(folder.want["logins"]),
        jobs=tuple(JobView(_name(step), step.want["repository_url"], address_of(step)) for step in jobs),
        labels=tuple(jobs[0].want["labels"]) if jobs else (),
    )


def address_of(step: Step) -> str:
    """Where Jenkins shows a folder or a job; empty while it is not ready."""
    return item_url(step.external_id) if step.state == StepState.READY else ""


def item_url(name: str) -> str:
    """Where Jenkins shows the folder or job of that full name."""
    path = "".join(f"job/{quote(part, safe='')}/" for part in name.split("/"))
    return urljoin(settings.JENKINS_URL.rstrip("/") + "/", path)


def projects_of(jobs: Iterable[str]) -> dict[str, Project]:
    """Whose folder each of these jobs is in, by their full names; one query. What is nobody's is left out."""
    folders = {job: job.partition("/")[0] for job in jobs}
    steps = Step.objects.filter(kind="folder", external_id__in=filter(None, set(folders.values())))
    owners = {
        step.external_id: step.plan.allocation.project for step in steps.select_related("plan__allocation__project")
    }
    return {job: owners[folder] for job, folder in folders.items() if folder in owners}


def _name(step: Step) -> str:
    return step.key.partition(":")[2]
