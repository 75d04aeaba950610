"""The engine tells, this acts: what was committed and not yet passed on becomes phases, tickets and events.

All of it is idempotent by key and in one transaction a plan, so that a killed worker loses and doubles nothing.
"""

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.utils import timezone

from projects.models import Allocation
from projects.services.allocations import mark_phase
from projects.services.events import record_event
from projects.services.tickets import open_ticket
from projects.states import Phase, Who
from provisioning.engine.breaker import ELSEWHERE, name_of
from provisioning.errors import Failure
from provisioning.faults import apart, tell_fault
from provisioning.models import Plan, Step, Watch
from provisioning.phase import cure, failing, standing
from provisioning.states import StepState

MOST = 500


def settle() -> int:
    """Pass on what is not told yet; returns for how many plans."""
    ids = list(Plan.objects.filter(settled=False).order_by("id").values_list("id", flat=True)[:MOST])
    for plan_id in ids:
        apart("outcome", plan_id, partial(_settle_plan, plan_id))
    _tell_paused()
    return len(ids)


@transaction.atomic
def _settle_plan(plan_id: int) -> None:
    """The plan's row is locked as the engine's writes lock it, so that nothing is told of a state half written."""
    known = Plan.objects.select_related("allocation__project")
    plan = known.select_for_update(no_key=True, of=("self",)).get(pk=plan_id)
    allocation = plan.allocation
    steps = list(plan.steps.order_by("position", "id"))
    now = standing(plan.desired, steps, was_ready=plan.ready_at is not None, trouble=plan.trouble, who=plan.trouble_who)
    mark_phase(allocation=allocation, phase=Phase(now.phase), who=Who(now.who), words=now.words[:300])
    if untold := [step for step in steps if not step.told]:
        _tell_steps(allocation, untold)
        Step.objects.filter(pk__in=[step.pk for step in untold]).update(told=True)
    first_ready = timezone.now() if now.phase == Phase.READY and plan.ready_at is None else plan.ready_at
    Plan.objects.filter(pk=plan.pk).update(settled=True, ready_at=first_ready)


def _tell_steps(allocation: Allocation, steps: Iterable[Step]) -> None:
    for step in steps:
        if step.failure == Failure.BUG:
            tell_fault(step.place, f"Step {step.key}")
        elif step.state == StepState.FAILED:
            _tell_failure(allocation, step)


def _tell_failure(allocation: Allocation, step: Step) -> None:
    """A ticket for each failed incarnation of a step; what the lab must repair is the desk's alone."""
    open_ticket(
        key=f"step:{step.pk}:{step.incarnation}",
        title=f"{allocation.project.name}: {failing(step)}",
        text=f"{step.words}\n\n{cure(step.failure)}",
        project=allocation.project,
        allocation=allocation,
        internal=step.who in {"lab", "upstream"} and step.failure != Failure.LOST,
    )
    record_event(
        verb="step.failed",
        text=f"{failing(step)}: {step.words}",
        project=allocation.project,
        target=str(allocation.pk),
        facts={"step": step.key, "failure": step.failure, "who": step.who},
        key=f"step:{step.pk}:{step.incarnation}:{step.failure}",
    )


def _tell_paused() -> None:
    """One ticket for a cloud or another system whose set-up is broken, however many steps met it."""
    for watch in Watch.objects.exclude(paused_words=""):
        with transaction.atomic():
            open_ticket(
                key=f"broken:{watch.cloud}",
                title=f"The portal cannot work on {_named(watch.cloud)}",
                text=f"{watch.paused_words}\n\nNothing is called there for a minute at a time; it goes on by itself.",
                internal=True,
            )
            Watch.objects.filter(pk=watch.pk, paused_words=watch.paused_words).update(paused_words="")


def _named(name: str) -> str:
    return name_of(name) if name in ELSEWHERE else f"the cloud {name}"


def tell_wrong_deployment(words: str) -> None:
    """One ticket where the engine refuses to run on this database."""
    open_ticket(
        key="deployment",
        title="The engine does not run: this database belongs to another installation",
        text=f"{words}\n\nIf this is no restored copy, set PORTAL_DEPLOYMENT to the id in the database and restart.",
        internal=True,
    )
