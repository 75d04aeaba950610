"""Projects: made by their first approval, with the requester as owner."""

from django.db import IntegrityError
from django.utils.text import slugify

from projects.errors import NameTaken
from projects.history import PERSON
from projects.models import AccessRequest, Member, Project, User
from projects.services.events import record_event
from projects.states import MemberRole


def make_project(request: AccessRequest, *, by: User) -> Project:
    """The project of an approved request. Raises NameTaken where another one got the name meanwhile."""
    try:
        project = Project.objects.create(
            name=request.name,
            slug=free_slug(request.name),
            web_page=request.web_page,
            repository_url=request.repository_url,
            licence=request.licence,
            mission=request.mission,
        )
    except IntegrityError as error:
        raise NameTaken(field="name") from error
    requester = request.requester
    if requester is not None:
        Member.objects.create(
            project=project,
            github_login=requester.github_login or requester.username,
            github_id=requester.github_id,
            role=MemberRole.OWNER,
            added_by=by,
        )
    record_event(
        verb="project.made",
        actor=by,
        project=project,
        target=f"project {project.pk}",
        text=f"{project} was taken in; {PERSON} owns it",
        facts={"github_id": requester.github_id if requester else None},
    )
    return project


def free_slug(name: str) -> str:
    """An address for a name that no project has yet."""
    base = slugify(name)[:80] or "project"
    taken = set(Project.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    slug = base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
