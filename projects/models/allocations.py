"""What was granted and is to be: desired state, which the engine makes the world match."""

import uuid
from typing import Any, ClassVar, Self

from django.db import models
from django.utils import timezone

from projects.models.people import NOBODY
from projects.states import Desired, Kind, Phase, Who


class AllocationQuerySet(models.QuerySet["Allocation"]):
    """Allocations, as far as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """All for the desk, else those of projects where this person is a member in effect."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_operator else self.filter(project__members__github_id=user.github_id or NOBODY)


class Allocation(models.Model):
    """One kind of access, on one cloud, for one generation, with a cloud project and dates of its own.

    `grant` is a projects.grants.Grant in its stored form; each change of it is the next `revision`. `people` are the
    accounts to make on managed servers: a list of {"login", "github_id", "keys": [public key, ...]}. `paused` says that
    staff suspended it: they alone bring it back. `phase`, `who` and `words` are worked out by the engine and stored for
    lists.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey("projects.Project", on_delete=models.PROTECT, related_name="allocations")
    part = models.OneToOneField(
        "projects.Part", null=True, blank=True, on_delete=models.PROTECT, related_name="allocation"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices())
    cloud = models.ForeignKey("projects.Cloud", on_delete=models.PROTECT, related_name="allocations")
    generation = models.ForeignKey("projects.Generation", on_delete=models.PROTECT, related_name="allocations")
    desired = models.CharField(max_length=12, choices=Desired.choices(), default=Desired.PRESENT)
    paused = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    grant = models.JSONField(default=dict)
    people = models.JSONField(default=list, blank=True)
    granted = models.JSONField(default=dict, blank=True)
    observed = models.JSONField(default=dict, blank=True)
    observed_at = models.DateTimeField(null=True, blank=True)
    phase = models.CharField(max_length=12, choices=Phase.choices(), default=Phase.BUILDING)
    who = models.CharField(max_length=12, choices=Who.choices(), default=Who.NOBODY)
    words = models.CharField(max_length=300, blank=True)
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    absent_at = models.DateTimeField(null=True, blank=True)
    noticed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = AllocationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["desired", "ends_at"], name="allocation_dates"),
            models.Index(fields=["cloud", "generation"], name="allocation_pool"),
            models.Index(fields=["project", "created_at", "id"], name="allocation_of_project"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def status(self) -> Phase:
        """The phase with its words and tone."""
        return Phase(self.phase)
