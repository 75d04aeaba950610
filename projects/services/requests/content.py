"""What a request may hold: each field cleaned or refused with the cure, and what must be there before it is sent."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from projects.admission import Stock, check_of_gpus
from projects.errors import Invalid
from projects.keys import parse_key
from projects.licences import known_licence
from projects.models import AccessRequest, SshKey
from projects.policies import NOT_OPEN, Mark, check_licence, check_purpose
from projects.review import check_of_repository, repository_lookup
from projects.services.gpus import clean_release
from projects.states import Kind, LookupState
from projects.text import clean_line, clean_name, clean_text

MOST_KEYS: Final = 20
MOST_CONTACTS: Final = 10
LEAST_DAYS: Final = 1
MOST_DAYS: Final = 730
# What makes two requests the same, besides their parts.
CONTENT: Final = (
    "name",
    "web_page",
    "repository_url",
    "licence",
    "mission",
    "community",
    "purpose",
    "usage",
    "duration_days",
    "needed_by",
    "cuda",
    "advocate",
    "ssh_keys",
    "contacts",
    "notes",
)


def cleaned(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a draft, cleaned. Raises Invalid naming the first field that cannot be kept."""
    if unknown := set(fields) - set(CLEANERS):
        raise TypeError(f"A draft has no field {', '.join(sorted(unknown))}.")
    return {name: CLEANERS[name](value) for name, value in fields.items()}


def missing(request: AccessRequest, stock: Stock | None = None) -> dict[str, str]:
    """What keeps a draft from being sent: a sentence with the cure by field, empty where nothing does."""
    found = {name: sentence for name, sentence in REQUIRED.items() if not getattr(request, name)}
    if not request.licence:
        found["licence"] = _licence_not_told(request)
    checks = {
        "licence": check_licence(request.licence),
        "purpose": check_purpose(request.purpose),
        "repository_url": check_of_repository(request),
    }
    if gpus := check_of_gpus(request, stock=stock):
        checks["cuda"] = gpus
    found |= {name: check.words for name, check in checks.items() if check.mark is Mark.BAD and name not in found}
    parts = list(request.parts.all())
    if not parts:
        found["parts"] = "Choose what you need: at least one kind of access."
    if any(part.kind == Kind.MANAGED for part in parts) and not _has_key(request):
        found["ssh_keys"] = "Add a public SSH key, or nobody could sign in to the servers."
    return found


def content_hash(request: AccessRequest) -> str:
    """The same for two requests exactly when they ask the same in the same words."""
    parts = sorted(
        [part.kind, part.cloud_id, part.generation_id, json.dumps(part.asked, sort_keys=True)]
        for part in request.parts.all()
    )
    told = {name: str(getattr(request, name)) for name in CONTENT} | {"allocation": str(request.allocation_id or "")}
    return hashlib.sha256(json.dumps([told, parts], sort_keys=True).encode()).hexdigest()


def fill_licence(request: AccessRequest) -> None:
    """Take the licence that GitHub knows where the form was left empty."""
    _, lookup = repository_lookup(request)
    if not request.licence and lookup and lookup.status is LookupState.FOUND:
        request.licence = known_licence(str(lookup.answer.get("licence") or ""))


def web_address(value: str, *, field: str) -> str:
    """An http(s) address to link to, or empty. It is never fetched. Raises Invalid."""
    text = clean_line(value, field=field, longest=200)
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or " " in text or parts.username or parts.password:
        raise Invalid("Give a web address that begins with https://.", field=field)
    return text


def _keys(value: Any) -> list[str]:
    keys = [parse_key(str(line)) for line in value]
    lines = list({key.fingerprint: key.line for key in keys}.values())
    if len(lines) > MOST_KEYS:
        raise Invalid(f"These are {len(lines)} keys; {MOST_KEYS} are the most.", field="ssh_keys")
    return lines


def _contacts(value: Any) -> list[dict[str, str]]:
    if len(value) > MOST_CONTACTS:
        raise Invalid(f"{MOST_CONTACTS} contacts are the most.", field="contacts")
    return [_contact(one) for one in value]


def _contact(one: Mapping[str, Any]) -> dict[str, str]:
    email = clean_line(str(one.get("email", "")), field="contacts", longest=254)
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid("Give each contact an e-mail address such as ada@example.org.", field="contacts") from None
    return {"name": clean_line(str(one.get("name", "")), field="contacts", longest=80), "email": email}


def _days(value: Any) -> int:
    days = int(value)
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise Invalid(f"Give {LEAST_DAYS} to {MOST_DAYS} days; it can be renewed.", field="duration_days")
    return days


def _day(value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    raise Invalid("Give a date such as 2026-03-31, or leave it empty.", field="needed_by")


def _stated_licence(value: str) -> str:
    typed = clean_line(value, field="licence", longest=80)
    if typed and not known_licence(typed):
        raise Invalid(NOT_OPEN, field="licence")
    return known_licence(typed)


def _purpose(value: str) -> str:
    if value and (check := check_purpose(value)).mark is Mark.BAD:
        raise Invalid(check.words, field="purpose")
    return value


def _line(field: str, longest: int) -> Callable[[Any], str]:
    return lambda value: clean_line(str(value), field=field, longest=longest)


def _text(field: str, longest: int) -> Callable[[Any], str]:
    return lambda value: clean_text(str(value), field=field, longest=longest)


CLEANERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "name": clean_name,
    "web_page": lambda value: web_address(str(value), field="web_page"),
    "repository_url": lambda value: web_address(str(value), field="repository_url"),
    "licence": _stated_licence,
    "mission": _text("mission", 2000),
    "community": _line("community", 200),
    "purpose": _purpose,
    "usage": _text("usage", 3000),
    "duration_days": _days,
    "needed_by": _day,
    "cuda": lambda value: clean_release(str(value), field="cuda") if value else "",
    "advocate": _line("advocate", 120),
    "ssh_keys": _keys,
    "contacts": _contacts,
    "notes": _text("notes", 3000),
}
GIVE_LICENCE: Final = "Give the licence."
REQUIRED: Final = {
    "name": "Give the project's name.",
    "repository_url": "Give the address of the repository.",
    "purpose": "Choose what it will be used for.",
    "usage": "Say what you will do with it.",
}


# What is said of a licence that was left to GitHub, by what GitHub has said so far.
LEFT_TO_GITHUB: Final = {
    LookupState.ASKED: "GitHub is being asked for the licence. Wait a moment, or give it yourself.",
    LookupState.FOUND: "GitHub names no licence that is accepted; give it yourself.",
    LookupState.FAILED: "GitHub has not answered; give the licence yourself.",
}


def _licence_not_told(request: AccessRequest) -> str:
    _, lookup = repository_lookup(request)
    return LEFT_TO_GITHUB.get(lookup.status, GIVE_LICENCE) if lookup else GIVE_LICENCE


def _has_key(request: AccessRequest) -> bool:
    return bool(request.ssh_keys) or SshKey.objects.filter(user=request.requester_id or 0).exists()
