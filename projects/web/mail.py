"""The outbox as pages: what the portal wrote to whom."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from projects.models import Mail
from projects.paging import page_of
from projects.web.people import visitor


@never_cache
@login_required
@require_safe
def listing(http: HttpRequest) -> HttpResponse:
    """One's own mail; the desk sees all."""
    user = visitor(http)
    rows = Mail.objects.select_related("person", "project")
    rows = rows if user.is_operator else rows.filter(person=user)
    return render(http, "projects/mail.html", {"page": page_of(rows, keys=("-due_at", "-id"), http_query=http.GET)})
