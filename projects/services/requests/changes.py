"""A change of what a project holds: asked for like anything else, decided at the desk like anything else."""

from django.db import transaction

from projects.admission import check_of_gpus
from projects.errors import AlreadyOpen, IllegalMove, Invalid
from projects.grants import Grant
from projects.models import AccessRequest, Allocation, Member, Part, User
from projects.policies import Mark, allowed, require
from projects.services.requests.content import content_hash
from projects.services.requests.moves import locked
from projects.services.requests.parts import Offer, check_grant
from projects.services.requests.submission import send
from projects.states import OPEN_REQUESTS, Desired, MemberRole
from projects.text import clean_text


@transaction.atomic
def request_change(*, allocation: Allocation, by: User, grant: Grant, note: str) -> AccessRequest:
    """Ask the desk for another grant of a standing allocation; owners and maintainers may.

    The same change asked for twice is one request. It lets nobody in: who belongs to a project is for its owners to
    say. Raises NotAllowed, IllegalMove, Invalid, AlreadyOpen.
    """
    grant = grant.lasting
    User.objects.select_for_update().get(pk=by.pk)
    # two keepers who ask at once wait here, so that the second is told of the first's
    Allocation.objects.select_for_update().get(pk=allocation.pk)
    held = Allocation.objects.select_related("project", "cloud", "generation", "part__request").get(pk=allocation.pk)
    member = Member.objects.filter(project=held.project, github_id=by.github_id or -1).first()
    require(allowed(by, MemberRole(member.role) if member else None, "request_change"))
    if held.desired != Desired.PRESENT:
        raise IllegalMove("This is being given back; renew it first.")
    if grant == Grant.from_json(held.grant):
        raise Invalid("This is what you have; change something.", field="grant")
    check_grant(held.kind, grant, Offer(held.cloud, held.generation), held=Grant.from_json(held.grant))
    fresh = locked(_draft(held, by, clean_text(note, field="note", longest=3000), grant))
    if (gpus := check_of_gpus(fresh)) and gpus.mark is Mark.BAD:
        raise Invalid(gpus.words, field="grant")
    fresh.content_hash = content_hash(fresh)
    earlier = AccessRequest.objects.filter(allocation=held, state__in=OPEN_REQUESTS).first()
    if earlier is None and not _other_open(fresh):
        return send(fresh, by, fresh.rules_version)
    if earlier is not None and earlier.requester_id == by.pk and earlier.content_hash == fresh.content_hash:
        fresh.delete()
        return earlier
    raise AlreadyOpen(field="grant")


def _draft(held: Allocation, by: User, note: str, grant: Grant) -> AccessRequest:
    """The request as a draft, carrying over what the lab knows of the project."""
    project = held.project
    first = held.part.request if held.part else None
    request = AccessRequest.objects.create(
        requester=by,
        project=project,
        allocation=held,
        name=project.name,
        web_page=project.web_page,
        repository_url=project.repository_url,
        licence=project.licence,
        mission=project.mission,
        purpose=first.purpose if first else "porting",
        usage=note,
        cuda=first.cuda if first else "",
        rules_version=first.rules_version if first else "",
    )
    asked = grant.as_json()
    Part.objects.create(request=request, kind=held.kind, cloud=held.cloud, generation=held.generation, asked=asked)
    return request


def _other_open(fresh: AccessRequest) -> bool:
    """Whether the same person has an open request of this name; the database allows one."""
    mine = AccessRequest.objects.filter(requester=fresh.requester, name_key=fresh.name_key, state__in=OPEN_REQUESTS)
    return mine.exclude(pk=fresh.pk).exists()
