"""The queue: what waits for a decision, oldest first, and who looks at it."""

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.web.figures import pool_views
from projects.errors import DomainError
from projects.models import AccessRequest
from projects.paging import page_of
from projects.services import requests as services
from projects.states import OPEN_REQUESTS, RequestState
from projects.web.people import at_the_desk, visitor

VIEWS: Final = {
    "waiting": "Waiting for the lab",
    "mine": "Claimed by me",
    "asked": "Waiting for an answer",
    "decided": "Decided",
}


@never_cache
@at_the_desk
@require_safe
def page(http: HttpRequest) -> HttpResponse:
    """Requests by where they stand; those that wait longest come first."""
    shown = http.GET.get("show", "waiting")
    shown = shown if shown in VIEWS else "waiting"
    rows = _rows(shown, visitor(http).pk).select_related("requester", "claimed_by", "allocation")
    keys = ("-updated_at", "-id") if shown == "decided" else ("submitted_at", "id")
    page = page_of(rows.prefetch_related("parts__generation"), keys=keys, http_query=http.GET)
    context = {"page": page, "views": VIEWS, "shown": shown, "pools": pool_views(), "ci": settings.JENKINS_URL}
    return render(http, "portal/desk/queue.html", context)


@at_the_desk
@require_POST
def claim(http: HttpRequest, pk: int) -> HttpResponse:
    """Take a request, or with `back` put it back; who comes second is told who was first."""
    request = get_object_or_404(AccessRequest.objects.open(), pk=pk)
    verb = services.unclaim_request if http.POST.get("back") else services.claim_request
    try:
        verb(request=request, by=visitor(http))
    except DomainError as error:
        messages.error(http, str(error))
    return redirect("desk-request", pk)


def _rows(shown: str, mine: int) -> QuerySet[AccessRequest]:
    rows = AccessRequest.objects.sent()
    if shown == "mine":
        return rows.filter(state__in=OPEN_REQUESTS, claimed_by=mine)
    states = {"waiting": {RequestState.SUBMITTED}, "asked": {RequestState.RETURNED}}
    if shown == "decided":
        return rows.exclude(state__in=OPEN_REQUESTS)
    return rows.filter(state__in=states[shown])
