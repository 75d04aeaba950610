"""The rules of use, in force and earlier."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects.rules import RULES_VERSION, RULES_VERSIONS


@require_safe
def page(http: HttpRequest, version: str = RULES_VERSION) -> HttpResponse:
    """One version; the one in force where none is named."""
    if version not in RULES_VERSIONS:
        raise Http404
    return render(http, "projects/rules.html", {"version": version, "rules": f"projects/rules/{version}.html"})
