"""The steps of the form: show, keep what was typed, go on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from projects.errors import Invalid
from projects.licences import OSI_APPROVED
from projects.models import AccessRequest
from projects.review import named_repository
from projects.services import requests as services
from projects.states import LookupKind
from projects.web.ask import draft as drafts
from projects.web.ask.frame import NAMES, TITLES, frame
from projects.web.ask.github import count_question, fetched_keys, known_of_github, repository_lookup
from projects.web.ask.review import review
from projects.web.ask.values import people_values, project_values, purpose_values
from projects.web.forms.ask import PeopleStep, ProjectStep, PurposeStep, Trap
from projects.web.forms.gpus import GpuFields
from projects.web.forms.need import NeedStep
from projects.web.forms.text import forget_private_key
from projects.web.limits import limit
from projects.web.offer import Offer


@dataclass(frozen=True, slots=True)
class Simple:
    """A step that is one form: which, how the draft fills it, and how its values go into the draft."""

    form: type[Trap]
    values: Callable[[AccessRequest], dict[str, Any]]


SIMPLE: Final = {
    "project": Simple(ProjectStep, project_values),
    "purpose": Simple(PurposeStep, purpose_values),
    "people": Simple(PeopleStep, people_values),
}


@never_cache
def start(_: HttpRequest) -> HttpResponse:
    """The first step; nothing is kept before something is sent."""
    return redirect("projects:ask-step", "project")


@require_POST
def begin_anew(http: HttpRequest) -> HttpResponse:
    """An empty form; the draft of somebody who is signed in stays among their requests."""
    drafts.leave(http)
    return redirect("projects:ask-step", "project")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(http: HttpRequest, step: str) -> HttpResponse:
    """One step, by its name in the address."""
    if step not in TITLES:
        raise Http404
    if http.method == "POST":
        limit(http, "ask", most=120, minutes=10)
    if step == "review":
        return review(http, frame(step, drafts.current(http)))
    return need(http) if step == "need" else simple(http, step)


def simple(http: HttpRequest, name: str) -> HttpResponse:
    """A step that is one form."""
    how = SIMPLE[name]
    if http.method != "POST":
        draft = drafts.current(http)
        if name == "people" and draft:
            fetched_keys(http, draft)
        return _show(http, name, how.form(initial=how.values(draft) if draft else None), draft)
    form = how.form(http.POST)
    if form.sprung:
        form.disarm()
        return _show(http, name, form, drafts.current(http))
    form.is_valid()
    count_question(http, LookupKind.REPOSITORY, named_repository(form.cleaned_data.get("repository_url", "")))
    count_question(http, LookupKind.KEYS, form.cleaned_data.get("import_login"))
    draft = drafts.ensured(http)
    forget_private_key(form, "ssh_keys")
    if earlier := drafts.earlier_request(draft, form.cleaned_data.get("name", "")):
        form.add_error("name", drafts.already_open(earlier))
    draft = _keep(form, draft)
    return _show(http, name, form, draft) if form.errors else _onward(http, name, form, draft)


def need(http: HttpRequest) -> HttpResponse:
    """The step with rows of servers and of cloud access."""
    data = http.POST if http.method == "POST" else None
    draft = drafts.current(http) if data is None else drafts.ensured(http)
    offer = Offer.cached().lasting(draft.duration_days) if draft else Offer.cached()
    rows = NeedStep(offer, data, draft.repository_url if draft else "")
    if data is None or draft is None:
        rows.show(draft.parts.all() if draft else [])
        return _show_need(http, rows, GpuFields(initial={"cuda": draft.cuda if draft else ""}), draft)
    if rows.edit(str(data.get("edit", ""))):
        return _show_need(http, rows, GpuFields(initial={"cuda": data.get("cuda", "")}), draft)
    gpus = GpuFields(data)
    if not all([rows.is_valid(), gpus.is_valid()]):
        return _show_need(http, rows, gpus, draft, status=422)
    try:
        services.set_parts(draft=draft, parts=rows.parts())
        services.save_draft(draft=draft, **gpus.cleaned_data)
    except Invalid as error:
        rows.problem = str(error)
        return _show_need(http, rows, gpus, draft, status=422)
    return redirect("projects:ask-step", "people")


def _keep(form: Trap, draft: AccessRequest) -> AccessRequest:
    """Put what is right into the draft, also where something beside it is wrong."""
    form.cleaned_data.pop("website", None)
    fields = {name: value for name, value in form.cleaned_data.items() if name != "import_login"}
    try:
        return services.save_draft(draft=draft, **fields)
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return draft


def _onward(http: HttpRequest, name: str, form: forms.Form, draft: AccessRequest) -> HttpResponse:
    if name == "project":
        repository_lookup(draft.repository_url)
    if name == "people" and (login := form.cleaned_data["import_login"]):
        http.session["ask_keys_of"] = login
        if not fetched_keys(http, draft, ask=True):
            return redirect("projects:ask-step", "people")
    return redirect("projects:ask-step", NAMES[NAMES.index(name) + 1])


def _show(http: HttpRequest, name: str, form: forms.Form, draft: AccessRequest | None) -> HttpResponse:
    context = frame(name, draft) | {"form": form}
    if name == "project":
        context |= {"licences": sorted(OSI_APPROVED), "github": known_of_github(draft)}
    if name == "people":
        context |= {"keys_of": http.session.get("ask_keys_of", ""), "own_keys": _own_keys(http, draft)}
    return render(http, f"projects/ask/{name}.html", context, status=422 if form.is_bound else 200)


def _own_keys(http: HttpRequest, draft: AccessRequest | None) -> int:
    """How many keys of the visitor's own account could be added."""
    return http.user.ssh_keys.count() if http.user.is_authenticated and not (draft and draft.ssh_keys) else 0


def _show_need(
    http: HttpRequest, rows: NeedStep, gpus: GpuFields, draft: AccessRequest | None, status: int = 200
) -> HttpResponse:
    context = {"need": rows, "gpus": gpus, "wrong": [*rows.wrong, gpus] if gpus.errors else rows.wrong}
    return render(http, "projects/ask/need.html", frame("need", draft) | context, status=status)
