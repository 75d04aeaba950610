"""One allocation: its live part, release with a dry run, renewal, change of grant, credential and clouds.yaml."""

from http import HTTPStatus
from typing import Any

import yaml
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects import policies
from projects.models import Allocation
from projects.services import allocations as verbs
from projects.services.events import record_event
from projects.states import Desired, Kind
from provisioning import actions, queries, secrets
from provisioning import peek as peeks
from provisioning.errors import Broken
from provisioning.models import Step
from provisioning.shown import AllocationView
from provisioning.states import StepState
from provisioning.web.access import allocation_or_404
from provisioning.web.change import change
from provisioning.web.forms import ReleaseForm, RenewForm
from provisioning.web.refusals import told

__all__ = ["change", "clouds_yaml", "credential", "live", "release", "renew", "retry"]

GOES_NOW = "Given back: everything in it is being deleted."
GOES_LATER = "Given back: it is suspended now, and everything goes after the grace time."

# What a renewal does not bring back by itself after a suspension, by the kind of what is lent.
SLEPT = "It was suspended, and its servers were stopped."
STOPPED = {
    Kind.MANAGED: f"{SLEPT} Once it is ready, start them again on the project’s page.",
    Kind.CLOUD: f"{SLEPT} Once it is ready, start them again with OpenStack’s tools.",
    Kind.CI: "It was suspended. Once it is ready, its people can build again.",
}

PAUSED = "The lab has suspended it: a renewal moves its end, and does not bring it back."

OWNERS_ONLY = "Only an owner of the project gets its application credential."

# Of the steps, those that a person would miss; quotas and roles go without saying.
TELLING = frozenset({"project", "server", "volume", "address", "credential", "folder", "job"})


@login_required
@require_safe
def live(http: HttpRequest, pk: str) -> HttpResponse:
    """The part of the page that moves while something is built, changed or given back.

    Nothing (204) while nothing is new, so that whoever reads or has the focus in it is not disturbed.
    """
    allocation, seat = allocation_or_404(http, pk)
    view = queries.views_of([allocation], seat.user)[0]
    if view.moving and http.GET.get("seen") == view.mark:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    project = allocation.project
    context = {"view": view, "seat": seat, "project": project, "members": project.members.all()}
    return render(http, "provisioning/_allocation.html", context)


@login_required
def release(http: HttpRequest, pk: str) -> HttpResponse:
    """What will be taken back, shown before it is asked for; then the release itself."""
    allocation, seat = allocation_or_404(http, pk)
    form = ReleaseForm(http.POST if http.method == "POST" else None)
    if form.is_bound:
        with told(http):
            seat.require("release")
    if form.is_valid():
        now = form.cleaned_data["when"] == "now"
        with told(http, GOES_NOW if now else GOES_LATER, form):
            verbs.release_allocation(
                allocation=allocation,
                by=seat.user,
                typed_name=form.cleaned_data["typed_name"],
                now=now,
            )
            return redirect("provisioning:project", slug=allocation.project.slug)
    view = queries.views_of([allocation], seat.user)[0]
    context = {"view": view, "form": form, "seat": seat, "project": allocation.project}
    context["goes"] = [step for step in view.wanted if step.kind in TELLING]
    context |= {"grace_days": settings.GRACE_DAYS, **_dry_run(http, view)}
    return render(http, "provisioning/release.html", context, status=422 if form.is_bound else 200)


def _dry_run(http: HttpRequest, view: AllocationView) -> dict[str, Any]:
    """A look at what stands in the cloud project, the portal's own and the members' own things alike."""
    project = next((s for s in view.steps if s.kind == "project" and s.state == StepState.READY), None)
    return {"key": peeks.ask(http, "contents", project), "tries": 0} if project else {}


def _stopped(allocation: Allocation) -> str:
    """What a renewal leaves to be done; nothing where all runs."""
    if allocation.paused:
        return PAUSED
    return STOPPED[Kind(allocation.kind)] if allocation.desired == Desired.SUSPENDED else ""


