"""One request at the desk: what is asked, the checks, the talk; then the decision, on the figures it stands on."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.web.desk.changes import change_asked, deleted_by
from portal.web.desk.forms import OTHER, DecisionForm, PartForm, WordsForm
from projects.errors import DomainError, Invalid, StalePage
from projects.models import AccessRequest, User
from projects.outlook import outlook
from projects.policies import can_delete, can_review, within_limit
from projects.review import checks_of
from projects.services import requests as services
from projects.services.requests.moves import said
from projects.states import OPEN_REQUESTS, RequestState
from projects.text import moment_words
from projects.web.forms.need import Row
from projects.web.grants import described_parts
from projects.web.offer import Offer
from projects.web.people import at_the_desk, by_htmx, visitor
from projects.web.trail import Crumb, history


@never_cache
@at_the_desk
@require_safe
def page(http: HttpRequest, pk: int) -> HttpResponse:
    """Everything about the request; the part that decides is loaded beside it."""
    found = sent_request(pk)
    return render(http, "portal/desk/request.html", page_context(http, found))


def page_context(http: HttpRequest, found: AccessRequest) -> dict[str, Any]:
    """What the page shows around the decision."""
    ticket = getattr(found, "ticket", None)
    user = visitor(http)
    return {
        "item": found,
        "parts": described_parts(found.parts.all()),
        "change": change_asked(found),
        "may_delete": can_delete(user),
        "checks": checks_of(found, stock=Offer.cached().stock) if found.status in OPEN_REQUESTS else [],
        "history": history(found.decisions.select_related("by")),
        "ticket": ticket,
        "thread": ticket.messages.select_related("author") if ticket else [],
        "decidable": _decidable(found, user),
        "open": found.status in OPEN_REQUESTS,
        "may_review": can_review(user, found),
        "claimed_by_other": _claimed_by_other(found, user),
        "trail": [Crumb("Desk", reverse("desk"))],
        "here": found.name,
    }


@never_cache
@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def decide(http: HttpRequest, pk: int) -> HttpResponse:
    """Figures, grants and buttons. POST with do=look shows what the grants would leave; do=approve approves."""
    found = sent_request(pk)
    parts, form = _forms(found, http.POST if http.method == "POST" else None)
    doing = http.POST.get("do", "")
    verb, _, where = doing.partition(":")
    if verb in {"add", "remove"}:
        _edit(parts, verb, where)
    elif verb == "approve" and all([form.is_valid(), *(part.is_valid() for part in parts)]):
        return _approve(http, found, parts, form)
    status = 422 if verb == "approve" else 200
    return _show(http, found, parts, form, status=status, whole=verb == "approve")


@at_the_desk
@require_POST
def send_back(http: HttpRequest, pk: int) -> HttpResponse:
    """Return the request with a question."""
    return _say(http, pk, "question")


@at_the_desk
@require_POST
def decline(http: HttpRequest, pk: int) -> HttpResponse:
    """Say no to all of it, with the reason."""
    return _say(http, pk, "reason")


def _say(http: HttpRequest, pk: int, what: str) -> HttpResponse:
    found, form = sent_request(pk), WordsForm(http.POST)
    if not form.is_valid():
        messages.error(http, "Write what the requester is to read.")
        return redirect("desk-request", pk)
    verb = services.return_request if what == "question" else services.decline_request
    said = {what: form.cleaned_data["words"], "seen_updated_at": _seen(form.cleaned_data["seen"])}
    try:
        verb(request=found, by=visitor(http), **said)
    except DomainError as error:
        messages.error(http, _told(found, error))
    else:
        messages.success(http, "The question is sent." if what == "question" else "Declined; the requester is told.")
    return redirect("desk-request", pk)


def sent_request(pk: int) -> AccessRequest:
    """The request with its parts, if it was ever sent: two queries."""
    rows = AccessRequest.objects.sent().select_related(
        "requester", "claimed_by", "project", "ticket", "allocation__project"
    )
    return get_object_or_404(rows.with_parts(), pk=pk)


def _forms(found: AccessRequest, data: Any) -> tuple[list[PartForm], DecisionForm]:
    offer = Offer.cached().lasting(found.duration_days)
    parts = [PartForm(part, offer, data) for part in found.parts.all()]
    return parts, DecisionForm(data, initial={"seen": found.updated_at.isoformat()}, use_required_attribute=False)


def _edit(parts: list[PartForm], verb: str, where: str) -> None:
    prefix, _, number = where.rpartition("-") if verb == "remove" else (where, "", "")
    taken = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else None
    for part in parts:
        if part.rows.prefix == prefix:
            part.rows.show([*part.rows.typed(without=taken), *([{}] if verb == "add" else [])])


def _show(
    http: HttpRequest, found: AccessRequest, parts: list[PartForm], form: DecisionForm, *, status: int, whole: bool
) -> HttpResponse:
    """The form; with the `whole` page around it, which reads much by itself, the figures are loaded beside it."""
    grants = {part.part: part.grant for part in parts if part.is_bound and part.is_valid()}
    seen = None if whole else outlook([part.part for part in parts], grants, timezone.now())
    context = {
        "item": found,
        "part_forms": parts,
        "form": form,
        "wrong": [one for one in [form, *parts, *_rows_granted(parts)] if one.errors],
        "outlook": seen,
        "gone": deleted_by(found.allocation, found.parts.all(), grants),
        "may_delete": can_delete(visitor(http)),
        "over_limit": seen and not within_limit(visitor(http), seen.total, seen.operator_limit),
        "decidable": _decidable(found, visitor(http)),
        "may_review": can_review(visitor(http), found),
        "trail": [Crumb("Desk", reverse("desk")), Crumb(found.name, reverse("desk-request", args=[found.pk]))],
    }
    if whole:
        return render(http, "portal/desk/request.html", context | page_context(http, found), status=status)
    template = "portal/desk/_decide.html" if by_htmx(http) else "portal/desk/decide.html"
    return render(http, template, context, status=status)


def _rows_granted(parts: list[PartForm]) -> list[Row]:
    """The rows that count: those of the parts for which something else is granted."""
    return [row for part in parts if part.is_bound and part["fate"].value() == OTHER for row in part.rows.filled]


def _claimed_by_other(found: AccessRequest, user: User) -> bool:
    return found.claimed_by_id not in {None, user.pk}


def _decidable(found: AccessRequest, user: User) -> bool:
    """Whether it waits for a decision that its claim leaves to this person."""
    return found.status is RequestState.SUBMITTED and (user.is_staff or not _claimed_by_other(found, user))


def _approve(http: HttpRequest, found: AccessRequest, parts: list[PartForm], form: DecisionForm) -> HttpResponse:
    data = form.cleaned_data
    try:
        services.approve_request(
            request=found,
            by=visitor(http),
            grants={part.part: part.grant for part in parts},
            reasons={part.part: part.cleaned_data["reason"] for part in parts},
            note=data["note"],
            override_reason=data["override_reason"],
            seen_updated_at=_seen(data["seen"]),
        )
    except DomainError as error:
        _blame(parts, form, found, error)
        return _show(http, found, parts, form, status=error.status, whole=True)
    messages.success(http, "Approved. What was granted is being built now.")
    return redirect("desk-request", found.pk)


def _blame(parts: list[PartForm], form: DecisionForm, found: AccessRequest, error: DomainError) -> None:
    """Put a refusal of the service where the reviewer can cure it."""
    kind, _, number = error.field.partition(".")[0].partition("-")
    for part in parts:
        if number == str(part.part.pk):
            part.add_error("reason" if kind == "reason" else None, str(error))
            return
    form.add_error("override_reason" if error.field == "override_reason" else None, _told(found, error))


def _told(found: AccessRequest, error: DomainError) -> str:
    """The refusal, and who was first where somebody was."""
    last = found.decisions.select_related("by").order_by("at").last()
    if not isinstance(error, Invalid) and last and (isinstance(error, StalePage) or found.status not in OPEN_REQUESTS):
        moved = said(RequestState(last.was), RequestState(last.now))
        return f"{error} Last move: {moved}, by {last.by or 'the portal'}, {moment_words(last.at)}."
    return str(error)


def _seen(text: str) -> datetime:
    """When the page was made, as it says; what says nothing is older than everything."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise StalePage
    return moment
