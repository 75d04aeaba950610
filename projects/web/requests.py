"""A requester's own requests: the list, one with its parts and its thread, answer and withdraw."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from projects.errors import AlreadyOpen, Invalid, NameTaken
from projects.models import AccessRequest, Part
from projects.paging import page_of
from projects.services import requests as services
from projects.services.requests.drafts import EDITABLE
from projects.states import RequestState
from projects.web.ask import draft as drafts
from projects.web.days import FIRST_ANSWER, business_days_after
from projects.web.forms.talk import AnswerForm
from projects.web.grants import described_parts
from projects.web.people import visitor
from projects.web.trail import Crumb, history


@never_cache
@login_required
@require_safe
def listing(http: HttpRequest) -> HttpResponse:
    """One's own requests and drafts, newest first."""
    rows = AccessRequest.objects.filter(requester=visitor(http)).prefetch_related("parts__generation")
    return render(http, "projects/requests.html", {"page": page_of(rows, keys=("-id",), http_query=http.GET)})


@never_cache
@login_required
@require_safe
def page(http: HttpRequest, pk: int) -> HttpResponse:
    """One request, to whoever made it."""
    return show(http, own_request(http, pk))


def show(http: HttpRequest, found: AccessRequest, form: AnswerForm | None = None) -> HttpResponse:
    """The page; `form` is an answer that could not be taken."""
    ticket = getattr(found, "ticket", None)
    decisions = list(found.decisions.select_related("by"))
    context = {
        "request_row": found,
        "parts": described_parts(found.parts.all()),
        "last_words": decisions[-1].note if decisions else "",
        "answered": any(decision.now == RequestState.RETURNED for decision in decisions),
        **_first_answer(found),
        "history": history(decisions),
        "ticket": ticket,
        "thread": list(ticket.messages.select_related("author")) if ticket else [],
        "form": form or AnswerForm(),
        "editable": found.status in EDITABLE and found.allocation_id is None,
        "open": found.status in {RequestState.SUBMITTED, RequestState.RETURNED},
        "trail": [Crumb("My requests", reverse("projects:requests"))],
        "here": found.name or "Draft",
    }
    return render(http, "projects/request.html", context, status=422 if form else 200)


def _first_answer(found: AccessRequest) -> dict[str, Any]:
    """The day by which the lab answers first, and whether it is past."""
    if found.submitted_at is None:
        return {}
    due = business_days_after(timezone.localdate(found.submitted_at), FIRST_ANSWER)
    return {"answer_by": due, "late": due < timezone.localdate()}


@login_required
@require_POST
def resume(http: HttpRequest, pk: int) -> HttpResponse:
    """Go on with a draft, or change a request that came back with a question."""
    drafts.continue_with(http, own_request(http, pk))
    return redirect("projects:ask-step", "review")


@login_required
@require_POST
def answer(http: HttpRequest, pk: int) -> HttpResponse:
    """Answer the lab's question; the request goes back to the desk."""
    found = own_request(http, pk)
    form = AnswerForm(http.POST)
    if not form.is_valid():
        return show(http, found, form)
    try:
        services.answer_request(request=found, by=visitor(http), text=form.cleaned_data["text"])
    except (Invalid, AlreadyOpen, NameTaken) as error:
        form.add_error("text" if error.field == "text" else None, str(error))
        return show(http, found, form)
    drafts.leave(http)
    messages.success(http, "Your answer is at the lab, and the request with it.")
    return redirect("projects:request", pk)


@login_required
@require_POST
def withdraw(http: HttpRequest, pk: int) -> HttpResponse:
    """The requester no longer needs it; a draft is thrown away the same way."""
    found = own_request(http, pk)
    was_draft = found.status is RequestState.DRAFT
    services.withdraw_request(request=found, by=visitor(http))
    told = "The draft is thrown away." if was_draft else "The request is withdrawn, and the lab is told."
    messages.success(http, told)
    return redirect("projects:requests")


def own_request(http: HttpRequest, pk: int) -> AccessRequest:
    """The visitor's own request; anybody else's is absent, to the desk too: the desk has a page of its own."""
    rows = AccessRequest.objects.select_related("ticket", "project", "allocation__project", "claimed_by")
    parts = Prefetch("parts", Part.objects.select_related("cloud", "generation", "allocation").order_by("pk"))
    return get_object_or_404(rows.prefetch_related(parts), pk=pk, requester=visitor(http))
