"""Staff put an allocation to rest, with the reason, and bring it back."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from projects.models import Allocation
from projects.policies import can_suspend
from projects.services import allocations as verbs
from projects.states import Kind
from provisioning.web.access import Seat, allocation_or_404
from provisioning.web.refusals import told

STAFF_ONLY = "Only the lab’s staff suspend and resume. An owner who renews what came to its end has it back."


class SuspendForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        max_length=300,
        help_text="The project reads it, in a mail and on its page.",
        error_messages={"required": "Give the reason; the project reads it."},
    )


@login_required
def suspend(http: HttpRequest, pk: str) -> HttpResponse:
    """What a suspension does, said before; then the suspension itself."""
    allocation, seat = _for_staff(http, pk)
    form = SuspendForm(http.POST if http.method == "POST" else None)
    if form.is_valid():
        stops = "nothing is built there" if allocation.kind == Kind.CI else "its servers stop"
        with told(http, f"Suspended: {stops}, and only the lab’s staff bring it back.", form):
            verbs.suspend_allocation(allocation=allocation, by=seat.user, **form.cleaned_data)
            return redirect("provisioning:project", slug=allocation.project.slug)
    context = {"form": form, "allocation": allocation, "project": allocation.project}
    return render(http, "provisioning/suspend.html", context, status=422 if form.is_bound else 200)


@login_required
def resume(http: HttpRequest, pk: str) -> HttpResponse:
    """What comes back and what does not, said before; then the resumption itself."""
    allocation, seat = _for_staff(http, pk)
    if http.method == "POST":
        rest = "" if allocation.kind == Kind.CI else " Its servers stay stopped until somebody starts them."
        with told(http, f"Resumed.{rest}"):
            verbs.resume_allocation(allocation=allocation, by=seat.user)
        return redirect("provisioning:project", slug=allocation.project.slug)
    context = {"allocation": allocation, "project": allocation.project}
    return render(http, "provisioning/resume.html", context)


def _for_staff(http: HttpRequest, pk: str) -> tuple[Allocation, Seat]:
    allocation, seat = allocation_or_404(http, pk)
    if not can_suspend(seat.user):
        raise PermissionDenied(STAFF_ONLY)
    return allocation, seat
