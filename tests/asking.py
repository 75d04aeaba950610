"""Requests for journeys and measurements: asked for and approved through the services, as people would."""

from typing import Any

from projects.amounts import Amount
from projects.grants import Grant, ServerLine
from projects.models import AccessRequest, Cloud, Generation, User
from projects.rules import RULES_VERSION
from projects.services import requests
from projects.states import Kind
from tests.factories import PUBLIC_KEY

WHY = "A test: nobody asked GitHub."
GENERATIONS = {"p8": "power8", "p9": "power9"}


def director() -> User:
    """Who approves; staff by PORTAL_STAFF=dana-director:4401."""
    fields: dict[str, Any] = {"github_login": "dana-director", "username": "github-4401"}
    return User.objects.get_or_create(github_id=4401, defaults=fields)[0]


def asked(number: int, *, flavor: str = "p9.small", count: int = 1, volume_gib: int = 10) -> AccessRequest:
    """A request for servers with a volume each, at the desk."""
    grant = Grant(lines=(ServerLine("web", flavor, "debian-12-ppc64le", count, volume_gib),))
    return sent(number, Kind.MANAGED, GENERATIONS[flavor[:2]], grant)


def asked_access(number: int, amount: Amount) -> AccessRequest:
    """A request for cloud access to POWER9, at the desk."""
    return sent(number, Kind.CLOUD, "power9", Grant(access=amount))


def sent(number: int, kind: Kind, generation: str, grant: Grant) -> AccessRequest:
    """A request for this on the one cloud that there is, at the desk."""
    person, _ = User.objects.get_or_create(
        github_id=600_000 + number,
        defaults={"github_login": f"porter-{number}", "username": f"github-{600_000 + number}"},
    )
    draft = requests.begin_draft(user=person)
    requests.save_draft(
        draft=draft,
        name=f"Asked {number:05}",
        web_page="https://example.org/",
        repository_url=f"https://git.example.org/asked-{number}",
        licence="MIT",
        mission="Is tested.",
        community="One test",
        purpose="ci",
        usage="Tests.",
        duration_days=365,
        ssh_keys=[PUBLIC_KEY],
        contacts=[{"name": "Porter", "email": "porter@example.org"}],
    )
    part = requests.PartAsked(kind, Cloud.objects.get(), Generation.objects.get(slug=generation), grant)
    requests.set_parts(draft=draft, parts=[part])
    return requests.submit_request(request=draft, by=person, rules_version=RULES_VERSION)


def approve(request: AccessRequest) -> None:
    """As asked for; the message to the engine goes out when this has committed."""
    grants = {part: Grant.from_json(part.asked) for part in request.parts.all()}
    requests.approve_request(request=request, by=director(), grants=grants, override_reason=WHY)
