"""What happened (Event), what is to be told (Mail), and what was asked of GitHub (Lookup)."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from projects.models.people import NOBODY
from projects.states import LookupState

FRESH: Final = timedelta(hours=24)  # how long a fact of GitHub's counts
ANSWERED: Final = (LookupState.FOUND, LookupState.ABSENT)


class EventQuerySet(models.QuerySet["Event"]):
    """Events, as far as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """All for the desk, else those of one's projects."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_operator else self.filter(project__members__github_id=user.github_id or NOBODY)


class Event(models.Model):
    """Something that happened; append-only by a trigger of the database, for the application too.

    People stand in it by their numeric GitHub id alone, so that erasing an account leaves the audit whole: the actor,
    and whom it is about in `facts["github_id"]`, for whom `{person}` stands in the text. projects.history names them.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor_id = models.BigIntegerField(null=True, blank=True)
    verb = models.CharField(max_length=60)
    project = models.ForeignKey(
        "projects.Project", null=True, blank=True, on_delete=models.PROTECT, related_name="events"
    )
    target = models.CharField(max_length=120, blank=True)
    text = models.CharField(max_length=500)
    facts = models.JSONField(default=dict, blank=True)
    key = models.CharField(max_length=200, unique=True, null=True, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["project", "-at", "-id"], name="event_of_project")]

    def __str__(self) -> str:
        return self.text


class Mail(models.Model):
    """A message that is due to a person; written with the change it tells of, sent later, once for each key."""

    key = models.CharField(max_length=200, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mails")
    kind = models.CharField(max_length=40)
    project = models.ForeignKey("projects.Project", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=200)
    text = models.TextField()
    path = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=models.Q(sent_at__isnull=True), name="mail_to_send")
        ]

    def __str__(self) -> str:
        return self.subject


class LookupQuerySet(models.QuerySet["Lookup"]):
    """Lookups by their age."""

    def stale(self, now: datetime) -> Self:
        """Those answered too long ago to count."""
        return self.filter(state__in=ANSWERED).exclude(answered_at__gte=now - FRESH)


class Lookup(models.Model):
    """A fact that only GitHub can tell: a repository, a login's numeric id, a login's keys; kept for 24 hours."""

    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=LookupState.choices(), default=LookupState.ASKED)
    answer = models.JSONField(default=dict, blank=True)
    etag = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    objects = LookupQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "key"], name="one_lookup_per_fact")]
        indexes: ClassVar = [models.Index(fields=["state", "asked_at"], name="lookup_queue")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    def stale(self, now: datetime) -> bool:
        """Whether it was answered too long ago to count."""
        return self.status in ANSWERED and (self.answered_at is None or self.answered_at < now - FRESH)

    @property
    def status(self) -> LookupState:
        """The state with its words and tone."""
        return LookupState(self.state)
