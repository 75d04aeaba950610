"""Who belongs to a project: add, change the role of, and remove members."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from projects.models import Member
from projects.services import members as verbs
from projects.web.limits import limit
from provisioning.web.access import project_or_404
from provisioning.web.forms import MemberForm, RoleForm
from provisioning.web.refusals import told


@login_required
@require_POST
def add(http: HttpRequest, slug: str) -> HttpResponse:
    """Add a member by GitHub login."""
    project, seat = project_or_404(http, slug)
    form = MemberForm(http.POST)
    if not form.is_valid():
        messages.error(http, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("provisioning:project", slug=slug)
    limit(http, "members", most=60, minutes=60)
    login, role = form.cleaned_data["login"], form.cleaned_data["role"]
    with told(http, f"{login} was added; it takes effect when GitHub has told the account's number."):
        seat.require("members")
        verbs.add_member(project=project, by=seat.user, login=login, role=role)
    return redirect("provisioning:project", slug=slug)


@login_required
@require_POST
def change(http: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Give a member another role, or remove them."""
    project, seat = project_or_404(http, slug)
    member = get_object_or_404(Member, project=project, pk=pk)
    if "remove" in http.POST:
        with told(http, f"{member.github_login} was removed."):
            verbs.remove_member(member=member, by=seat.user)
            if member.github_id == seat.user.github_id and not seat.user.is_operator:
                return redirect("provisioning:projects")
    elif (form := RoleForm(http.POST)).is_valid():
        with told(http, f"{member.github_login} is {form.cleaned_data['role']} now."):
            seat.require("members")
            verbs.change_role(member=member, by=seat.user, role=form.cleaned_data["role"])
    return redirect("provisioning:project", slug=slug)
