"""What every page's frame shows: the badge, who is signed in, and where one can go."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Place:
    """A link of the frame; `current` is the value of aria-current, or empty."""

    title: str
    url: str
    current: str = ""


def frame(http: HttpRequest) -> dict[str, Any]:
    """The badge, the navigation and the addresses of sign-in and sign-out, for templates/base.html."""
    user = getattr(http, "user", None)
    known = user is not None and user.is_authenticated
    desk = user is not None and known and user.is_operator
    return {
        "portal_badge": settings.PORTAL_BADGE,
        "nav": [_place(http, title, name) for title, name in _main(known, desk)],
        "account_nav": [_place(http, title, name) for title, name in _account(desk)],
        "desk_url": reverse("desk"),
        "foot_nav": [Place("Rules of use", reverse("projects:rules")), Place("Catalog", reverse("catalog"))],
        "signin_url": reverse("signin:begin", args=["github"]),
        "signin_next": _next(http),
        "signout_url": reverse("signin:out"),
    }


def _main(known: bool, desk: bool) -> list[tuple[str, str]]:
    places = [("Home", "home")]
    if known:
        places.append(("Projects" if desk else "My projects", "provisioning:projects"))
    places += [("Catalog", "catalog"), ("Ask for access", "projects:ask")]
    if desk:
        places.append(("Desk", "desk"))
    return places


def _account(desk: bool) -> list[tuple[str, str]]:
    places = [
        ("My requests", "projects:requests"),
        ("Tickets", "projects:tickets"),
        ("Mail", "projects:mail"),
        ("Account and keys", "projects:account"),
    ]
    return places if not desk else [*places, ("Clouds", "provisioning:clouds")]


def _place(http: HttpRequest, title: str, name: str) -> Place:
    url = reverse(name)
    if http.path == url:
        return Place(title, url, "page")
    return Place(title, url, "true" if url != "/" and http.path.startswith(url) else "")


def _next(http: HttpRequest) -> str:
    """Where to go after signing in: back to this page if it can be looked at, else home."""
    return http.get_full_path() if http.method == "GET" else "/"
