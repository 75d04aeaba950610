"""Which projects have servers on images whose end is near or past: looked for now and then, told by projects."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from projects.models import Image, Project
from projects.models.catalog import SOON
from projects.services.images import tell_image_end
from projects.states import Desired
from provisioning.models import Sighting, Step


def tell_endings(*, now: datetime) -> None:
    """Have everybody told who is to be told by `now` and was not yet, of the portal's servers and of members' own."""
    today = now.date()
    ends = Image.objects.filter(end_of_life__lte=today + SOON).select_related("cloud")
    ending = {(image.cloud.name, image.external_id): image for image in ends}
    servers = _servers_on(image_id for _, image_id in ending)
    projects = _projects_of(server.project_id for server in servers)
    names = _names_of(server.external_id for server in servers)
    found: dict[tuple[Project, Image], list[str]] = defaultdict(list)
    for server in servers:
        image, project = ending.get((server.cloud, server.row["image_id"])), projects.get(server.project_id)
        if image and project:
            found[project, image].append(names.get(server.external_id, server.name))
    for (project, image), called in found.items():
        tell_image_end(project=project, image=image, servers=called, today=today)


def _servers_on(images: Iterable[str]) -> list[Sighting]:
    rows = Sighting.objects.filter(kind="server", gone_at=None, row__image_id__in=list(images))
    return list(rows.only("cloud", "external_id", "project_id", "name", "row"))


def _projects_of(cloud_projects: Iterable[str]) -> dict[str, Project]:
    """The project that each cloud project was made for; none of one that is not ours, suspended or about to end."""
    lent = Step.objects.filter(kind="project", plan__allocation__desired=Desired.PRESENT)
    made = lent.filter(external_id__in=set(cloud_projects))
    return {step.external_id: step.plan.allocation.project for step in made.select_related("plan__allocation__project")}


def _names_of(servers: Iterable[str]) -> dict[str, str]:
    """What the pages call the servers that the portal made."""
    made = Step.objects.filter(kind="server", external_id__in=list(servers)).values_list("external_id", "key")
    return {external_id: key.partition(":")[2] for external_id, key in made}
