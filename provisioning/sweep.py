"""What is ours and owned by no row: shown with its evidence, taken back by policy after a grace time.

Ours is what carries our tag, and the ports that servers have left behind in our cloud projects.
A thing is noted as a stray when a sweep meets it, and counts as a leak from the second time on. It is taken back by a
step of the plan that it names, on the same path as all other steps; a twin that is in use is left to a person.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from projects.errors import Invalid
from projects.models import User
from projects.policies import require
from projects.services.events import record_event
from projects.services.tickets import open_ticket
from provisioning.engine.site import NotThisDeployment, deployment
from provisioning.identities import KINDS as IDENTITY
from provisioning.models import Plan, Sighting, Step, Watch
from provisioning.spec import Tag
from provisioning.states import StepState
from provisioning.wake import wake

log = structlog.get_logger(__name__)
REMEMBERED = timedelta(days=30)  # what is gone from the cloud
UNDONE_AS = {"project": "orphan"}  # the kind of step that takes a stray back, where it is not the stray's own
IN_METADATA = ("portico", "portico_allocation", "portico_step", "portico_incarnation")


@dataclass(frozen=True, slots=True)
class Stray:
    """Something of ours without an owner: what it is, why nobody owns it, and the step that made it, if known."""

    sighting: Sighting
    tag: Tag
    why: str
    made_by: Step | None
    in_use: bool

    @property
    def key(self) -> str:
        """The step that takes it back."""
        return f"stray:{self.sighting.kind}:{self.sighting.external_id}"[:80]


@dataclass(frozen=True, slots=True)
class Report:
    """What a sweep of one cloud found, and how much of it is being taken back."""

    strays: tuple[Stray, ...]
    reclaimed: int = 0


def sweep(cloud: str, *, reclaim: bool = False, now: datetime | None = None) -> Report:
    """Note the strays of a cloud; with `reclaim` also take back the leaks whose grace time is over.

    Reads what was seen last, and calls nothing. Raises NotThisDeployment.
    """
    now = now or timezone.now()
    Sighting.objects.filter(cloud=cloud, gone_at__lt=now - REMEMBERED).delete()
    found = tuple(strays(cloud))
    _note(cloud, found, now)
    due = [stray for stray in found if reclaim and _is_due(stray, now)]
    return Report(found, sum(_reclaim(stray) for stray in due))


@transaction.atomic
def take_back(*, sighting: Sighting, by: User) -> None:
    """Have the engine take a leak back now, whatever its grace time, on the word of staff.

    Raises NotAllowed for others, Invalid where it is no leak (any more) or a person must see to it in the cloud itself.
    """
    require(by.is_staff, "Only staff may take a leak back.")
    stray = to_take_back(sighting)
    record_event(
        verb="leak.taken_back",
        actor=by,
        target=f"{sighting.kind} {sighting.external_id}",
        text=f"A {sighting.thing} on {sighting.cloud} that belonged to nobody is taken back",
        facts={"why": stray.why},
    )
    _reclaim(stray)
    transaction.on_commit(partial(wake, sighting.cloud), robust=True)


def to_take_back(sighting: Sighting) -> Stray:
    """A leak as the engine can take it back. Raises Invalid, saying why, where it cannot (any more)."""
    try:
        stray = next(strays(sighting.cloud, Sighting.objects.filter(pk=sighting.pk)), None)
    except NotThisDeployment as error:
        raise Invalid(str(error)) from error
    if stray is None or not stray.sighting.leak:
        raise Invalid("It is gone or being taken back, has found its owner, or was seen only once so far.")
    if stray.in_use:
        raise Invalid("It is in use: look at it in the cloud itself.")
    if stray.made_by is None:
        raise Invalid("Nothing says how to take it back: look at it in the cloud itself.")
    return stray


def strays(cloud: str, among: QuerySet[Sighting] | None = None) -> Iterator[Stray]:
    """What is ours and owned by no row, of all that the cloud shows or of some. Raises NotThisDeployment.

    What is being taken back, or was, is no stray any more: its step tells how that went.
    """
    ours, full_at = deployment(), Watch.objects.filter(cloud=cloud).values_list("full_at", flat=True).first()
    shown = (Sighting.objects.all() if among is None else among).filter(cloud=cloud, gone_at=None).order_by("id")
    begun = set(Step.objects.filter(plan__cloud=cloud, key__startswith="stray:").values_list("key", flat=True))
    left = _left_ports(cloud, shown, ours, full_at) if full_at else ()
    yield from (stray for stray in chain(_tagged(cloud, shown, ours, full_at), left) if stray.key not in begun)


def _tagged(cloud: str, shown: QuerySet[Sighting], ours: UUID, full_at: datetime | None) -> Iterator[Stray]:
    """What carries a tag that no step has."""
    seen = list(
        shown.filter(Q(row__metadata__portico=ours.hex) | Q(row__description__startswith=f"portico/{ours.hex}/"))
    )
    steps = _steps(cloud, {tag.allocation for sighting in seen if (tag := tag_of(sighting.row))})
    owned = {step.external_id for step in steps.values() if step.external_id}
    homes = _homes(cloud)
    for sighting in seen:
        tag = tag_of(sighting.row)
        if tag is None or sighting.external_id in owned:
            continue
        if homes.get(sighting.project_id, tag.allocation) != tag.allocation:
            continue  # in the cloud project of another: a member copied our words, and it goes with that project
        step = steps.get((tag.allocation, tag.step))
        shown_at = sighting.seen_at if sighting.kind in IDENTITY else full_at
        if step and step.ended_at and not (shown_at and shown_at > step.ended_at):
            continue  # only a full listing tells that something is still there that was taken back
        if why := _why(step, tag):
            yield Stray(sighting, tag, why, step, _in_use(sighting))


def _left_ports(cloud: str, shown: QuerySet[Sighting], ours: UUID, full_at: datetime) -> Iterator[Stray]:
    """Ports in our cloud projects whose server was gone before the last full listing: nova failed to delete them."""
    made = Step.objects.filter(kind="project", plan__cloud=cloud).exclude(external_id="").select_related("plan")
    homes = {step.external_id: step for step in made}
    not_gone = Q(gone_at=None) | Q(gone_at__gte=full_at)
    server = Sighting.objects.filter(not_gone, cloud=cloud, kind="server", external_id=OuterRef("device"))
    ports = shown.filter(kind="port", project_id__in=homes, row__device_owner__startswith="compute:")
    for port in ports.annotate(device=KeyTextTransform("device_id", "row")).exclude(Exists(server)):
        home = homes[port.project_id]
        tag = Tag(ours, home.plan.allocation_id, home.key, home.incarnation)
        yield Stray(port, tag, f"its server {port.row['device_id']} is gone", home, _in_use(port))


def tag_of(row: Mapping[str, Any]) -> Tag | None:
    """The tag that a row of a listing carries, in its metadata or its description."""
    metadata = row.get("metadata") or {}
    parts = [
        metadata.get(name, "") for name in ("portico", "portico_allocation", "portico_step", "portico_incarnation")
    ]
    if not parts[0]:
        parts = str(row.get("description", "")).removeprefix("portico/").split("/")
    try:
        return Tag(UUID(parts[0]), UUID(parts[1]), parts[2], int(parts[3]))
    except (ValueError, IndexError):
        return None


def _steps(cloud: str, allocations: set[UUID]) -> dict[tuple[UUID, str], Step]:
    rows = Step.objects.filter(plan__cloud=cloud, plan__allocation__in=allocations).select_related("plan")
    return {(step.plan.allocation_id, step.key): step for step in rows}


def _homes(cloud: str) -> dict[str, UUID]:
    """Whose the cloud projects are that stand."""
    made = Step.objects.filter(kind="project", plan__cloud=cloud).exclude(external_id="")
    return dict(made.values_list("external_id", "plan__allocation_id"))


def _why(step: Step | None, tag: Tag) -> str:
    """Why no row owns a thing with this tag; empty where one does, or may be about to."""
    if step is None:
        return "no step of this name is known"
    if step.incarnation != tag.incarnation:
        return f"it is of incarnation {tag.incarnation}, the step is at {step.incarnation}"
    if step.external_id:
        return f"the step owns {step.external_id}: a twin"
    return "" if step.called_at else "the step was never begun"


def _in_use(sighting: Sighting) -> bool:
    """Whether somebody may hold data or an address by it."""
    row = sighting.row
    if sighting.kind == "project":
        inside = Sighting.objects.filter(cloud=sighting.cloud, project_id=sighting.external_id, gone_at=None)
        return inside.exclude(pk=sighting.pk).exists()
    if sighting.kind == "port":
        pointed = Sighting.objects.filter(cloud=sighting.cloud, kind="address", gone_at=None)
        return pointed.filter(row__port_id=sighting.external_id).exists()
    floating = any(kind == "floating" for _, kind in row.get("addresses") or ())
    return bool(row.get("volumes") or row.get("servers") or row.get("port_id") or floating)


def _note(cloud: str, found: tuple[Stray, ...], now: datetime) -> None:
    ids = [stray.sighting.pk for stray in found]
    Sighting.objects.filter(cloud=cloud).exclude(stray_since=None).exclude(pk__in=ids).update(
        stray_since=None, stray_count=0, stray_why=""
    )
    for stray in found:
        row = stray.sighting
        row.stray_since, row.stray_count = row.stray_since or now, min(row.stray_count + 1, 30_000)
        row.stray_why = (stray.why + ("; it is in use" if stray.in_use else ""))[:200]
        row.save(update_fields=["stray_since", "stray_count", "stray_why"])


def _is_due(stray: Stray, now: datetime) -> bool:
    since = stray.sighting.stray_since or now
    return stray.sighting.leak and now - since >= timedelta(hours=settings.SWEEP_GRACE_HOURS)


@transaction.atomic
def _reclaim(stray: Stray) -> bool:
    """Have the engine take it back; what is in use, or of no known step, is left to a person, with a ticket."""
    sighting = stray.sighting
    if stray.made_by is None or stray.in_use:
        _ask(stray)
        return False
    made_by = stray.made_by
    plan = Plan.objects.select_for_update(no_key=True).get(pk=made_by.plan_id)
    Step.objects.get_or_create(
        plan=plan,
        key=stray.key,
        defaults={
            "kind": UNDONE_AS.get(sighting.kind, sighting.kind),
            "position": plan.steps.count(),
            "want": made_by.want,
            "wanted": False,
            "state": StepState.UNDOING,
            "incarnation": stray.tag.incarnation,
            "external_id": sighting.external_id,
            "called_at": timezone.now(),
        },
    )
    Plan.objects.filter(pk=plan.pk).update(due_at=timezone.now(), settled=False)
    log.info("sweep", action="reclaim", kind=sighting.kind, id=sighting.external_id, why=stray.why)
    return True


def _ask(stray: Stray) -> None:
    sighting = stray.sighting
    open_ticket(
        key=f"stray:{sighting.cloud}:{sighting.external_id}",
        title=f"A {sighting.kind} of ours on {sighting.cloud} belongs to no allocation",
        text=f"{sighting.name or sighting.kind} ({sighting.external_id}): {stray.why}. "
        + ("It is in use, so a person decides." if stray.in_use else "Nothing says how to take it back."),
        internal=True,
    )
