"""What the desk sees of the engine: steps that wait for a person, leaks, and the clouds with their state."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from projects.errors import Invalid
from projects.models import Cloud
from projects.paging import page_of
from projects.services.catalog import set_cloud_state
from projects.states import CloudState
from projects.web.people import at_the_desk, visitor
from provisioning import actions
from provisioning.models import Sighting, Step, Watch
from provisioning.states import StepState
from provisioning.web.refusals import told


@at_the_desk
@require_safe
def trouble(http: HttpRequest) -> HttpResponse:
    """Failed steps of all projects, newest first."""
    rows = Step.objects.filter(state=StepState.FAILED).select_related("plan__allocation__project")
    page = page_of(rows, keys=("-id",), http_query=http.GET)
    return render(http, "provisioning/trouble.html", {"page": page})


@at_the_desk
@require_POST
def retry(http: HttpRequest, pk: int) -> HttpResponse:
    """Let the engine try a failed step again."""
    user = visitor(http)
    step = get_object_or_404(Step.objects.select_related("plan__allocation__project"), pk=pk)
    with told(http, f"{step.key} will be tried again at once."):
        actions.retry_step(step=step, by=user)
    return redirect("provisioning:trouble")


@at_the_desk
@require_safe
def leaks(http: HttpRequest) -> HttpResponse:
    """What carries our tag and is owned by no row, with its evidence."""
    rows = Sighting.objects.filter(stray_since__isnull=False, gone_at=None)
    page = page_of(rows, keys=("stray_since", "id"), http_query=http.GET)
    return render(http, "provisioning/leaks.html", {"page": page})


@at_the_desk
@require_safe
def clouds(http: HttpRequest) -> HttpResponse:
    """Each cloud: open or in maintenance, when it was looked at, what does not answer."""
    user = visitor(http)
    watches = {watch.cloud: watch for watch in Watch.objects.all()}
    shown = [(cloud, watches.get(cloud.name)) for cloud in Cloud.objects.order_by("name")]
    return render(http, "provisioning/clouds.html", {"shown": shown, "may_change": user.is_staff})


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
