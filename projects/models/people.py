"""Who signs in, which projects there are, and who belongs to them."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from projects.repositories import is_login
from projects.states import MemberRole
from projects.text import name_key

ERASED = "an erased account"
NOBODY = -1  # a number that no account has: None would match the memberships that wait for theirs


class UserManager(BaseUserManager["User"]):
    """Makes users without passwords: everybody signs in with GitHub."""

    def create_user(self, username: str, email: str = "", **fields: Any) -> "User":
        """A new user who cannot sign in by password."""
        user = self.model(username=username, email=self.normalize_email(email), **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person, known by the numeric id of a GitHub account; the login may be renamed, the id never changes.

    What the lab's own people may do is read from the settings at each request, so it is no column here.
    """

    username = models.CharField(max_length=150, unique=True)
    email = models.EmailField(blank=True)
    github_id = models.BigIntegerField(unique=True, null=True, blank=True)
    github_login = models.CharField(max_length=39, blank=True, db_index=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return ERASED if self.erased_at else self.github_login or self.username

    @property
    def is_staff(self) -> bool:
        """Whether the settings name this person as the lab's staff (the director)."""
        return self.is_active and self.github_id in settings.PORTAL_STAFF

    @property
    def is_operator(self) -> bool:
        """Whether this person works at the desk: an operator (a student) or staff."""
        return self.is_staff or (self.is_active and self.github_id in settings.PORTAL_OPERATORS)


class NameKeyField(models.CharField):  # type: ignore[type-arg]
    """Follows `name`: what names that count as the same have in common. Written by the field itself at each save."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002 (Django names it)
        """The key of the row's name as it is now."""
        value = name_key(getattr(model_instance, "name", ""))
        setattr(model_instance, self.attname, value)
        return value


class ProjectQuerySet(models.QuerySet["Project"]):
    """Projects, as far as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """All for the desk, else those where this person is a member in effect."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_operator else self.filter(members__github_id=user.github_id or NOBODY)


class Project(models.Model):
    """A free software project that the lab lends machines to; the row is made by its first approval."""

    name = models.CharField(max_length=80)
    name_key = NameKeyField(max_length=240, editable=False, unique=True)
    slug = models.SlugField(max_length=90, unique=True)
    web_page = models.URLField(blank=True)
    repository_url = models.URLField(blank=True)
    licence = models.CharField(max_length=80, blank=True)
    mission = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["name", "id"], name="project_by_name")]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A person in a project, by GitHub login; in effect once the numeric id is known.

    Where somebody else has the login since, the label is `nameless()` until GitHub tells the new one.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="members")
    github_login = models.CharField(max_length=39)
    github_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    role = models.CharField(max_length=12, choices=MemberRole.choices(), default=MemberRole.MEMBER)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("project", Lower("github_login"), name="one_membership_per_login"),
            models.UniqueConstraint(
                fields=["project", "github_id"],
                condition=models.Q(github_id__isnull=False),
                name="one_membership_per_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.github_login} in {self.project_id}"

    @property
    def is_nameless(self) -> bool:
        """Whether nobody knows this person's login."""
        return not is_login(self.github_login)


def nameless(github_id: int) -> str:
    """How a person is called whose login is not known: as no login can be written."""
    return f"GitHub number {github_id}"


class SshKey(models.Model):
    """A public key of a person, checked and with its SHA-256 fingerprint."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ssh_keys")
    kind = models.CharField(max_length=40)
    public_key = models.TextField()
    comment = models.CharField(max_length=120, blank=True)
    fingerprint = models.CharField(max_length=60)
    imported = models.BooleanField(default=False)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "fingerprint"], name="one_row_per_key_of_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.fingerprint}"

    @property
    def install_line(self) -> str:
        """The one command that puts this key on a server where it is not yet, typed there by its owner."""
        return f"echo '{self.public_key}' >> ~/.ssh/authorized_keys"
