"""Who looks at a project's page, and what their seat lets them do there."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from projects.errors import NotAllowed
from projects.models import Allocation, Member, Project, User
from projects.states import MemberRole


@dataclass(frozen=True, slots=True)
class Seat:
    """A person at a project: `role` is empty for the desk's people who are no members."""

    user: User
    role: str

    @property
    def may_act(self) -> bool:
        """Resources and tickets: maintainers, owners, and the desk."""
        return self.user.is_operator or self.role in {MemberRole.MAINTAINER, MemberRole.OWNER}

    @property
    def may_own(self) -> bool:
        """Members, dates and release: owners, and staff."""
        return self.user.is_staff or self.role == MemberRole.OWNER

    def require_act(self) -> None:
        """Raises NotAllowed for those who may only look."""
        if not self.may_act:
            raise NotAllowed("Only maintainers and owners of the project may do this.")

    def require_own(self) -> None:
        """Raises NotAllowed for all but owners and staff."""
        if not self.may_own:
            raise NotAllowed("Only owners of the project may do this.")


def seat_among(user: User, members: list[Member]) -> Seat:
    """The person's seat, from the project's members as already loaded."""
    role = next((member.role for member in members if member.github_id and member.github_id == user.github_id), "")
    return Seat(user=user, role=role)


def project_or_404(http: HttpRequest, slug: str) -> tuple[Project, Seat]:
    """The project and the visitor's seat; somebody else's project is absent."""
    user = signed_in(http)
    project = get_object_or_404(Project.objects.visible_to(user), slug=slug)
    return project, seat_among(user, list(project.members.filter(github_id=user.github_id)))


def allocation_or_404(http: HttpRequest, pk: str) -> tuple[Allocation, Seat]:
    """The allocation with its project, and the visitor's seat; somebody else's is absent."""
    user = signed_in(http)
    rows = Allocation.objects.visible_to(user).select_related("project", "cloud", "generation", "plan")
    allocation = get_object_or_404(rows, pk=pk)
    members = Member.objects.filter(project=allocation.project_id, github_id=user.github_id)
    return allocation, seat_among(user, list(members))


def signed_in(http: HttpRequest) -> User:
    """The visitor as a User; callers stand behind login_required."""
    if not isinstance(http.user, User):
        raise Http404
    return http.user
