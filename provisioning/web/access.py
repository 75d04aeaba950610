"""Who looks at a project's page, and what their seat lets them do there."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from projects import policies
from projects.models import Allocation, Member, Project, User
from projects.services.lookups import login_unknown
from projects.states import MemberRole
from projects.web.people import visitor
from provisioning.clouds import with_watch
from provisioning.suspensions import with_suspensions
from provisioning.waiting import with_waiting

ROLES = tuple(MemberRole)


@dataclass(frozen=True, slots=True)
class Seat:
    """A person at a project: `role` is None for the desk's people who are no members."""

    user: User
    role: MemberRole | None

    @property
    def may_act(self) -> bool:
        """Whether pages offer what maintainers may do."""
        return policies.allowed(self.user, self.role, "act")

    @property
    def may_build(self) -> bool:
        """Whether pages offer a build of a CI job."""
        return policies.allowed(self.user, self.role, "build")

    @property
    def may_write(self) -> bool:
        """Whether pages offer a ticket about the project."""
        return policies.allowed(self.user, self.role, "tickets")

    @property
    def may_suspend(self) -> bool:
        """Whether pages offer what staff may do."""
        return policies.can_suspend(self.user)

    @property
    def may_own(self) -> bool:
        """Whether pages offer what owners may do."""
        return policies.allowed(self.user, self.role, "members")

    @property
    def may_have_credential(self) -> bool:
        """Whether pages offer the secret, which is the project's alone: nobody gets it by a seat at the desk."""
        return policies.can_manage(self.role, "credential")

    def require(self, verb: str) -> None:
        """Raises NotAllowed unless projects.policies lets this person do `verb` in the project."""
        policies.require(policies.allowed(self.user, self.role, verb))


def seat_among(user: User, members: list[Member]) -> Seat:
    """The person's seat, from the project's members as already loaded."""
    role = next((member.role for member in members if member.github_id and member.github_id == user.github_id), None)
    return Seat(user=user, role=MemberRole(role) if role else None)


def project_or_404(http: HttpRequest, slug: str) -> tuple[Project, Seat]:
    """The project and the visitor's seat; somebody else's project is absent."""
    user = visitor(http)
    project = get_object_or_404(Project.objects.visible_to(user), slug=slug)
    return project, seat_among(user, list(project.members.filter(github_id=user.github_id)))


def members_or_404(http: HttpRequest, slug: str) -> tuple[Project, list[Member], Seat]:
    """The same with all members, in the one query that reads them; a project always has an owner.

    A member is `unknown` where GitHub answered that nobody has this login.
    """
    user = visitor(http)
    rows = Member.objects.filter(project__slug=slug).select_related("project").annotate(unknown=login_unknown())
    members: list[Member] = sorted(rows, key=lambda row: (ROLES.index(row.role), row.github_login.lower()))
    seat = seat_among(user, members)
    if not members or not (seat.role or user.is_operator):
        raise Http404
    return members[0].project, members, seat


def allocation_or_404(http: HttpRequest, pk: str) -> tuple[Allocation, Seat]:
    """The allocation with its project, and the visitor's seat; somebody else's is absent."""
    user = visitor(http)
    rows = Allocation.objects.visible_to(user).select_related("project", "cloud", "generation", "plan")
    allocation = get_object_or_404(with_watch(with_waiting(with_suspensions(rows))), pk=pk)
    members = Member.objects.filter(project=allocation.project_id, github_id=user.github_id)
    return allocation, seat_among(user, list(members))
