"""What the desk checks before it decides: the policy checks of a request, with a mark each."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from projects import policies
from projects.admission import Chosen, Stock, check_of_gpus
from projects.models import AccessRequest, Lookup, Member, Project
from projects.policies import Check
from projects.repositories import github_repository
from projects.states import OPEN_REQUESTS, LookupKind, LookupState


def find_lookup(kind: LookupKind, key: str) -> Lookup | None:
    """What is known of a fact so far, without asking; what GitHub said more than a day ago is not known any more."""
    found = Lookup.objects.filter(kind=kind, key=key.lower()).first()
    return None if found is None or found.stale(timezone.now()) else found


def named_repository(url: str) -> str | None:
    """`owner/name` of an address on our GitHub."""
    return github_repository(url, settings.GITHUB_URL, *settings.GITHUB_ALIASES)


def repository_lookup(request: AccessRequest) -> tuple[str | None, Lookup | None]:
    """`owner/name` of the request's repository on GitHub (None elsewhere) and what is known of it."""
    full_name = named_repository(request.repository_url)
    return full_name, find_lookup(LookupKind.REPOSITORY, full_name) if full_name else None


def check_of_repository(request: AccessRequest) -> Check:
    """What GitHub is known to say now; nothing waits for it."""
    full_name, lookup = repository_lookup(request)
    return policies.check_repository(full_name, lookup.status if lookup else None, lookup.answer if lookup else {})


def checks_of(request: AccessRequest, chosen: Chosen | None = None, stock: Stock | None = None) -> list[Check]:
    """All policy checks of a request, in at most four queries and those of check_of_gpus."""
    full_name, lookup = repository_lookup(request)
    found = lookup is not None and lookup.status is LookupState.FOUND
    answer = lookup.answer if lookup is not None and found else {}
    change = request.allocation_id is not None
    standing = request.project if change else Project.objects.filter(name_key=request.name_key).first()
    others = AccessRequest.objects.filter(name_key=request.name_key, state__in=OPEN_REQUESTS).exclude(pk=request.pk)
    gpus = check_of_gpus(request, chosen, stock)
    return [
        policies.check_licence(request.licence),
        policies.check_stated_licence(request.licence, answer),
        policies.check_repository(full_name, lookup.status if lookup else None, answer),
        policies.check_purpose(request.purpose),
        policies.check_name(
            request.name,
            project_stands=standing is not None,
            own_project=standing is not None and keeps(request.requester, standing),
            others_open=others.count(),
        ),
        *([gpus] if gpus else []),
    ]


def keeps(person: Any, project: Project) -> bool:
    """Whether somebody is an owner or maintainer of a project."""
    number = getattr(person, "github_id", None)
    keepers = Member.objects.filter(project=project, role__in=policies.KEEPERS)
    return number is not None and keepers.filter(github_id=number).exists()
