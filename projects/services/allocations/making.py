"""How an allocation comes to be, and how its grant changes: only by an approval."""

from datetime import timedelta

from django.utils import timezone

from projects.amounts import Amount
from projects.errors import IllegalMove
from projects.grants import Grant
from projects.models import AccessRequest, Allocation, Part, Project, SshKey, User
from projects.services.events import record_event
from projects.states import Desired, Kind, Phase, Who
from projects.text import account_name


def make_allocation(
    request: AccessRequest, project: Project, part: Part, grant: Grant, amount: Amount, *, by: User
) -> Allocation:
    """The allocation of an approved part, to be built by the engine."""
    now = timezone.now()
    allocation = Allocation.objects.create(
        project=project,
        part=part,
        kind=part.kind,
        cloud=part.cloud,
        generation=part.generation,
        grant=grant.as_json(),
        granted=amount.as_json(),
        people=people_of(request),
        words="Waiting for the engine.",
        starts_at=now,
        ends_at=now + timedelta(days=request.duration_days),
        created_at=now,
        changed_at=now,
    )
    record_event(
        verb="allocation.made",
        actor=by,
        project=project,
        target=f"allocation {allocation.pk}",
        text=f"{Kind(part.kind).words} on {part.generation} granted",
        facts={"grant": allocation.grant, "amount": allocation.granted},
    )
    return allocation


def change_grant(allocation: Allocation, grant: Grant, amount: Amount, *, by: User) -> Allocation:
    """Give a standing allocation another grant, its next revision. Raises IllegalMove where it is being given back."""
    fresh = Allocation.objects.select_for_update().get(pk=allocation.pk)
    if fresh.desired != Desired.PRESENT:
        raise IllegalMove("This is being given back; renew it before its grant is changed.")
    before = fresh.granted
    fresh.grant, fresh.granted = grant.as_json(), amount.as_json()
    fresh.revision += 1
    fresh.phase, fresh.who, fresh.words = Phase.CHANGING, Who.NOBODY, "Waiting for the engine."
    fresh.changed_at = timezone.now()
    fresh.save(update_fields=["grant", "granted", "revision", "phase", "who", "words", "changed_at"])
    record_event(
        verb="allocation.changed",
        actor=by,
        project=fresh.project,
        target=f"allocation {fresh.pk}",
        text=f"{Kind(fresh.kind).words} on {fresh.generation}: revision {fresh.revision}",
        facts={"before": before, "amount": fresh.granted, "grant": fresh.grant},
    )
    return fresh


def people_of(request: AccessRequest) -> list[dict[str, object]]:
    """Who gets an account on the servers: the requester, with the keys on the request and those of the account."""
    requester = request.requester
    if requester is None:
        return []
    own = (f"{key.public_key} {key.comment}".rstrip() for key in SshKey.objects.filter(user=requester).order_by("pk"))
    lines = {" ".join(line.split()[:2]): line for line in (*request.ssh_keys, *own)}
    login = account_name(requester.github_login or requester.username)
    return [{"login": login, "github_id": requester.github_id, "keys": list(lines.values())}]
