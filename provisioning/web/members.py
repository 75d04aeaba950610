"""Who belongs to a project: add, change the role of, and remove members."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from projects.errors import Invalid
from projects.models import Allocation, Member
from projects.services import members as verbs
from projects.states import Desired, MemberRole
from projects.web.limits import limit
from provisioning.web.access import Seat, project_or_404
from provisioning.web.forms import MemberForm, RoleForm
from provisioning.web.projects import shown
from provisioning.web.refusals import told

CREDENTIAL = "{} may still have the application credential for {}, which is the project’s: {}"


@login_required
@require_POST
def add(http: HttpRequest, slug: str) -> HttpResponse:
    """Add a member by GitHub login."""
    project, seat = project_or_404(http, slug)
    with told(http):
        seat.require("members")
    form = MemberForm(http.POST)
    if form.is_valid():
        limit(http, "members", most=60, minutes=60)
        login, role = form.cleaned_data["login"], form.cleaned_data["role"]
        with told(http, f"{login} was added; it takes effect when GitHub has told the account's number.", form):
            verbs.add_member(project=project, by=seat.user, login=login, role=role)
            return redirect("provisioning:project", slug=slug)
    return shown(http, slug, form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(http: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Give a member another role, or remove them; GET says first what a removal does."""
    project, seat = project_or_404(http, slug)
    member = get_object_or_404(Member, project=project, pk=pk)
    if http.method != "POST":
        own = member.github_id is not None and member.github_id == seat.user.github_id
        with told(http):
            seat.require("leave" if own else "members")
        context = {"project": project, "member": member, "own": own}
        context["credential"] = verbs.with_credential(project).exists()
        return render(http, "provisioning/remove.html", context)
    if "remove" in http.POST:
        with told(http, f"{member.github_login} was removed."):
            left = verbs.remove_member(member=member, by=seat.user)
            if member.github_id == seat.user.github_id and not seat.user.is_operator:
                return redirect("provisioning:projects")
            _tell_of_credentials(http, member, left)
        return redirect("provisioning:project", slug=slug)
    if not (form := RoleForm(http.POST)).is_valid():
        raise Invalid("Choose one of the roles.")
    role = MemberRole(form.cleaned_data["role"])
    with told(http, f"{member.github_login}: {role.words.lower()} now."):
        seat.require("members")
        _tell_of_credentials(http, member, verbs.change_role(member=member, by=seat.user, role=role))
    return redirect("provisioning:project", slug=slug)


def _tell_of_credentials(http: HttpRequest, member: Member, left: list[Allocation]) -> None:
    """Say what somebody may still have, and what the visitor, who may have been that owner, can do about it now."""
    seat = project_or_404(http, member.project.slug)[1]
    for allocation in left:
        cure = _cure(seat, allocation)
        messages.warning(http, format_html(CREDENTIAL, member.github_login, allocation.generation, cure))


def _cure(seat: Seat, allocation: Allocation) -> str:
    if not seat.may_have_credential:
        return "its owners are told, and can replace it."
    if allocation.desired != Desired.PRESENT:
        return "it does not work while this is suspended; replace it once this is in use again."
    address = reverse("provisioning:credential", args=[allocation.pk])
    return format_html('it works until you replace it by a <a href="{}">New credential</a>.', address)
