"""The first page, open to everybody: what this is, how it works, what is free."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.web.figures import pool_views


@require_safe
def page(http: HttpRequest) -> HttpResponse:
    """Live figures of each generation beside the words."""
    return render(http, "portal/home.html", {"pools": pool_views()})
