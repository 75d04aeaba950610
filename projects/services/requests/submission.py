"""Sending a request: once, with everything in it, never waiting for anybody else's machine."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from projects.errors import AlreadyOpen, Invalid, NameTaken, NotAllowed
from projects.grants import Grant
from projects.models import AccessRequest, Lookup, Part, Project, User
from projects.models.people import NOBODY
from projects.review import keeps, named_repository, repository_lookup
from projects.services.lookups import ask_repository
from projects.services.requests.content import content_hash, fill_licence, missing
from projects.services.requests.moves import locked, move, tell_desk, tell_requester
from projects.services.tickets import open_ticket
from projects.states import OPEN_REQUESTS, Desired, LookupKind, MemberRole, RequestState


@transaction.atomic
def submit_request(*, request: AccessRequest, by: User, rules_version: str) -> AccessRequest:
    """Send a draft to the desk and answer the request that stands: the same content twice is the same request.

    Raises Invalid (`details["problems"]`: a sentence by field), AlreadyOpen, NameTaken, NotAllowed, IllegalMove.
    """
    # whoever sends twice at once waits here, so the second finds what the first made
    User.objects.select_for_update().get(pk=by.pk)
    fresh = locked(request)
    if fresh.requester_id not in {None, by.pk}:
        raise NotAllowed("This is somebody else's draft.")
    fresh.requester = by
    if fresh.status in OPEN_REQUESTS:
        return fresh
    fill_licence(fresh)
    _require_complete(fresh, rules_version)
    fresh.content_hash = content_hash(fresh)
    if twin := _open_of(fresh).filter(content_hash=fresh.content_hash).first():
        fresh.delete()
        return twin
    require_free_name(fresh)
    return send(fresh, by, rules_version)


def send(fresh: AccessRequest, by: User, rules_version: str) -> AccessRequest:
    """Move a locked and checked draft to the desk: decision, ticket, mails, lookups."""
    fresh.rules_version = rules_version
    fresh.submitted_at = timezone.now()
    fresh.draft_key = ""
    decision = move(fresh, RequestState.SUBMITTED, by=by, facts={"rules_version": rules_version})
    open_ticket(
        key=f"request:{fresh.pk}",
        title=f"Request for {fresh.name}",
        text=fresh.usage or fresh.notes or "A new request.",
        request=fresh,
        project=fresh.project,
        by=by,
    )
    full_name, _ = repository_lookup(fresh)
    if full_name:
        ask_repository(full_name)
    what = "change" if fresh.allocation_id else "request"
    tell_desk(fresh, decision, f"new {what}", f"A new {what} waits at the desk.")
    tell_requester(fresh, decision, f"your {what} arrived", f"The lab has your {what} and will answer here.")
    return fresh


def ask_again(*, now: datetime) -> int:
    """Ask anew about the repositories of open requests where GitHub's answer no longer counts; answers how many."""
    urls = AccessRequest.objects.open().values_list("repository_url", flat=True)
    names = {name.lower() for url in urls if (name := named_repository(url))}
    stale = Lookup.objects.stale(now).filter(kind=LookupKind.REPOSITORY, key__in=names)
    return len([ask_repository(row.key) for row in stale])


def _require_complete(fresh: AccessRequest, rules_version: str) -> None:
    problems = missing(fresh)
    if not rules_version:
        problems["rules"] = "Accept the rules of use."
    if problems:
        field, sentence = next(iter(problems.items()))
        raise Invalid(sentence, field=field, problems=problems)


def _open_of(fresh: AccessRequest) -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(requester=fresh.requester, state__in=OPEN_REQUESTS).exclude(pk=fresh.pk)


def require_free_name(fresh: AccessRequest) -> None:
    """Raise AlreadyOpen for a second open request of the name, NameTaken where the project is somebody else's.

    The request's project is the requester's own one of that name, or none yet.
    """
    fresh.project = None
    fresh.save()  # brings the key of the name up to date
    if earlier := _open_of(fresh).filter(name_key=fresh.name_key).first():
        raise AlreadyOpen(field="name", request_id=earlier.pk)
    project = Project.objects.filter(name_key=fresh.name_key).first()
    if project is None:
        return
    if not keeps(fresh.requester, project):
        raise NameTaken(field="name")
    require_other_parts(project, fresh.parts.select_related("generation"))
    _require_owner_to_add(fresh, project)
    fresh.project = project


def _require_owner_to_add(fresh: AccessRequest, project: Project) -> None:
    """Raise Invalid where somebody who may not add people to a project names some who shall build there."""
    adds = any(ci.logins for part in fresh.parts.all() if (ci := Grant.from_json(part.asked).ci))
    number = (fresh.requester.github_id if fresh.requester else None) or NOBODY
    if adds and not project.members.filter(github_id=number, role=MemberRole.OWNER).exists():
        words = f"Only an owner of {project} adds people to it: leave out the logins of others who build."
        raise Invalid(words, field="parts")


def require_other_parts(project: Project, parts: Iterable[Part]) -> None:
    """Raise NameTaken for the first part that the project has already: more of it is a change."""
    live = project.allocations.exclude(desired=Desired.ABSENT)
    standing = set(live.values_list("kind", "cloud_id", "generation_id"))
    for number, part in enumerate(parts):
        if (part.kind, part.cloud_id, part.generation_id) in standing:
            raise NameTaken(
                f"{project} has this on {part.generation} already; ask for a change of it on the project's page.",
                field=f"parts.{number}",
            )
