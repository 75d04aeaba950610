"""What people may ask of a server, a CI job or a failed step: carried out by the engine under the plan's lease."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from projects.errors import DomainError, Invalid
from projects.models import User
from projects.policies import require
from projects.services import events
from projects.states import Desired, Kind, Who
from provisioning.models import Action, Plan, Step
from provisioning.phase import called
from provisioning.states import ActionState, StepState
from provisioning.verbs import HARD_REBOOT, SENSIBLE, makes_sense, obeys


class ActionUnderWay(DomainError):
    """Something is being done to this already; wait until it has ended."""

    code = "action_under_way"


class NotNow(DomainError):
    """This makes no sense as things are now ({status})."""

    code = "not_now"


class NotLent(DomainError):
    """This is {now}."""

    code = "not_lent"


def ask_action(*, step: Step, by: User, verb: str, status: str, args: Mapping[str, Any] | None = None) -> Action:
    """Ask for an action on a server; `status` is the server's state as last seen.

    Raises Invalid for an unknown verb, NotLent while the allocation is not present, NotNow where it makes no sense,
    ActionUnderWay while another has not ended.
    """
    if verb not in SENSIBLE or verb == HARD_REBOOT or step.kind != "server":
        raise Invalid("There is no such action on a server.", field="verb")
    _require_lent(step)
    if not obeys(step) or not makes_sense(verb, args or {}, status):
        raise NotNow(status=status or "not running yet")
    return _asked(step, by, verb, dict(args or {}), f"server.{verb}")


def ask_build(*, step: Step, by: User, stop: int = 0) -> Action:
    """Ask for a build of a CI job, or for the end of build `stop`. Raises NotLent, NotNow, ActionUnderWay."""
    _require_lent(step)
    if step.kind != "job" or not obeys(step):
        raise NotNow(status="not in Jenkins yet")
    args = {"number": stop} if stop else {}
    return _asked(step, by, "stop-build" if stop else "build", args, "job.stop" if stop else "job.build")


def _require_lent(step: Step) -> None:
    if (desired := step.plan.allocation.desired) != Desired.PRESENT:
        raise NotLent(now="suspended: renew it first" if desired == Desired.SUSPENDED else "being given back")


def _asked(step: Step, by: User, verb: str, args: dict[str, Any], event: str) -> Action:
    try:
        with transaction.atomic():
            action = Action.objects.create(
                plan=step.plan, step=step, verb=verb, args=args, state=ActionState.ASKED, asked_by=by
            )
            _record(step, by, event, f"{verb} of {step.key.partition(':')[2]} asked for", args)
            _make_due(step.plan)
    except IntegrityError as error:
        raise ActionUnderWay from error
    return action


@transaction.atomic
def retry_step(*, step: Step, by: User) -> None:
    """Let the engine try a failed step again, now. A step that has not failed is left alone.

    Callers know that `by` may act in the project; of what is not the project's to mend, NotAllowed.
    """
    require(by.is_operator or step.who == Who.YOU, "The lab must act on this; it has a ticket about it.")
    Plan.objects.select_for_update(no_key=True).get(pk=step.plan_id)  # the plan first, as the engine locks
    hit = Step.objects.filter(pk=step.pk, state=StepState.FAILED).update(due_at=timezone.now(), attempts=0)
    if hit:
        _record(step, by, "step.retry", f"{called(step)} is tried again", {})
        _make_due(step.plan)


@transaction.atomic
def new_credential(*, plan: Plan, by: User) -> None:
    """Have the application credential revoked and another made; its secret is shown once. Raises Invalid, NotNow."""
    if plan.allocation.kind != Kind.CLOUD:
        raise Invalid("Servers that the portal sets up have no application credential.")
    if plan.allocation.desired != Desired.PRESENT:
        raise NotNow(status="being given back")
    fresh = Plan.objects.select_for_update().get(pk=plan.pk)
    fresh.credential_turn += 1
    fresh.save(update_fields=["credential_turn"])
    events.record_event(
        verb="credential.new",
        actor=by,
        project=plan.allocation.project,
        target=str(plan.allocation_id),
        text="A new application credential was asked for",
    )
    _make_due(plan)


def _make_due(plan: Plan) -> None:
    Plan.objects.filter(pk=plan.pk).update(due_at=timezone.now())
    cloud = plan.cloud

    def send() -> None:
        from provisioning.wake import wake

        wake(cloud)

    transaction.on_commit(send, robust=True)  # where no message goes out, beat finds it


def _record(step: Step, by: User, verb: str, text: str, facts: dict[str, Any]) -> None:
    events.record_event(
        verb=verb, actor=by, project=step.plan.allocation.project, target=step.key, text=text, facts=facts
    )
