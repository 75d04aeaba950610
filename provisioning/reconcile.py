"""Between what people decided and what the engine does: plans are written down, and what came of them is told.

`write_plans` finds allocations that differ from their plan and writes its steps, by key, as often as you like. `settle`
takes what the engine committed and tells projects of it, idempotent by key. Neither calls a cloud.
"""

from collections.abc import Mapping
from functools import cache, partial
from uuid import UUID

import structlog
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from projects.models import Allocation, Cloud
from projects.states import Kind
from provisioning import planner, upsert
from provisioning.desired import Shelf, private, spec
from provisioning.engine.site import Clock
from provisioning.errors import Rejected
from provisioning.faults import apart
from provisioning.models import Plan, Step
from provisioning.spec import PlannedStep
from provisioning.states import StepState

log = structlog.get_logger(__name__)
MOST = 200  # allocations in one go, so that the engine gets its turn


def write_plans(most: int = MOST) -> set[str]:
    """Write the steps of all allocations that differ from their plan; returns the clouds that have work now."""
    shelves: dict[int, Shelf] = {}
    touched = set()
    for allocation in _differing()[:most]:
        shelf = shelves.get(allocation.cloud_id) or Shelf.of(allocation.cloud)
        shelves[allocation.cloud_id] = shelf
        if apart("plan", allocation.pk, partial(_write_plan, allocation.pk, shelf)):
            touched.add(allocation.cloud.name)
    return touched


def _differing() -> "QuerySet[Allocation]":
    """Allocations without a plan, or whose plan is for another desired state.

    Of those that are present also what has another revision or credential, what the catalog outdated, and, last, what
    could not be planned when it was tried before.
    """
    changed = ~Q(plan__revision=F("revision")) | ~Q(plan__planned_turn=F("plan__credential_turn"))
    again = Q(plan__outdated=True) | ~Q(plan__trouble="")
    differs = Q(plan__isnull=True) | ~Q(plan__desired=F("desired")) | (Q(desired="present") & (changed | again))
    refused_last = Case(When(plan__trouble__gt="", then=1), default=0)  # else many of them would hold up the new
    return Allocation.objects.filter(differs).select_related("cloud").order_by(refused_last, "changed_at", "id")


def mark_outdated(cloud: str) -> int:
    """Have the plans of cloud access written anew whose flavors are not those of the catalog; returns how many.

    For when the catalog was read: a fixed number of queries, so that none is missed and few are written.
    """
    shelf = Shelf.of(Cloud.objects.get(name=cloud))
    flavors, theirs = KeyTextTransform("flavor_id", "steps__want"), Q(steps__kind="flavor", steps__wanted=True)
    opened = ArrayAgg(flavors, filter=theirs, default=[])
    standing = Plan.objects.filter(cloud=cloud, desired="present", allocation__kind=Kind.CLOUD)
    rows = standing.annotate(opened=opened).values_list(
        "pk", "opened", "allocation__generation_id", "allocation__grant__access__gpus"
    )

    @cache
    def wanted(generation_id: int, *, gpus: bool) -> set[str]:
        return {flavor_id for _, flavor_id in private(generation_id, shelf, gpus=gpus)}

    differing = [pk for pk, ids, generation_id, gpus in rows if {*ids} != wanted(generation_id, gpus=bool(gpus))]
    return Plan.objects.filter(pk__in=differing).update(outdated=True)


@transaction.atomic
def _write_plan(allocation_id: UUID, shelf: Shelf) -> bool:
    """Write one plan; False while the engine has it in hand (it is found again), or where nothing can be written."""
    made = Allocation.objects.select_related("cloud", "generation", "project").get(pk=allocation_id)
    fields = {"cloud": made.cloud.name, "title": made.project.name[:80]}
    Plan.objects.get_or_create(allocation=made, defaults=fields)
    plan = Plan.objects.select_for_update(no_key=True).get(allocation=made)
    allocation = Allocation.objects.select_related("cloud", "generation", "project").get(pk=allocation_id)
    clock = Clock()
    if plan.lease_until and plan.lease_until > clock.now():
        return False
    steps = {step.key: step for step in plan.steps.all()}
    try:
        planned = _planned(allocation, plan, shelf, steps)
    except Rejected as error:
        return _refuse(plan, error)
    _write_steps(plan, steps, planned, retry=plan.revision != allocation.revision)
    _write_row(plan, allocation, planned)
    return True


def _planned(
    allocation: Allocation, plan: Plan, shelf: Shelf, steps: Mapping[str, Step]
) -> tuple[PlannedStep, ...] | None:
    """The steps wanted now; None where those that stand are only to be put to rest. Raises Rejected."""
    if allocation.desired == "absent":
        return ()
    if allocation.desired == "suspended":
        return None
    return planner.plan(spec(allocation, shelf, steps, plan.credential_turn))


def _write_steps(
    plan: Plan, steps: Mapping[str, Step], planned: tuple[PlannedStep, ...] | None, *, retry: bool
) -> None:
    rows, first = steps, 0
    if planned is None:  # what stands stays as it is; only its suspension is written
        rows = {key: step for key, step in steps.items() if step.kind == planner.SUSPENSION}
        planned, first = _suspension(steps), len(steps) - len(rows)
    for change in upsert.revisions(rows, planned, retry=retry, first=first):
        if change.fields:
            Step.objects.filter(pk=change.step.pk).update(**change.fields, told=False)
    Step.objects.bulk_create(
        [upsert.fresh(plan.pk, position, it) for position, it in enumerate(planned, first) if it.key not in rows]
    )


def _suspension(steps: Mapping[str, Step]) -> tuple[PlannedStep, ...]:
    """The step that puts to rest what stands; none where nothing was begun."""
    standing = [key for key, step in steps.items() if step.wanted and step.state != StepState.UNDONE]
    begun = any(steps[key].called_at for key in ("project", "folder") if key in standing)
    return (planner.suspension(standing),) if begun else ()


def _write_row(plan: Plan, allocation: Allocation, planned: tuple[PlannedStep, ...] | None) -> None:
    """What the plan is for now. The lease's number grows: a stalled worker must not write what it did for the old."""
    Plan.objects.filter(pk=plan.pk).update(
        revision=plan.revision if planned is None else allocation.revision,
        desired=allocation.desired,
        planned_turn=plan.planned_turn if planned is None else plan.credential_turn,
        outdated=False,
        title=allocation.project.name[:80],
        trouble="",
        due_at=timezone.now(),
        lease_no=F("lease_no") + 1,
        settled=False,
    )


def _refuse(plan: Plan, error: Rejected) -> bool:
    """What is granted cannot be had: say so, once, and try again when the catalog or the grant has changed."""
    words = error.words[:300]
    if plan.trouble != words:
        Plan.objects.filter(pk=plan.pk).update(trouble=words, trouble_who=error.who, settled=False)
        log.info("plan", action="refused", plan=plan.pk, failure=error.code)
    return False
