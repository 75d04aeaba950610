"""The outbox: what is to be told to whom, written with the change, sent later."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet

from projects.models import Mail, Project, User

LONGEST_SUBJECT = 200


def write_mail(
    *,
    key: str,
    person: User,
    kind: str,
    subject: str,
    text: str,
    path: str = "",
    project: Project | None = None,
) -> None:
    """Have something told to a person, once for each `key`. `path` is the page that the mail links to."""
    short = " ".join(subject.split())[:LONGEST_SUBJECT]
    row = Mail(key=key, person=person, kind=kind, subject=short, text=text, path=path, project=project)
    Mail.objects.bulk_create([row], ignore_conflicts=True)


def write_mails(
    people: Iterable[User],
    *,
    key: str,
    kind: str,
    subject: str,
    text: str,
    path: str = "",
    project: Project | None = None,
) -> None:
    """The same to several people, in one statement; each has a key of its own."""
    short = " ".join(subject.split())[:LONGEST_SUBJECT]
    Mail.objects.bulk_create(
        [
            Mail(
                key=f"{key}:{person.pk}", person=person, kind=kind, subject=short, text=text, path=path, project=project
            )
            for person in people
        ],
        ignore_conflicts=True,
    )


def desk() -> QuerySet[User]:
    """Everybody at the desk who has signed in at least once."""
    ids = {*settings.PORTAL_OPERATORS, *settings.PORTAL_STAFF}
    return User.objects.filter(github_id__in=ids, is_active=True)


def staff() -> QuerySet[User]:
    """The lab's staff who have signed in at least once."""
    return User.objects.filter(github_id__in=set(settings.PORTAL_STAFF), is_active=True)


def people_of(project: Project, *roles: str) -> QuerySet[User]:
    """The members of a project who have signed in, of these roles (none named: of all)."""
    members = project.members.filter(github_id__isnull=False)
    if roles:
        members = members.filter(role__in=roles)
    return User.objects.filter(github_id__in=members.values("github_id"), is_active=True)
