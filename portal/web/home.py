"""The first page, open to everybody: what this is, how it works, what is free."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.web.figures import pool_views
from projects.models import AccessRequest, User
from projects.states import RequestState


@require_safe
def page(http: HttpRequest) -> HttpResponse:
    """Live figures of each generation beside the words; those at the desk see what waits for them."""
    at_the_desk = isinstance(http.user, User) and http.user.is_operator
    waiting = AccessRequest.objects.filter(state=RequestState.SUBMITTED).count() if at_the_desk else None
    return render(http, "portal/home.html", {"pools": pool_views(), "waiting": waiting})
