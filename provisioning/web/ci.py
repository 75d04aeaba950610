"""What a project sees of its CI jobs: their last builds, and a build's console log."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from provisioning import peek as peeks
from provisioning import queries
from provisioning.ci import address_of
from provisioning.models import Step
from provisioning.web.access import allocation_or_404


def _job(http: HttpRequest, pk: str, name: str) -> Step:
    allocation, _ = allocation_or_404(http, pk)
    step = queries.job_step(allocation.pk, name)
    if step is None:
        raise Http404
    return step


@login_required
@require_safe
def job(http: HttpRequest, pk: str, name: str) -> HttpResponse:
    """The last builds of a job, asked of Jenkins at once."""
    step = _job(http, pk, name)
    return _page(http, "provisioning/job.html", step, peeks.ask(http, "builds", step), name=name)


@login_required
@require_safe
def build(http: HttpRequest, pk: str, name: str, number: int) -> HttpResponse:
    """The console log of one build from a byte on; read on by the link below it."""
    step = _job(http, pk, name)
    offset = http.GET.get("offset", "0")
    start = int(offset[:12]) if offset.isascii() and offset.isdigit() else 0
    key = peeks.ask(http, "build_log", step, number=number, start=start)
    return _page(http, "provisioning/build.html", step, key, name=name, number=number)


def _page(http: HttpRequest, template: str, step: Step, key: str, **more: object) -> HttpResponse:
    allocation = step.plan.allocation
    context = {"key": key, "tries": 0, "project": allocation.project, "allocation": allocation}
    return render(http, template, {**context, "url": address_of(step), **more})
