"""Who works at the desk; to everybody else its pages are absent."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from projects.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def at_the_desk(view: View[P]) -> View[P]:
    """Lets operators and staff through; the rest, once signed in, see no such page."""

    @login_required
    @wraps(view)
    def guarded(http: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not (isinstance(http.user, User) and http.user.is_operator):
            raise Http404
        return view(http, *args, **kwargs)

    return guarded


def reviewer(http: HttpRequest) -> User:
    """The operator or staff member behind at_the_desk."""
    if not isinstance(http.user, User):
        raise Http404
    return http.user
