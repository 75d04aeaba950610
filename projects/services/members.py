"""Who belongs to a project: added by GitHub login, in effect once GitHub has told the numeric id."""

from django.db import transaction
from django.db.models import QuerySet

from projects.errors import AlreadyMember, Invalid, LastOwner
from projects.history import PERSON
from projects.models import Allocation, Event, Member, Project, User
from projects.paths import project_page
from projects.policies import allowed, require
from projects.repositories import is_login
from projects.services.events import record_event
from projects.services.hooks import members_changed
from projects.services.lookups import ask_login, put_into_effect
from projects.services.mails import people_of, write_mails
from projects.states import Desired, Kind, LookupState, MemberRole

MOST_MEMBERS = 200
LEFT = "Somebody no longer belongs to the project."
DEMOTED = "Somebody is no longer an owner of the project."
CREDENTIAL = (
    "{} If they downloaded clouds.yaml, it works for them until the credential is replaced: press “New credential” on "
    "the project's page."
)


@transaction.atomic
def add_member(*, project: Project, by: User, login: str, role: str = MemberRole.MEMBER) -> Member:
    """Add somebody by GitHub login. Raises NotAllowed, Invalid, AlreadyMember.

    The membership counts once the login's numeric id is known; where GitHub told it lately, that is at once.
    """
    _lock(project, by)
    return admit(project=project, by=by, login=login, role=role)


def admit(*, project: Project, by: User, login: str, role: str = MemberRole.MEMBER) -> Member:
    """The same for who decided already that this person is to belong to it, as an approval does."""
    name = login.strip().removeprefix("@")
    if not is_login(name):
        raise Invalid("This is no GitHub login: letters, digits and single hyphens only.", field="login")
    if project.members.count() >= MOST_MEMBERS:
        raise Invalid(f"A project has at most {MOST_MEMBERS} members; remove somebody first.", field="login")
    if project.members.filter(github_login__iexact=name).exists():
        raise AlreadyMember(field="login")
    lookup = ask_login(name)
    known = int(lookup.answer["id"]) if lookup.status is LookupState.FOUND else None
    member = Member.objects.create(project=project, github_login=name, role=MemberRole(role), added_by=by)
    _record(member, by, "member.added", f"{PERSON} was added as {member.role}", known)
    if known is None:
        return member
    put_into_effect(name, known)
    return _refreshed(member)


@transaction.atomic
def remove_member(*, member: Member, by: User) -> list[Allocation]:
    """Remove somebody, or leave oneself. Raises LastOwner, since a project always has an owner, and NotAllowed.

    Answers whose application credential they may still have: it is the project's, and its owners are told.
    """
    leaving = member.github_id is not None and member.github_id == by.github_id
    fresh = _locked(member, by, verb="leave" if leaving else "members")
    _keep_an_owner(fresh)
    told = _record(fresh, by, "member.removed", f"{PERSON} {'left' if leaving else 'was removed'}", fresh.github_id)
    fresh.delete()
    return tell_of_credentials(fresh.project, LEFT, key=f"event:{told.pk}:credential")


def with_credential(project: Project) -> QuerySet[Allocation]:
    """The project's allocations that have an application credential, oldest first."""
    lent = project.allocations.filter(kind=Kind.CLOUD).exclude(desired=Desired.ABSENT)
    return lent.select_related("generation").order_by("created_at")


def tell_of_credentials(project: Project, why: str, *, key: str) -> list[Allocation]:
    """Tell the owners that somebody may still have the application credential, and `why`; answers which.

    By no name, since an account that is erased is to stand in no mail.
    """
    left = list(with_credential(project))
    if left:
        write_mails(
            people_of(project, MemberRole.OWNER),
            key=key,
            kind="member",
            subject=f"{project.name}: somebody may still have the application credential",
            text=CREDENTIAL.format(why),
            path=project_page(project.slug),
            project=project,
        )
    return left


@transaction.atomic
def change_role(*, member: Member, by: User, role: str) -> list[Allocation]:
    """Give somebody another role. Raises LastOwner, NotAllowed.

    Answers, of who was an owner, the same as remove_member().
    """
    fresh = _locked(member, by, verb="members")
    was, now = MemberRole(fresh.role), MemberRole(role)
    if was is now:
        return []
    if was is MemberRole.OWNER:
        _keep_an_owner(fresh)
    fresh.role = now
    fresh.save(update_fields=["role"])
    text = f"{PERSON} is {now.words.lower()} now, was {was.words.lower()}"
    told = _record(fresh, by, "member.role", text, fresh.github_id)
    if was is not MemberRole.OWNER:
        return []
    return tell_of_credentials(fresh.project, DEMOTED, key=f"event:{told.pk}:credential")


def role_in(project: Project, person: User) -> MemberRole | None:
    """Somebody's role in effect, None for who does not belong to the project."""
    member = Member.objects.filter(project=project, github_id=person.github_id or -1).first()
    return MemberRole(member.role) if member else None


def is_last_owner(member: Member) -> bool:
    """Whether the project would be left without an owner in effect."""
    if member.role != MemberRole.OWNER or member.github_id is None:
        return False
    owners = Member.objects.filter(project=member.project_id, role=MemberRole.OWNER, github_id__isnull=False)
    return not owners.exclude(pk=member.pk).exists()


def _lock(project: Project, by: User, verb: str = "members") -> None:
    """Let one change at a time happen to a project's members, by somebody who may."""
    Project.objects.select_for_update().get(pk=project.pk)
    require(allowed(by, role_in(project, by), verb), "Only an owner of the project, or the lab's staff, may do this.")


def _locked(member: Member, by: User, verb: str) -> Member:
    _lock(member.project, by, verb)
    return Member.objects.select_for_update(of=("self",)).select_related("project").get(pk=member.pk)


def _keep_an_owner(member: Member) -> None:
    if is_last_owner(member):
        raise LastOwner(project=member.project.name)


def _refreshed(member: Member) -> Member:
    """The row after it was put into effect; gone where this person belonged to the project under an earlier login."""
    found = Member.objects.filter(pk=member.pk).first()
    if found is None:
        raise AlreadyMember(field="login")
    return found


def _record(member: Member, by: User, verb: str, text: str, github_id: int | None) -> Event:
    members_changed.fire(project_id=member.project_id)
    return record_event(
        verb=verb,
        actor=by,
        project=member.project,
        target=f"member {member.pk}",
        text=text,
        facts={"github_id": github_id, "role": member.role},
    )
