"""Access requests: what somebody asks for, its parts, and each decision on the way."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from projects.models.people import NameKeyField
from projects.policies import PURPOSES
from projects.states import OPEN_REQUESTS, Kind, PartState, RequestState


class AccessRequestQuerySet(models.QuerySet["AccessRequest"]):
    """Requests, as far as somebody may see them."""

    def visible_to(self, user: Any) -> Self:
        """All that were sent for the desk, else one's own."""
        if not user.is_authenticated:
            return self.none()
        return self.sent() | self.filter(requester=user) if user.is_operator else self.filter(requester=user)

    def with_parts(self) -> Self:
        """With their parts, and where each is to be, in one query more."""
        parts = Part.objects.select_related("cloud", "generation").order_by("pk")
        return self.prefetch_related(models.Prefetch("parts", parts))

    def sent(self) -> Self:
        """All that ever reached the lab; a draft that was thrown away did not."""
        return self.filter(submitted_at__isnull=False)

    def open(self) -> Self:
        """Those that wait for the desk or for the requester."""
        return self.filter(state__in=OPEN_REQUESTS)


class AccessRequest(models.Model):
    """May we have a machine? A draft belongs to the browser that began it until somebody signs in and takes it along.

    A request on a standing allocation (`allocation` set) asks for a change of its grant.
    """

    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="requests"
    )
    draft_key = models.CharField(max_length=64, blank=True)
    project = models.ForeignKey(
        "projects.Project", null=True, blank=True, on_delete=models.PROTECT, related_name="requests"
    )
    allocation = models.ForeignKey(
        "projects.Allocation", null=True, blank=True, on_delete=models.PROTECT, related_name="change_requests"
    )
    state = models.CharField(max_length=12, choices=RequestState.choices(), default=RequestState.DRAFT)
    name = models.CharField("project name", max_length=80, blank=True)
    name_key = NameKeyField(max_length=240, editable=False, db_index=True)
    web_page = models.URLField(blank=True)
    repository_url = models.URLField(blank=True)
    licence = models.CharField(max_length=80, blank=True)
    mission = models.TextField(blank=True)
    community = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=20, blank=True)
    usage = models.TextField(blank=True)
    duration_days = models.PositiveIntegerField(default=365)
    needed_by = models.DateField(null=True, blank=True)
    cuda = models.CharField(max_length=8, blank=True)
    advocate = models.CharField(max_length=120, blank=True)
    ssh_keys = models.JSONField(default=list, blank=True)
    contacts = models.JSONField(default=list, blank=True)
    notes = models.TextField(blank=True)
    rules_version = models.CharField(max_length=20, blank=True)
    content_hash = models.CharField(max_length=64, blank=True, db_index=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True)

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["requester", "name_key"],
                condition=models.Q(state__in=sorted(OPEN_REQUESTS)),
                name="one_open_request_per_name",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["state", "submitted_at", "id"], name="request_queue")]

    def __str__(self) -> str:
        return self.name or f"draft {self.pk}"

    @property
    def status(self) -> RequestState:
        """The state with its words and tone."""
        return RequestState(self.state)

    @property
    def mainly_for(self) -> str:
        """The purpose, as people say it."""
        return PURPOSES.get(self.purpose, self.purpose)


class Part(models.Model):
    """One kind of access on one cloud and generation; approved, it becomes one allocation.

    `asked` and `granted` are grants in their stored form (projects.grants.Grant).
    """

    request = models.ForeignKey(AccessRequest, on_delete=models.CASCADE, related_name="parts")
    kind = models.CharField(max_length=12, choices=Kind.choices())
    cloud = models.ForeignKey("projects.Cloud", on_delete=models.PROTECT, related_name="+")
    generation = models.ForeignKey("projects.Generation", on_delete=models.PROTECT, related_name="+")
    asked = models.JSONField(default=dict)
    granted = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=PartState.choices(), default=PartState.ASKED)
    reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["request", "kind", "cloud", "generation"], name="one_part_per_kind_cloud_generation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of request {self.request_id}"

    @property
    def status(self) -> PartState:
        """The state with its words and tone."""
        return PartState(self.state)


class Decision(models.Model):
    """One move of a request: who, when, from what to what, and why."""

    request = models.ForeignKey(AccessRequest, on_delete=models.CASCADE, related_name="decisions")
    was = models.CharField(max_length=12)
    now = models.CharField(max_length=12)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.TextField(blank=True)
    facts = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.was} -> {self.now}"
