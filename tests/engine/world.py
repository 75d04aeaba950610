"""Plans to carry out on paper, and time that passes by moving what the database remembers."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from provisioning import engine, planner, upsert
from provisioning.models import Plan, Step, Watch
from tests.engine.paper import Paper, site
from tests.engine.specs import a_spec
from tests.factories import AllocationFactory


def make_plan(**wanted: Any) -> Plan:
    """A plan with the steps of a spec; without one, of a server with a volume."""
    allocation = AllocationFactory()
    plan = Plan.objects.create(
        allocation=allocation, cloud="paper", title="Ada", revision=1, due_at=allocation.created_at
    )
    rewrite(plan, **wanted)
    return plan


def rewrite(plan: Plan, **wanted: Any) -> None:
    """Write the steps of another spec into a plan, as reconcile does."""
    steps = {step.key: step for step in plan.steps.all()}
    planned = planner.plan(a_spec(allocation=plan.allocation_id, **wanted))
    for change in upsert.revisions(steps, planned, retry=True):
        if change.fields:
            Step.objects.filter(pk=change.step.pk).update(**change.fields)
    new = [upsert.fresh(plan.pk, n, it) for n, it in enumerate(planned) if it.key not in steps]
    Step.objects.bulk_create(new)
    Plan.objects.filter(pk=plan.pk).update(due_at=plan.created_at, desired=wanted.get("desired", "present"))


def carry_out(paper: Paper, passes: int = 60, **options: Any) -> None:
    """Passes until nothing is due any more, letting the time between pass."""
    for _ in range(passes):
        engine.advance(site(paper, **options))
        if not Plan.objects.filter(due_at__isnull=False).exists():
            return
        let_pass(70)


def let_pass(seconds: float) -> None:
    """Let the database's clock go on, by moving all that is remembered of it into the past."""
    by = timedelta(seconds=seconds)
    Plan.objects.update(due_at=F("due_at") - by, lease_until=F("lease_until") - by)
    Step.objects.update(
        due_at=F("due_at") - by,
        missing_since=F("missing_since") - by,
        began_at=F("began_at") - by,
        ended_at=F("ended_at") - by,
        called_at=F("called_at") - by,
    )
    Watch.objects.update(paused_until=F("paused_until") - by)
    for watch in Watch.objects.all():
        for breaker in watch.breakers.values():
            if until := breaker["closed_until"]:
                breaker["closed_until"] = (datetime.fromisoformat(until) - by).isoformat()
        watch.save(update_fields=["breakers"])


def states(plan: Plan) -> dict[str, str]:
    return dict(plan.steps.values_list("key", "state"))
