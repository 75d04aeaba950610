"""Who is looking, and who may look at the desk's pages."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from projects.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

DESK_ONLY: Final = "The desk is for the lab’s operators and staff."


def visitor(http: HttpRequest) -> User:
    """The signed-in visitor; callers stand behind login_required."""
    if not isinstance(http.user, User):
        raise Http404
    return http.user


def at_the_desk(view: View[P]) -> View[P]:
    """Lets operators and staff through; others are asked to sign in, or told whose page it is."""

    @login_required
    @wraps(view)
    def guarded(http: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not visitor(http).is_operator:
            raise PermissionDenied(DESK_ONLY)
        return view(http, *args, **kwargs)

    return guarded


def by_htmx(http: HttpRequest) -> bool:
    """Whether a script asks for a part of the page, not the browser for all of it."""
    return http.headers.get("HX-Request") == "true"
