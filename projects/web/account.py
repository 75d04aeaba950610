"""The account page: who one is here, SSH keys, what is stored, export and erasure."""

import json

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from projects.errors import DomainError, Invalid
from projects.models import Lookup, SshKey
from projects.services import account as services
from projects.services import keys as key_services
from projects.states import LookupState
from projects.web.forms.talk import KeysForm
from projects.web.forms.text import forget_private_key
from projects.web.limits import limit
from projects.web.people import by_htmx, visitor

PATIENCE = 8  # polls of 2 s


@never_cache
@login_required
@require_safe
def page(http: HttpRequest) -> HttpResponse:
    """All of it on one page."""
    return show(http)


def show(http: HttpRequest, form: KeysForm | None = None, problem: str = "") -> HttpResponse:
    """The page; `form` holds keys that could not be taken, `problem` says why erasing was refused."""
    keys = visitor(http).ssh_keys.order_by("added_at", "id")
    context = {"keys": list(keys), "form": form or KeysForm(), "problem": problem}
    return render(http, "projects/account.html", context, status=422 if form or problem else 200)


@login_required
@require_POST
def add_keys(http: HttpRequest) -> HttpResponse:
    """Add pasted keys: all of them, or none where one is not right."""
    user = visitor(http)
    limit(http, "keys", most=30, minutes=10)
    form = KeysForm(http.POST)
    if not form.is_valid():
        return show(http, form)
    try:
        kept = key_services.add_keys(user=user, text=form.cleaned_data["text"])
    except Invalid as error:
        form.add_error("text", str(error))
        forget_private_key(form, "text")
        return show(http, form)
    messages.success(http, _kept([new for _, new in kept]))
    return redirect("projects:account")


def _kept(new: list[bool]) -> str:
    """`2 keys added.`, `1 key added, 1 was here already.`"""
    added, known = sum(new), len(new) - sum(new)
    key, was = f"key{'' if added == 1 else 's'}", "was" if known == 1 else "were"
    if not known:
        return f"{added} {key} added."
    if not added:
        return "This key was here already." if known == 1 else "These keys were here already."
    return f"{added} {key} added, {known} {was} here already."


@login_required
@require_POST
def import_keys(http: HttpRequest) -> HttpResponse:
    """Take over the keys of the own GitHub account; a page with scripts asks again until GitHub has answered."""
    limit(http, "import", most=60, minutes=10)
    lookup = key_services.import_keys(user=visitor(http))
    typed = str(http.POST.get("asked", "0"))
    asked = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 3 else 0
    if by_htmx(http):
        waiting = lookup.status is LookupState.ASKED and asked < PATIENCE
        response = render(http, "projects/_import.html", {"lookup": lookup, "waiting": waiting, "next": asked + 1})
        if lookup.status is LookupState.FOUND:
            messages.success(http, "The keys of your GitHub account are here now.")
            response["HX-Refresh"] = "true"
        return response
    if lookup.status is LookupState.FOUND:
        messages.success(http, "The keys of your GitHub account are here now.")
    else:
        messages.info(http, _not_found(lookup))
    return redirect("projects:account")


def _not_found(lookup: Lookup) -> str:
    if lookup.status is LookupState.ABSENT:
        return f"GitHub has no account {lookup.key} any more; sign in again."
    return "GitHub has not answered yet. Press the button again in a few seconds."


@login_required
@require_POST
def remove_key(http: HttpRequest, pk: int) -> HttpResponse:
    """Forget a key; it stays on servers where it already is, which the page says."""
    user = visitor(http)
    key_services.remove_key(key=get_object_or_404(SshKey, pk=pk, user=user), by=user)
    messages.success(http, "Removed. On servers that have it already, take it out of ~/.ssh/authorized_keys yourself.")
    return redirect("projects:account")


@login_required
@require_safe
def export(http: HttpRequest) -> HttpResponse:
    """Everything that is stored about the visitor, as JSON."""
    body = json.dumps(services.stored_about(visitor(http)), indent=2, ensure_ascii=False)
    headers = {"Content-Disposition": 'attachment; filename="portico-account.json"', "Cache-Control": "no-store"}
    return HttpResponse(body, content_type="application/json", headers=headers)


@login_required
@require_POST
def erase(http: HttpRequest) -> HttpResponse:
    """Erase the account; the login typed by hand says that it is meant."""
    user = visitor(http)
    if http.POST.get("typed_name", "").strip() != str(user):  # who lost the login to somebody else has none
        return show(http, problem=f"Type your login, {user}, to erase the account.")
    try:
        services.erase_account(user=user)
    except DomainError as error:
        return show(http, problem=str(error))
    logout(http)
    messages.success(http, "Your account is erased. The history keeps its number alone.")
    return redirect("/")
