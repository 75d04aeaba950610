"""The desk's page of the agents of the lab's Jenkins."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from projects.web.people import at_the_desk
from provisioning.agents import farm


@at_the_desk
@require_safe
def agents(http: HttpRequest) -> HttpResponse:
    """Each agent with its state, builds and disk, and what waits; not there in a lab without Jenkins."""
    if not settings.JENKINS_URL:
        raise Http404
    return render(http, "provisioning/agents.html", {"farm": farm(timezone.now()), "url": settings.JENKINS_URL})
