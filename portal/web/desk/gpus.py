"""The GPU hosts of the lab: everybody at the desk sees the list, staff keep it."""

from collections.abc import Iterator
from typing import Any, Final

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects.facts import GpuFacts, Span, gpu_facts
from projects.models import Generation, GpuHost, Host
from projects.models.gpus import MOST_GPUS
from projects.services import gpus as services
from projects.web.forms.fields import whole
from projects.web.forms.text import Line
from projects.web.people import at_the_desk, visitor
from projects.web.trail import Crumb
from provisioning.web.refusals import told

CUDA: Final = "Give a release of CUDA, such as 12.4."
DRIVER: Final = "Give a driver’s version, such as 440."


def needed(label: str, cure: str, longest: int = 16, **options: Any) -> Line:
    """A line that must be filled in."""
    return Line(label=label, max_length=longest, error_messages={"required": cure}, **options)


def one_of(rows: QuerySet[Any], what: str, **options: Any) -> forms.ModelChoiceField:
    """A row of the catalog; `what` is how messages name it."""
    errors = {"required": f"Choose {what}.", "invalid_choice": f"Choose {what} from the list."}
    return forms.ModelChoiceField(rows, error_messages=errors, **options)


class ReasonForm(forms.Form):
    """Why the list changes."""

    use_required_attribute = False

    reason = needed("Reason", "Give the reason.", 300, help_text="Kept with the change.")


class GpuHostForm(ReasonForm):
    """What is known of a machine; the service says what of it cannot be."""

    name = needed("Machine", "Give the machine’s name.", 80)
    host = one_of(
        Host.objects.none(),
        "a host",
        label="Host in the catalog",
        required=False,
        empty_label="Not in a cloud",
        help_text="Where a cloud shows this machine.",
    )
    generation = one_of(Generation.objects.all(), "the generation", empty_label=None)
    count = whole("GPUs", MOST_GPUS, least=1, initial=1)
    model = needed("Model", "Give the GPU’s model.", 20, help_text="In one word, such as P100.")
    cuda_first = needed("CUDA from", CUDA, help_text="What its driver runs, such as 9.2.")
    cuda_last = needed("CUDA to", CUDA)
    driver_first = needed("Driver from", DRIVER, help_text="Such as 418 or 440.33.")
    driver_last = needed("Driver to", DRIVER)
    owner = needed("Owner", "Say whose it is.", 120, help_text="A department or a company, never a person.")
    returns_on = forms.DateField(
        label="Last day of the loan",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Empty where it is the lab’s own.",
        error_messages={"invalid": "Give a date such as 2026-03-31, or leave it empty."},
    )
    label = Line(
        label="Label of its agents",
        max_length=40,
        required=False,
        help_text="What jobs ask for; left empty it follows the model: gpu-p100.",
    )
    field_order = (
        *("name", "host", "generation", "count", "model", "cuda_first", "cuda_last", "driver_first", "driver_last"),
        *("owner", "returns_on", "label", "reason"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen = self.initial.get("host")  # stays, gone from its cloud or not
        hosts = Host.objects.filter(Q(present=True, gpus__gt=0) | Q(pk=chosen and chosen.pk))
        self.fields["host"].queryset = hosts.order_by("name")  # type: ignore[attr-defined]


@never_cache
@at_the_desk
@require_safe
def page(http: HttpRequest) -> HttpResponse:
    """The list, and the facts that requests for GPUs are held to beside it."""
    rows = GpuHost.objects.select_related("generation", "host")
    context = {
        "rows": rows,
        "facts": list(_facts(gpu_facts())),
        "may_keep": visitor(http).is_staff,
        "trail": [Crumb("Desk", reverse("desk"))],
    }
    return render(http, "portal/desk/gpus.html", context)


@never_cache
@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def edit(http: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One GPU host, or a new one."""
    row = _for_staff(http, pk)
    initial = {name: getattr(row, name) for name in GpuHostForm.base_fields if row and name != "reason"}
    form = GpuHostForm(http.POST if http.method == "POST" else None, initial=initial)
    if form.is_valid():
        with told(http, f"{form.cleaned_data['name']} is on the list as you gave it.", form):
            services.keep_gpu_host(row=row, by=visitor(http), **form.cleaned_data)
            return redirect("desk-gpus")
    trail = [Crumb("Desk", reverse("desk")), Crumb("GPU hosts", reverse("desk-gpus"))]
    context = {"row": row, "form": form, "removal": ReasonForm(prefix="removal"), "trail": trail}
    return render(http, "portal/desk/gpu_host.html", context, status=422 if form.is_bound else 200)


@at_the_desk
@require_POST
def remove(http: HttpRequest, pk: int) -> HttpResponse:
    """Take it off the list, with the reason."""
    row = _for_staff(http, pk)
    assert row is not None  # noqa: S101 - it has a number
    with told(http, f"{row} is off the list."):
        services.remove_gpu_host(row=row, by=visitor(http), reason=http.POST.get("removal-reason", ""))
        return redirect("desk-gpus")
    return redirect("desk-gpu-host", pk)


def _for_staff(http: HttpRequest, pk: int | None) -> GpuHost | None:
    if not visitor(http).is_staff:
        raise PermissionDenied(services.STAFF_ONLY)
    return get_object_or_404(GpuHost, pk=pk) if pk else None


def _facts(known: GpuFacts) -> Iterator[tuple[str, Span]]:
    """Each fact with what it is about."""
    yield from ((f"CUDA for {name}", span) for name, span in known.cuda.items())
    yield from ((f"CUDA for the {name}", span) for name, span in known.gpu.items())
    yield from ((f"NVIDIA container toolkit for {name}", span) for name, span in known.toolkit.items())
