"""A change of what was granted: filled in here, decided at the desk like any request."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from projects.amounts import Amount
from projects.grants import Grant
from projects.losses import losses
from projects.models import Allocation, Flavor, Image
from projects.services import requests
from projects.states import Kind
from projects.web.forms.fields import AccessFields, JobFields, shown_ci
from projects.web.offer import image_words
from provisioning.web.access import allocation_or_404
from provisioning.web.forms import LineForm, NoteForm
from provisioning.web.refusals import told

NEW_LINES = 1
SENT = "Your change is at the lab. Nothing changes before it is approved."
AGAIN = "It is the change that you sent before: the lab has it."


@login_required
def change(http: HttpRequest, pk: str) -> HttpResponse:
    """The grant as it stands, to be changed, with the reason."""
    allocation, seat = allocation_or_404(http, pk)
    with told(http):
        seat.require("request_change")
    forms, note = _forms(http, allocation), NoteForm(http.POST or None)
    filled = [form for form in forms if not form.blank]
    grant = _typed(http, allocation, filled, note)
    gone = losses(Grant.from_json(allocation.grant), grant) if grant else ()
    if grant and http.POST.get("delete", "") == ", ".join(gone):
        sent = [form for form in filled if form.cleaned_data.get("count")]
        with told(http, "", note, sent):
            reason, waiting = note.cleaned_data["note"], getattr(allocation, "waiting", None)
            asked = requests.request_change(allocation=allocation, by=seat.user, grant=grant, note=reason)
            messages.success(http, AGAIN if waiting and waiting["id"] == asked.pk else SENT)
            return redirect("provisioning:project", slug=allocation.project.slug)
    wrong = [*filled, note] if http.method == "POST" else []
    context = {"allocation": allocation, "project": allocation.project, "forms": forms, "note": note, "wrong": wrong}
    # what is deleted is sent along by name, so that another loss than the one that was read is named anew
    context |= {"gone": gone, "gone_key": ", ".join(gone)}
    refused = any(form.errors for form in wrong)
    return render(http, "provisioning/change.html", context, status=422 if refused else 200)


def _typed(http: HttpRequest, allocation: Allocation, filled: list[Any], note: NoteForm) -> Grant | None:
    """The grant as typed; None while nothing was typed or something is not right."""
    if http.method != "POST" or not note.is_valid() or not all(form.is_valid() for form in filled):
        return None
    grant = _grant(allocation, filled)
    if allocation.kind == Kind.MANAGED and not grant.lines:
        note.add_error(None, "No server would be left: give it back instead, on the project’s page.")
        return None
    return grant


def _forms(http: HttpRequest, allocation: Allocation) -> list[Any]:
    grant, data = Grant.from_json(allocation.grant), http.POST or None
    if allocation.kind == Kind.CLOUD:
        access = grant.access
        return [AccessFields(data, initial={**access.as_json(), "ram_gib": access.ram_mib // 1024})]
    if allocation.kind == Kind.CI:
        return [JobFields(data, initial=shown_ci(grant.ci))]
    place = {"cloud": allocation.cloud_id, "generation": allocation.generation_id}
    flavors = list(Flavor.objects.offered().filter(**place).select_related("generation").order_by("ram_mib", "name"))
    lent = Image.objects.offered().filter(cloud=allocation.cloud_id).running_on(allocation.generation)
    images = {image.name: image_words(image, allocation.ends_at.date()) for image in lent}
    return [
        LineForm(
            data,
            prefix=f"line{number}",
            initial={**line.as_json(), "ports": ", ".join(map(str, line.ports))} if line else {},
            empty_permitted=line is None,
            use_required_attribute=line is not None,
            held=line,
            flavors=flavors,
            images=images,
        )
        for number, line in enumerate([*grant.lines, *[None] * NEW_LINES])
    ]


def _grant(allocation: Allocation, forms: list[Any]) -> Grant:
    if allocation.kind == Kind.CLOUD:
        figures = dict(forms[0].cleaned_data)
        figures["ram_mib"] = figures.pop("ram_gib") * 1024
        held = Grant.from_json(allocation.grant).access  # what the form does not ask about stays
        return Grant(access=Amount.from_json({**held.as_json(), **figures}))
    if allocation.kind == Kind.CI:
        return Grant(ci=forms[0].ci)
    return Grant(lines=tuple(form.line for form in forms if form.cleaned_data["count"]))
