"""What GitHub knows, while the form is filled in: asked once, polled, and put into fields that are still empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from projects.errors import Invalid
from projects.keys import PublicKey, parse_keys
from projects.licences import known_licence
from projects.models import AccessRequest, Lookup
from projects.repositories import is_login
from projects.review import find_lookup, named_repository
from projects.services import lookups
from projects.services import requests as services
from projects.states import LookupKind, LookupState
from projects.web.forms.ask import MOST_KEYS, PeopleStep, ProjectStep
from projects.web.limits import limit

PATIENCE = 8  # polls of 2 s; after that the page says that it goes on without


@dataclass(frozen=True, slots=True)
class Known:
    """What GitHub said of a repository or a login, and how often the page has asked."""

    what: str
    lookup: Lookup | None = None
    asked: int = 0

    @property
    def waiting(self) -> bool:
        """Whether an answer may still come while the page looks."""
        return self.lookup is not None and self.lookup.status is LookupState.ASKED and self.asked < PATIENCE

    @property
    def state(self) -> LookupState | None:
        return self.lookup.status if self.lookup else None

    @property
    def answer(self) -> dict[str, Any]:
        """What was found, empty where nothing was."""
        found = self.lookup is not None and self.state is LookupState.FOUND
        return dict(self.lookup.answer) if found and self.lookup else {}


def count_question(http: HttpRequest, kind: LookupKind, key: str | None) -> None:
    """Count what GitHub was not asked before: everybody shares its budget of calls. Raises TooOften."""
    if key and find_lookup(kind, key) is None:
        limit(http, "github-new", most=30, minutes=60)


def repository_lookup(url: str) -> Known:
    """Ask about a repository; addresses elsewhere than on our GitHub host are never asked about."""
    name = named_repository(url)
    return Known(name, lookups.ask_repository(name)) if name else Known("")


def known_of_github(draft: AccessRequest | None) -> Known:
    """What is known so far of the draft's repository, without asking."""
    name = named_repository(draft.repository_url if draft else "")
    return Known(name, find_lookup(LookupKind.REPOSITORY, name)) if name else Known("")


@require_POST
def repository(http: HttpRequest) -> HttpResponse:
    """The part of the project step that says what GitHub knows; fills the fields it knows where they are empty."""
    limit(http, "github", most=120, minutes=10)
    url = str(http.POST.get("repository_url", ""))[:200]
    count_question(http, LookupKind.REPOSITORY, named_repository(url))
    known = repository_lookup(url)
    known = Known(known.what, known.lookup, count_of(http.POST))
    filled = {name: text for name, text in offered(known.answer).items() if not http.POST.get(name, "").strip()}
    form = ProjectStep(initial=filled)
    fields = [form[name] for name in filled]
    return render(http, "projects/ask/_github.html", {"github": known, "filled": fields, "next": known.asked + 1})


@require_POST
def keys(http: HttpRequest) -> HttpResponse:
    """The part of the people step that fetches an account's keys and adds them to the field."""
    limit(http, "github", most=120, minutes=10)
    login = str(http.POST.get("import_login", "")).strip().removeprefix("@")
    if not is_login(login):
        return render(http, "projects/ask/_keys.html", {"wrong": True})
    count_question(http, LookupKind.KEYS, login)
    known = Known(login, lookups.ask_keys(login), count_of(http.POST))
    typed, added = str(http.POST.get("ssh_keys", ""))[:100_000], usable_keys(known.answer)
    lines = [line for line in typed.splitlines() if line.strip()]
    fresh = [key.line for key in added if key.text not in typed]
    field = PeopleStep(initial={"ssh_keys": "\n".join([*lines, *fresh])})["ssh_keys"] if fresh else None
    context = {"keys": known, "added": added, "filled": field, "next": known.asked + 1}
    return render(http, "projects/ask/_keys.html", context)


def fetched_keys(http: HttpRequest, draft: AccessRequest, *, ask: bool = False) -> bool:
    """Without scripts: once the account's keys are here, put them into the draft; True where nothing is awaited."""
    login = http.session.get("ask_keys_of", "")
    if not login:
        return True
    lookup = lookups.ask_keys(login) if ask else find_lookup(LookupKind.KEYS, login)
    if lookup is None or lookup.status is LookupState.ASKED:
        return False
    del http.session["ask_keys_of"]
    added = usable_keys(Known(login, lookup).answer)
    held = {line.split()[1] for line in draft.ssh_keys}
    fresh = [key.line for key in added if key.text.split()[1] not in held]
    if fresh:
        services.save_draft(draft=draft, ssh_keys=[*draft.ssh_keys, *fresh][:MOST_KEYS])
        messages.info(http, f"{len(fresh)} key{'' if len(fresh) == 1 else 's'} of {login} added from GitHub.")
    return True


def usable_keys(answer: dict[str, Any]) -> list[PublicKey]:
    """The keys of an answer that the lab accepts; weak ones are left out."""
    found: list[PublicKey] = []
    for line in answer.get("keys", []):
        try:
            found += parse_keys(str(line))
        except Invalid:
            continue
    return found[:MOST_KEYS]


def fill_from_github(draft: AccessRequest) -> AccessRequest:
    """The draft, with what GitHub has told by now in its fields that were still empty."""
    told = offered(known_of_github(draft).answer)
    fields = {name: text for name, text in told.items() if not getattr(draft, name)}
    return services.save_draft(draft=draft, **fields) if fields else draft


def offered(answer: Mapping[str, Any]) -> dict[str, str]:
    """GitHub's answer as fields of the project step; what is empty there, or would be refused, is left out."""
    told = {"mission": answer.get("description"), "web_page": answer.get("homepage")}
    fields = {name: _accepted(name, text) for name, text in told.items()}
    fields["licence"] = known_licence(str(answer.get("licence") or ""))
    return {name: text for name, text in fields.items() if text}


def _accepted(name: str, text: Any) -> str:
    try:
        return str(ProjectStep.base_fields[name].clean(text))
    except ValidationError:
        return ""


def count_of(data: Mapping[str, Any]) -> int:
    """How often a page has asked already, as it says."""
    typed = str(data.get("asked", ""))
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0
