"""Conversations: the list, one thread, a word in it, and its state."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Case, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects.errors import Invalid
from projects.models import Project, Ticket, User
from projects.paging import page_of
from projects.paths import desk_page
from projects.policies import KEEPERS
from projects.services import tickets as services
from projects.states import TICKET_MOVES, TicketState
from projects.web.forms.talk import AnswerForm, TicketForm
from projects.web.limits import limit
from projects.web.people import visitor
from projects.web.trail import Crumb

MOST_OFFERED = 50  # projects to choose from, for the desk
LIVE = Q(state__in=(TicketState.OPEN, TicketState.WAITING))


@never_cache
@login_required
@require_safe
def listing(http: HttpRequest) -> HttpResponse:
    """Threads that still want something, or with ?all=1 every one; last changed first."""
    everything = http.GET.get("all") == "1"
    rows = Ticket.objects.visible_to(visitor(http)).select_related("project", "request")
    page = page_of(rows if everything else rows.filter(LIVE), keys=("-changed_at", "-id"), http_query=http.GET)
    return render(http, "projects/tickets.html", {"page": page, "everything": everything})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(http: HttpRequest, pk: int) -> HttpResponse:
    """One thread; POST says something in it."""
    user = visitor(http)
    rows = Ticket.objects.visible_to(user).select_related("project", "request", "allocation", "follows")
    ticket = get_object_or_404(rows, pk=pk)
    form = AnswerForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        limit(http, "messages", most=60, minutes=60)
        waiting = user.is_operator and bool(http.POST.get("waiting"))
        try:
            said = services.post_message(ticket=ticket, by=user, text=form.cleaned_data["text"], waiting=waiting)
        except Invalid as error:
            form.add_error("text", str(error))
        else:
            messages.success(http, "Your message is in the thread.")
            return redirect("projects:ticket", said.ticket_id)
    context = {
        "ticket": ticket,
        "thread": ticket.messages.select_related("author"),
        "form": form,
        "may_post": services.may_post(ticket, user),
        "moves": _moves(ticket) if user.is_operator else [],
        "desk_page": desk_page(ticket.key) if user.is_operator else "",
        "trail": [Crumb("Tickets", reverse("projects:tickets"))],
    }
    return render(http, "projects/ticket.html", context, status=422 if form.is_bound else 200)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def begin(http: HttpRequest) -> HttpResponse:
    """A new thread about a project, by its owners and maintainers, or by the desk, which finds it by ?q=.

    ?project= chooses it.
    """
    user, wanted = visitor(http), _asked(http.GET, "q")
    chosen = _asked(http.POST or http.GET, "project")
    projects = {project.slug: project for project in _projects_of(user, wanted, chosen)}
    form = TicketForm(projects.values(), http.POST or None, initial={"project": chosen})
    if http.method == "POST" and form.is_valid():
        limit(http, "tickets", most=20, minutes=60)
        data = form.cleaned_data
        about = projects[data["project"]]
        ticket = services.open_ticket(title=data["title"], text=data["text"], project=about, by=user)
        messages.success(http, "Your ticket is at the lab.")
        return redirect("projects:ticket", ticket.pk)
    context = {"form": form, "projects": projects, "wanted": wanted, "most": MOST_OFFERED}
    context["trail"] = [Crumb("Tickets", reverse("projects:tickets"))]
    return render(http, "projects/ticket_new.html", context, status=422 if form.is_bound else 200)


def _asked(query: QueryDict, name: str) -> str:
    return query.get(name, "").strip()[:90].replace("\x00", "")


def _projects_of(user: User, wanted: str, chosen: str) -> QuerySet[Project]:
    """Where somebody may write tickets; the desk everywhere: the `chosen` one, then those with `wanted` in the name."""
    if user.is_operator:
        rows = Project.objects.filter(Q(slug=chosen) | Q(name__icontains=wanted))
        return rows.order_by(Case(When(slug=chosen, then=0), default=1), "name")[:MOST_OFFERED]
    mine = Project.objects.filter(members__github_id=user.github_id or -1, members__role__in=KEEPERS)
    return mine.order_by("name")


@login_required
@require_POST
def move(http: HttpRequest, pk: int) -> HttpResponse:
    """Resolve, close or open a thread again; raises what the service refuses."""
    ticket = get_object_or_404(Ticket.objects.visible_to(visitor(http)), pk=pk)
    if (to := http.POST.get("to", "")) not in set(TicketState):
        raise Invalid("Choose one of the buttons.")
    services.move_ticket(ticket=ticket, to=TicketState(to), by=visitor(http))
    messages.success(http, f"The ticket is {TicketState(to).words.lower()} now.")
    return redirect("projects:ticket", pk)


def _moves(ticket: Ticket) -> list[TicketState]:
    return [now for was, now in sorted(TICKET_MOVES) if was is ticket.status and now is not TicketState.WAITING]
