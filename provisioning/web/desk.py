"""What the desk sees of the engine: steps that wait for a person, endings held back, leaks, and the clouds."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects.errors import Invalid
from projects.models import Allocation, Cloud
from projects.paging import page_of
from projects.services import allocations as verbs
from projects.services.catalog import set_cloud_state
from projects.states import CloudState
from projects.web.people import at_the_desk, visitor
from provisioning import actions, queries
from provisioning.clouds import cloud_views
from provisioning.models import Sighting, Step
from provisioning.states import StepState
from provisioning.sweep import tag_of, take_back, to_take_back
from provisioning.web.forms import EndingsForm
from provisioning.web.refusals import told
from provisioning.web.words import said_of_step

LEAKS = Sighting.objects.filter(stray_since__isnull=False, gone_at=None)


@at_the_desk
@require_safe
def trouble(http: HttpRequest) -> HttpResponse:
    """Failed steps of all projects, newest first."""
    lent = "plan__allocation__"
    rows = Step.objects.filter(state=StepState.FAILED).select_related(f"{lent}project", f"{lent}generation")
    page = page_of(rows, keys=("-id",), http_query=http.GET)
    return render(http, "provisioning/trouble.html", {"page": page})


@at_the_desk
@require_POST
def retry(http: HttpRequest, pk: int) -> HttpResponse:
    """Let the engine try a failed step again."""
    user = visitor(http)
    step = get_object_or_404(Step.objects.select_related("plan__allocation__project"), pk=pk)
    with told(http, f"{said_of_step(step).title} of {step.plan.allocation.project} is tried again at once."):
        actions.retry_step(step=step, by=user)
    return redirect("provisioning:trouble")


@at_the_desk
@require_safe
def leaks(http: HttpRequest) -> HttpResponse:
    """What is ours and owned by no row, and how that is known."""
    page = page_of(LEAKS.all(), keys=("stray_since", "id"), http_query=http.GET)
    policy = {"reclaims": settings.SWEEP_RECLAIM, "hours": settings.SWEEP_GRACE_HOURS}
    return render(http, "provisioning/leaks.html", {"page": page, **policy})


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def leak(http: HttpRequest, pk: int) -> HttpResponse:
    """All that is known of a leak; staff have it taken back."""
    found = get_object_or_404(LEAKS.all(), pk=pk)
    if http.method == "POST":
        with told(http, "It is being taken back."):
            take_back(sighting=found, by=visitor(http))
            return redirect("provisioning:leaks")
    may_decide = visitor(http).is_staff
    why_not = _why_not(found) if may_decide and found.leak else ""
    context = {"leak": found, "tag": tag_of(found.row), "may_decide": may_decide, "why_not": why_not}
    return render(http, "provisioning/leak.html", context, status=422 if http.method == "POST" else 200)


def _why_not(leak: Sighting) -> str:
    """Why it cannot be taken back; empty where it can."""
    try:
        to_take_back(leak)
    except Invalid as error:
        return str(error)
    return ""


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def endings(http: HttpRequest) -> HttpResponse:
    """Endings that are held back, being many at once or told to nobody; staff let all of them end."""
    now, form = timezone.now(), EndingsForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with told(http, "They end now: everything in them is being taken back.", form):
            verbs.let_end(by=visitor(http), now=now, **form.cleaned_data)
            return redirect("provisioning:endings")
    held = verbs.held_back(now=now)
    rows = Allocation.objects.filter(pk__in=[one.pk for one in held.rows]).select_related("project", "generation")
    page = page_of(rows, keys=("absent_at", "id"), http_query=http.GET)
    why = queries.why_ending(page.rows)
    shown = [(row, why.get(row.pk, ""), row in held.untold) for row in page.rows]
    context = {"page": page, "shown": shown, "held": held, "form": form, "number": len(held.rows)}
    context |= {"seen": verbs.mark_of(held.rows), "may_decide": visitor(http).is_staff}
    return render(http, "provisioning/endings.html", context, status=422 if form.is_bound else 200)


@at_the_desk
@require_safe
def clouds(http: HttpRequest) -> HttpResponse:
    """Each cloud: whether it answers, what does not and since when; open or in maintenance."""
    return render(http, "provisioning/clouds.html", {"views": cloud_views(), "may_change": visitor(http).is_staff})


@at_the_desk
@require_POST
def maintenance(http: HttpRequest, pk: int) -> HttpResponse:
    """Open a cloud or put it in maintenance: staff only."""
    user = visitor(http)
    cloud = get_object_or_404(Cloud, pk=pk)
    if (asked := http.POST.get("state", "")) not in set(CloudState):
        raise Invalid("Choose one of the buttons.")
    state = CloudState(asked)
    with told(http, f"{cloud.title}: {state.words}."):
        set_cloud_state(cloud=cloud, state=state, notice=http.POST.get("notice", "")[:200], by=user)
    return redirect("provisioning:clouds")