@login_required
def renew(http: HttpRequest, pk: str) -> HttpResponse:
    """Another end date."""
    allocation, seat = allocation_or_404(http, pk)
    stopped = _stopped(allocation)
    typed = http.POST if http.method == "POST" else None
    form = RenewForm(typed, initial={"until": verbs.suggested_end(allocation)})
    if form.is_bound:
        with told(http):
            seat.require("renew")
    if form.is_valid():
        with told(http, f"Renewed. {stopped}".strip(), form):
            verbs.renew_allocation(allocation=allocation, by=seat.user, until=form.cleaned_data["until"])
            return redirect("provisioning:project", slug=allocation.project.slug)
    context = {"form": form, "allocation": allocation, "project": allocation.project, "stopped": stopped}
    return render(http, "provisioning/renew.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def retry(http: HttpRequest, pk: str, number: int) -> HttpResponse:
    """Let the engine try again a failed step that is the project's to mend."""
    allocation, seat = allocation_or_404(http, pk)
    step = get_object_or_404(Step.objects.select_related("plan__allocation__project"), plan__allocation=pk, pk=number)
    with told(http, "It is tried again at once."):
        seat.require("act")
        actions.retry_step(step=step, by=seat.user)
    return redirect("provisioning:project", slug=allocation.project.slug)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def credential(http: HttpRequest, pk: str) -> HttpResponse:
    """What a new application credential does to the one in use, said before; then it is asked for."""
    allocation, seat = allocation_or_404(http, pk)
    with told(http):
        policies.require(seat.may_have_credential, OWNERS_ONLY)
    if http.method != "POST":
        return render(http, "provisioning/credential.html", {"allocation": allocation, "project": allocation.project})
    with told(http, "A new credential is being made; the old one no longer works."):
        actions.new_credential(plan=_plan_or_404(allocation), by=seat.user)
    return redirect("provisioning:project", slug=allocation.project.slug)


@login_required
@require_POST
@transaction.atomic
def clouds_yaml(http: HttpRequest, pk: str) -> HttpResponse:
    """The file that OpenStack's tools read, once: its secret is erased as it is shown."""
    allocation, seat = allocation_or_404(http, pk)
    with told(http):
        policies.require(seat.may_have_credential, OWNERS_ONLY)
    plan = _plan_or_404(allocation)
    step = plan.steps.filter(kind="credential", state=StepState.READY).first()
    try:
        secret = secrets.show_once(plan, "credential") if step else None
    except Broken:  # its key was taken out of the settings: nobody can read it any more
        secret = None
    if step is None or secret is None:
        messages.error(http, "The secret is no longer kept, or was shown already. Ask for a new credential instead.")
        return redirect("provisioning:project", slug=allocation.project.slug)
    record_event(
        verb="credential.shown",
        actor=seat.user,
        project=allocation.project,
        target=str(allocation.pk),
        text="clouds.yaml downloaded, with the secret",
    )
    answer = HttpResponse(_clouds_yaml(allocation, step, secret), content_type="application/yaml")
    answer["Content-Disposition"] = 'attachment; filename="clouds.yaml"'
    answer["Cache-Control"] = "no-store"
    return answer


def _clouds_yaml(allocation: Allocation, step: Step, secret: str) -> str:
    cloud = {
        "auth_type": "v3applicationcredential",
        "auth": {
            "auth_url": step.facts["auth_url"],
            "application_credential_id": step.external_id,
            "application_credential_secret": secret,
        },
        "region_name": step.facts.get("region", ""),
        "identity_api_version": 3,
    }
    return yaml.safe_dump({"clouds": {allocation.cloud.name: cloud}}, sort_keys=False)


def _plan_or_404(allocation: Allocation) -> Any:
    plan = getattr(allocation, "plan", None)
    if plan is None:
        raise Http404
    return plan
