"""Who is looking."""

from django.http import Http404, HttpRequest

from projects.models import User


def visitor(http: HttpRequest) -> User:
    """The signed-in visitor; callers stand behind login_required."""
    if not isinstance(http.user, User):
        raise Http404
    return http.user


def by_htmx(http: HttpRequest) -> bool:
    """Whether a script asks for a part of the page, not the browser for all of it."""
    return http.headers.get("HX-Request") == "true"
