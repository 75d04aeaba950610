"""Conversations between a project and the desk."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from projects.models.people import NOBODY
from projects.states import TicketState


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Tickets, as far as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """All for the desk, else those of one's projects and requests that are not the desk's own."""
        if not user.is_authenticated:
            return self.none()
        if user.is_operator:
            return self
        mine = models.Q(project__members__github_id=user.github_id or NOBODY) | models.Q(requester=user)
        return self.filter(mine, internal=False).distinct()


class Ticket(models.Model):
    """A thread. `key` makes one that the portal opens by itself unique; `internal` ones only the desk sees.

    A closed one whose trouble came again has given its key away: its own is followed by `#` and its number.
    `requester` is who asked, in a request's thread and in those that follow it.
    """

    key = models.CharField(max_length=200, unique=True, null=True, blank=True)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=TicketState.choices(), default=TicketState.OPEN)
    internal = models.BooleanField(default=False)
    project = models.ForeignKey(
        "projects.Project", null=True, blank=True, on_delete=models.CASCADE, related_name="tickets"
    )
    request = models.OneToOneField(
        "projects.AccessRequest", null=True, blank=True, on_delete=models.CASCADE, related_name="ticket"
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    allocation = models.ForeignKey(
        "projects.Allocation", null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets"
    )
    follows = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = TicketQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "changed_at", "id"], name="ticket_queue")]

    def __str__(self) -> str:
        return self.title

    @property
    def status(self) -> TicketState:
        """The state with its words and tone."""
        return TicketState(self.state)


class Message(models.Model):
    """One contribution to a thread; without an author it is the portal's own."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return self.text[:40]
