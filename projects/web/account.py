"""The account page: who one is here, SSH keys, what is stored, export and erasure."""

import json

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from projects.errors import DomainError, Invalid
from projects.models import Lookup, SshKey
from projects.review import find_lookup
from projects.services import members as services
from projects.states import LookupKind
from projects.web.forms.talk import KeysForm
from projects.web.limits import limit
from projects.web.people import visitor


@never_cache
@login_required
@require_GET
def page(http: HttpRequest) -> HttpResponse:
    """All of it on one page."""
    return show(http)


def show(http: HttpRequest, form: KeysForm | None = None, problem: str = "") -> HttpResponse:
    """The page; `form` holds keys that could not be taken, `problem` why erasing was refused."""
    user = visitor(http)
    context = {
        "keys": list(user.ssh_keys.order_by("added_at", "id")),
        "form": form or KeysForm(),
        "import_state": _import_state(user.github_login) if http.GET.get("imported") else None,
        "stored": services.stored_about(user=user),
        "problem": problem,
    }
    return render(http, "projects/account.html", context, status=422 if form or problem else 200)


@login_required
@require_POST
def add_keys(http: HttpRequest) -> HttpResponse:
    """Add pasted keys, or with `import` those of the own GitHub account."""
    user = visitor(http)
    limit(http, "keys", most=30, minutes=10)
    if "import" in http.POST:
        services.import_keys(user=user)
        response = redirect("projects:account")
        response["Location"] += "?imported=1#keys"
        return response
    form = KeysForm(http.POST)
    if not form.is_valid():
        return show(http, form)
    try:
        added = services.add_keys(user=user, text=form.cleaned_data["text"])
    except Invalid as error:
        form.add_error("text", str(error))
        return show(http, form)
    messages.success(http, f"{len(added)} key{'' if len(added) == 1 else 's'} added.")
    return redirect("projects:account")


@login_required
@require_POST
def remove_key(http: HttpRequest, pk: int) -> HttpResponse:
    """Forget a key; it stays on servers where it already is, which the page says."""
    key = get_object_or_404(SshKey, pk=pk, user=visitor(http))
    services.remove_key(user=visitor(http), key=key)
    messages.success(http, "Removed. On servers that have it already, take it out of ~/.ssh/authorized_keys yourself.")
    return redirect("projects:account")


@login_required
@require_GET
def export(http: HttpRequest) -> HttpResponse:
    """Everything that is stored about the visitor, as JSON."""
    stored = services.stored_about(user=visitor(http))
    body = json.dumps(stored, indent=2, ensure_ascii=False, default=str)
    headers = {"Content-Disposition": 'attachment; filename="portico-account.json"', "Cache-Control": "no-store"}
    return HttpResponse(body, content_type="application/json", headers=headers)


@login_required
@require_POST
def erase(http: HttpRequest) -> HttpResponse:
    """Erase the account; the login typed by hand says that it is meant."""
    user = visitor(http)
    if http.POST.get("typed_name", "").strip() != user.github_login:
        return show(http, problem=f"Type your login, {user.github_login}, to erase the account.")
    try:
        services.erase_account(user=user)
    except DomainError as error:
        return show(http, problem=str(error))
    logout(http)
    messages.success(http, "Your account is erased. The audit keeps its number alone.")
    return redirect("/")


def _import_state(login: str) -> Lookup | None:
    return find_lookup(LookupKind.KEYS, login)
