"""The list of projects and the one page that each project has."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects.history import happenings, with_names
from projects.models import Project
from projects.paging import page_of
from projects.states import MemberRole, TicketState
from projects.web.people import visitor
from provisioning import queries
from provisioning.web.access import members_or_404, project_or_404
from provisioning.web.forms import MemberForm

RECENT = 8


@login_required
@require_safe
def listing(http: HttpRequest) -> HttpResponse:
    """Projects by name: one's own, or all for the desk; found by the beginning of a word in the name."""
    user = visitor(http)
    wanted = http.GET.get("q", "").strip()[:80].replace("\x00", "")
    rows = Project.objects.visible_to(user)
    if wanted:
        rows = rows.filter(name__icontains=wanted)
    page = page_of(rows, keys=("name", "id"), http_query=http.GET)
    standing = queries.standing_of([project.pk for project in page.rows])
    shown = [(project, standing.get(project.pk, ())) for project in page.rows]
    return render(http, "provisioning/projects.html", {"shown": shown, "page": page, "wanted": wanted})


@login_required
@require_safe
def page(http: HttpRequest, slug: str) -> HttpResponse:
    """All of one project: allocations with servers and volumes, quotas, dates, members, tickets, history."""
    return shown(http, slug, MemberForm())


def shown(http: HttpRequest, slug: str, form: MemberForm) -> HttpResponse:
    """The page with the form that adds a member, as far as it was filled in."""
    project, members, seat = members_or_404(http, slug)
    views = queries.allocations_of(project, seat.user)
    tickets = project.tickets.filter(internal=False).exclude(state=TicketState.CLOSED)
    return render(
        http,
        "provisioning/project.html",
        {
            "project": project,
            "members": members,
            "seat": seat,
            "roles": list(MemberRole),
            "views": views,
            "member_form": form,
            "has_credential": any(view.credential for view in views),
            "events": happenings(with_names(project.events.order_by("-at", "-id"))[:RECENT]),
            "tickets": tickets.order_by("-changed_at", "-id")[:RECENT],
        },
        status=422 if form.is_bound else 200,
    )


@login_required
@require_safe
def history(http: HttpRequest, slug: str) -> HttpResponse:
    """Everything that happened in a project, newest first, paged by key."""
    project, seat = project_or_404(http, slug)
    page = page_of(with_names(project.events.all()), keys=("-at", "-id"), http_query=http.GET)
    context = {"project": project, "seat": seat, "page": page, "events": happenings(page.rows)}
    return render(http, "provisioning/history.html", context)
