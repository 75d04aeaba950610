"""The last step: everything on one page, what is still missing, the rules, and sending."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from projects.errors import DomainError
from projects.models import AccessRequest, User
from projects.rules import RULES_VERSION
from projects.services import requests as services
from projects.services.requests import content
from projects.web.ask import draft as drafts
from projects.web.ask.frame import frame
from projects.web.ask.github import Known, count_of, fill_from_github, known_of_github
from projects.web.grants import described_parts
from projects.web.limits import limit
from projects.web.offer import Offer

STEP_OF: Final = {"purpose": "purpose", "usage": "purpose", "parts": "need", "cuda": "need", "ssh_keys": "people"}
LABELS: Final = {
    "name": "Project name",
    "repository_url": "Repository",
    "licence": "Licence",
    "purpose": "Mainly for",
    "usage": "What you will do with it",
    "parts": "What you need",
    "cuda": "GPU and CUDA",
    "ssh_keys": "Public SSH keys",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that must be put right before the request can be sent, and where."""

    url: str
    label: str
    words: str


def review(http: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show it; sending goes to an address of its own."""
    draft = context["draft"]
    if draft is None:
        return redirect("projects:ask-step", "project")
    return show_review(http, context | {"draft": fill_from_github(draft)})


def show_review(http: HttpRequest, context: dict[str, Any], problem: str = "") -> HttpResponse:
    """The page; `problem` is why it could not be sent."""
    draft = context["draft"]
    github = known_of_github(draft)
    github = Known(github.what, github.lookup, count_of(http.GET))
    earlier = drafts.earlier_request(draft, draft.name)
    extra = {
        "missing": list(missing(draft)),
        "earlier": drafts.already_open(earlier) if earlier else "",
        "parts": described_parts(draft.parts.all()),
        "clouds": dict.fromkeys(part.cloud for part in draft.parts.all()),
        "github": github,
        "next": github.asked + 1,
        "rules_version": RULES_VERSION,
        "problem": problem,
    }
    return render(http, "projects/ask/review.html", context | extra, status=422 if problem else 200)


def missing(draft: AccessRequest) -> Iterator[Missing]:
    """What keeps the draft from being sent, each with the field that cures it."""
    for field, words in content.missing(draft, Offer.cached().stock).items():
        step = STEP_OF.get(field, "project")
        mark = "" if step == "need" else "#id_purpose_0" if field == "purpose" else f"#id_{field}"
        yield Missing(reverse("projects:ask-step", args=[step]) + mark, LABELS.get(field, ""), words)


@require_POST
def send(http: HttpRequest) -> HttpResponse:
    """Send the draft to the desk. A second click leads to the request that the first one sent."""
    draft = drafts.current(http)
    if draft is None:
        sent = http.session.get(drafts.SENT)
        return redirect("projects:request", sent) if sent else redirect("projects:ask-step", "project")
    if not isinstance(http.user, User):
        return show_review(http, frame("review", draft), "Sign in with GitHub first; your draft comes along.")
    context = frame("review", draft)
    if http.POST.get("rules") != RULES_VERSION:
        return show_review(http, context, "To send the request, accept the rules of use: tick the box.")
    if list(missing(draft)):
        return show_review(http, context, "Something is still missing.")
    limit(http, "send", most=10, minutes=60)
    try:
        sent = services.submit_request(request=draft, by=http.user, rules_version=RULES_VERSION)
    except DomainError as error:
        return show_review(http, context, str(error))
    drafts.leave(http, sent)
    messages.success(
        http, "Your request is at the lab. This page shows where it stands, and mail tells you what changes."
    )
    return redirect("projects:request", sent.pk)
