"""What a project does with its CI jobs: builds them, looks at the last builds and at a build's console log."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from provisioning import actions, queries
from provisioning import peek as peeks
from provisioning.ci import address_of
from provisioning.models import Step
from provisioning.web.access import Seat, allocation_or_404
from provisioning.web.refusals import told

FOLLOWED = timedelta(minutes=1)  # after something was asked for, the page looks again by itself
STARTED = "A build is asked for; it shows below once Jenkins has begun it."
STOPPED = "It is asked to stop."


def _job(http: HttpRequest, pk: str, name: str) -> tuple[Step, Seat]:
    allocation, seat = allocation_or_404(http, pk)
    step = queries.job_step(allocation.pk, name)
    if step is None:
        raise Http404
    return step, seat


@login_required
@require_safe
def job(http: HttpRequest, pk: str, name: str) -> HttpResponse:
    """The last builds of a job, asked of Jenkins at once."""
    step, seat = _job(http, pk, name)
    action = queries.latest_action(step)
    following = action is not None and timezone.now() - action.asked_at < FOLLOWED
    more = {"name": name, "seat": seat, "action": action, "following": following}
    return _page(http, "provisioning/job.html", step, peeks.ask(http, "builds", step), **more)


@login_required
@require_POST
def act(http: HttpRequest, pk: str, name: str) -> HttpResponse:
    """Have the job built, or the build of that number stopped."""
    step, seat = _job(http, pk, name)
    typed = http.POST.get("stop", "")
    stop = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
    with told(http, STOPPED if stop else STARTED):
        seat.require("build")
        actions.ask_build(step=step, by=seat.user, stop=stop)
    return redirect("provisioning:job", pk=pk, name=name)


@login_required
@require_safe
def build(http: HttpRequest, pk: str, name: str, number: int) -> HttpResponse:
    """The console log of one build from a byte on; read on by the link below it."""
    step, _ = _job(http, pk, name)
    offset = http.GET.get("offset", "0")
    start = int(offset[:12]) if offset.isascii() and offset.isdigit() else 0
    key = peeks.ask(http, "build_log", step, number=number, start=start)
    return _page(http, "provisioning/build.html", step, key, name=name, number=number)


def _page(http: HttpRequest, template: str, step: Step, key: str, **more: object) -> HttpResponse:
    allocation = step.plan.allocation
    context = {"key": key, "tries": 0, "project": allocation.project, "allocation": allocation}
    return render(http, template, {**context, "url": address_of(step), **more})
