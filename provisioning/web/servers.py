"""Actions on servers, and looks at their consoles."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects.services.events import record_event
from projects.states import Desired
from provisioning import actions, queries
from provisioning import peek as peeks
from provisioning.models import Step
from provisioning.web.access import Seat, allocation_or_404
from provisioning.web.forms import ReinstallForm
from provisioning.web.refusals import told
from provisioning.web.words import WARNINGS

ACTS = {
    "start": ("start", {}),
    "stop": ("stop", {}),
    "reboot": ("reboot", {"type": "SOFT"}),
    "hard-reboot": ("reboot", {"type": "HARD"}),
    "rescue": ("rescue", {}),
    "unrescue": ("unrescue", {}),
    "confirm": ("confirm", {}),
    "revert": ("revert", {}),
}


def _server(http: HttpRequest, pk: str, name: str) -> tuple[Step, Seat]:
    allocation, seat = allocation_or_404(http, pk)
    step = queries.server_step(allocation.pk, name)
    if step is None:
        raise Http404
    return step, seat


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def act(http: HttpRequest, pk: str, name: str) -> HttpResponse:
    """Ask for an action; the page shows when it is done. GET says first what one does that interrupts work."""
    step, seat = _server(http, pk, name)
    project = step.plan.allocation.project
    with told(http):
        seat.require("act")
    if http.method != "POST":
        asked = http.GET.get("verb", "")
        if asked not in WARNINGS:
            raise Http404
        context = {"verb": asked, "warning": WARNINGS[asked], "name": name, "project": project}
        return render(http, "provisioning/act.html", context)
    verb, args = ACTS.get(http.POST.get("verb", ""), ("", {}))
    with told(http, f"{name}: {verb} was asked for."):
        actions.ask_action(step=step, by=seat.user, verb=verb, status=queries.status_of(step), args=args)
    return redirect("provisioning:project", slug=project.slug)


@login_required
def reinstall(http: HttpRequest, pk: str, name: str) -> HttpResponse:
    """Choose an image and type the server's name; the system disk is overwritten, volumes stay."""
    step, seat = _server(http, pk, name)
    allocation = step.plan.allocation
    project = allocation.project
    form = ReinstallForm(
        http.POST if http.method == "POST" else None,
        name=name,
        cloud_id=allocation.cloud_id,
        generation=allocation.generation,
        initial={"image": step.want["image"]},
    )
    if form.is_bound:
        with told(http):
            seat.require("act")
    if form.is_valid():
        image = form.cleaned_data["image"]
        args = {"image_id": image.external_id, "image": image.name}
        with told(http, f"{name}: reinstall was asked for.", form):
            status = queries.status_of(step)
            actions.ask_action(step=step, by=seat.user, verb="reinstall", status=status, args=args)
            return redirect("provisioning:project", slug=project.slug)
    context = {"form": form, "step": step, "project": project, "name": name}
    return render(http, "provisioning/reinstall.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def log(http: HttpRequest, pk: str, name: str) -> HttpResponse:
    """The console log, read on from an offset."""
    step, _ = _server(http, pk, name)
    offset = http.GET.get("offset", "0")
    key = peeks.ask(http, "log", step, offset=int(offset[:9]) if offset.isascii() and offset.isdigit() else 0)
    context = {"key": key, "step": step, "name": name, "project": step.plan.allocation.project, "tries": 0}
    part = "provisioning/_peek.html" if http.headers.get("HX-Request") else "provisioning/log.html"
    return render(http, part, context)


@login_required
@require_POST
def console(http: HttpRequest, pk: str, name: str) -> HttpResponse:
    """A link to the console: for maintainers and owners only, and on the record."""
    step, seat = _server(http, pk, name)
    project = step.plan.allocation.project
    with told(http):
        seat.require("console")
    record_event(
        verb="server.console", actor=seat.user, project=project, target=step.key, text=f"console of {name} opened"
    )
    key = peeks.ask(http, "link", step)
    return render(http, "provisioning/console.html", {"key": key, "name": name, "project": project, "tries": 0})


@login_required
@require_safe
def peek(http: HttpRequest, key: str) -> HttpResponse:
    """The answer to a look, or the same part again until 5 seconds are over."""
    tries = http.GET.get("tries", "0")
    count = int(tries) + 1 if tries.isascii() and tries.isdigit() and len(tries) < 3 else 1
    glimpse = peeks.read(http, key)
    context = {"glimpse": glimpse, "key": key, "tries": count, "polled": True, "may_stop": _may_stop(http, glimpse)}
    return render(http, "provisioning/_peek.html", context)


def _may_stop(http: HttpRequest, glimpse: peeks.Glimpse | None) -> bool:
    """Whether a list of builds offers to stop those that run."""
    if not (glimpse and isinstance(glimpse.value, dict) and "builds" in glimpse.value):
        return False
    allocation, seat = allocation_or_404(http, glimpse.value["allocation"])
    return seat.may_build and allocation.desired == Desired.PRESENT
