"""Plans and steps, actions, secrets, and what the clouds showed: the engine's position, all of it in PostgreSQL."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from provisioning.states import ActionState, StepState

SEEN_TWICE = 2  # sweeps after which something of ours without an owner counts as a leak


class Deployment(models.Model):
    """Who we are to the clouds: one row, made by the first migrate. A restored copy is told by PORTAL_DEPLOYMENT."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    def __str__(self) -> str:
        return str(self.id)


class Plan(models.Model):
    """What the engine is to make true for one allocation, and who works on it now.

    `outdated` says that the catalog or the members changed what the steps should be. A write under a lease is
    conditional on `lease_no`. `due_at` is when the next pass should look at it (null: nothing to do).
    """

    allocation = models.OneToOneField("projects.Allocation", on_delete=models.PROTECT, related_name="plan")
    cloud = models.CharField(max_length=40)
    title = models.CharField(max_length=80)
    revision = models.PositiveIntegerField(default=0)
    desired = models.CharField(max_length=12, default="present")
    outdated = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_no = models.PositiveBigIntegerField(default=0)
    settled = models.BooleanField(default=True)
    credential_turn = models.PositiveIntegerField(default=1)
    planned_turn = models.PositiveIntegerField(default=1)
    trouble = models.CharField(max_length=300, blank=True)
    trouble_who = models.CharField(max_length=12, default="lab")
    ready_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["cloud", "due_at"], condition=models.Q(due_at__isnull=False), name="plan_due"),
            models.Index(fields=["id"], condition=models.Q(settled=False), name="plan_to_settle"),
            models.Index(fields=["cloud"], condition=models.Q(lease_until__isnull=False), name="plan_leased"),
        ]

    def __str__(self) -> str:
        return f"plan of {self.title}"


class Step(models.Model):
    """One resource of a plan. `kind` and `key` are the planner's; `want` is a provisioning.spec want, stored.

    `called_at` is the stored intent: set before the first call of this incarnation. `facts` are the provider's, for
    pages and for steps that need this one. `failure` is a provisioning.errors.Failure. `told` is false while
    reconcile has not passed an outcome on. `missing_since` and `absences` carry the proof of absence; `was_active`
    says that it holds data. A failed step whose `due_at` is set was asked to try again. `place` is where in the code a
    fault of ours showed.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    position = models.PositiveIntegerField(default=0)
    needs = models.JSONField(default=list)
    want = models.JSONField(default=dict)
    wanted = models.BooleanField(default=True)
    state = models.CharField(max_length=10, default=StepState.WAITING, choices=[(s, s) for s in StepState])
    incarnation = models.PositiveIntegerField(default=1)
    called_at = models.DateTimeField(null=True, blank=True)
    external_id = models.CharField(max_length=64, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    was_active = models.BooleanField(default=False)
    rebuilds = models.PositiveSmallIntegerField(default=0)
    missing_since = models.DateTimeField(null=True, blank=True)
    absences = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=500, blank=True)
    failure = models.CharField(max_length=30, blank=True)
    who = models.CharField(max_length=12, default="nobody")
    place = models.CharField(max_length=160, blank=True)
    told = models.BooleanField(default=True)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "key"], name="one_step_per_key")]
        indexes: ClassVar = [
            models.Index(fields=["plan", "position"], name="step_order"),
            models.Index(fields=["external_id"], name="step_by_external_id"),
            models.Index(fields=["id"], condition=models.Q(told=False), name="step_to_tell"),
        ]

    def __str__(self) -> str:
        return self.key


class Action(models.Model):
    """Something that a person asked of a server or a CI job; carried out by the engine under the plan's lease, once."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="actions")
    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="actions")
    verb = models.CharField(max_length=20)
    args = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, default=ActionState.ASKED, choices=[(s, s) for s in ActionState])
    words = models.CharField(max_length=300, blank=True)
    before = models.JSONField(default=dict, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    called_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["step"],
                condition=models.Q(state__in=["asked", "called"]),
                name="one_action_at_a_time_on_a_server",
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.step_id}"


class Secret(models.Model):
    """A secret that we made, encrypted before it is sent.

    `audience` says under which keys: `worker` (PORTAL_WORKER_KEYS) or `shown` (PORTAL_SECRET_KEYS, once on the page).
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="secrets")
    name = models.CharField(max_length=40)
    audience = models.CharField(max_length=10)
    ciphertext = models.TextField(blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "name", "audience"], name="one_secret_per_name_and_audience")
        ]

    def __str__(self) -> str:
        return f"secret {self.name} of plan {self.plan_id}"


class WatchQuerySet(models.QuerySet["Watch"]):
    """Watches of clouds."""

    def note_trouble(self, words: str) -> None:
        """Keep what went wrong last, and since when something does; the next answered look clears it."""
        self.update(trouble=words[:300], troubled_at=Coalesce("troubled_at", Now()))


class Watch(models.Model):
    """When a cloud, or Jenkins, was looked at, by whom, and whether it answers; by its name. Times are the database's.

    `look_until` is claimed by a conditional update, so that a killed process leaves nothing; `breakers` hold, by
    service, the failures in a row and until when it is closed. `looked_at` is the last look that was answered;
    `full_asked_at` when something seemed to be gone, which a full listing since then must show.
    """

    cloud = models.CharField(max_length=40, unique=True)
    look_until = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    full_at = models.DateTimeField(null=True, blank=True)
    full_asked_at = models.DateTimeField(null=True, blank=True)
    pass_began_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    paused_words = models.CharField(max_length=300, blank=True)
    trouble = models.CharField(max_length=300, blank=True)
    troubled_at = models.DateTimeField(null=True, blank=True)
    breakers = models.JSONField(default=dict, blank=True)
    marks = models.JSONField(default=dict, blank=True)

    objects = WatchQuerySet.as_manager()

    def __str__(self) -> str:
        return f"watch of {self.cloud}"


class Sighting(models.Model):
    """Something that a cloud showed: a server, a volume or a floating IP, ours or not.

    `row` is the frozen row of provisioning.ports in JSON; `seen_at` the last full listing or change that had it;
    `gone_at` set once the cloud no longer lists it. `stray_since` is set while it is ours and owned by no
    row, `stray_why` says how that is known, and `stray_count` in how many sweeps it was so.
    """

    cloud = models.CharField(max_length=40)
    kind = models.CharField(max_length=12)
    external_id = models.CharField(max_length=64)
    project_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=255, blank=True)
    row = models.JSONField(default=dict)
    allocation = models.UUIDField(null=True, blank=True)
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)
    stray_since = models.DateTimeField(null=True, blank=True)
    stray_count = models.PositiveSmallIntegerField(default=0)
    stray_why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cloud", "kind", "external_id"], name="one_sighting_per_thing")
        ]
        indexes: ClassVar = [
            models.Index(fields=["cloud", "project_id"], name="sighting_of_project"),
            models.Index(fields=["allocation"], name="sighting_of_allocation"),
        ]

    @property
    def leak(self) -> bool:
        """Met by more than one sweep, so not only on its way to its row."""
        return self.stray_count >= SEEN_TWICE

    @property
    def thing(self) -> str:
        """What OpenStack calls it."""
        return "floating IP" if self.kind == "address" else self.kind

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"


class Agent(models.Model):
    """An agent of the lab's Jenkins as it was last seen, ours or not; sizes in bytes.

    Changes only: `seen_at` is the last look that showed something new, `gone_at` the one that no longer had it.
    `labels` are without its own name, `running` its builds as `[job, number]`, `connected_at` when it connected last.
    `disk_free` is what was measured last (`disk_measured_at`, by Jenkins's clock), or 0 where nothing could be measured
    for a while, which `unmeasured_since` says. `trouble` is why its disk has a ticket now, `troubles` how many it had.
    """

    name = models.CharField(max_length=255, unique=True)
    labels = models.JSONField(default=list)
    executors = models.PositiveIntegerField(default=0)
    online = models.BooleanField(default=False)
    connected = models.BooleanField(default=False)
    connected_at = models.DateTimeField(null=True, blank=True)
    marked = models.BooleanField(default=False)
    cause = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    running = models.JSONField(default=list)
    architecture = models.CharField(max_length=80, blank=True)
    disk_free = models.BigIntegerField(null=True, blank=True)
    disk_total = models.BigIntegerField(default=0)
    disk_threshold = models.BigIntegerField(default=0)
    disk_measured_at = models.DateTimeField(null=True, blank=True)
    unmeasured_since = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=20, blank=True)
    troubles = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Build(models.Model):
    """A build that Jenkins showed; `job` is its full name, and times are by Jenkins's clock.

    `ended_at` is empty while it runs, `result` also where nobody told how it ended. `agents` says where it ran and by
    how many bytes it filled the disk there, as far as that is known: a pipeline has several.
    """

    job = models.CharField(max_length=500)
    number = models.PositiveIntegerField()
    result = models.CharField(max_length=20, blank=True)
    started_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    agents = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "number"], name="one_build_per_number")]
        indexes: ClassVar = [models.Index(fields=["id"], condition=models.Q(ended_at=None), name="build_running")]

    def __str__(self) -> str:
        return f"{self.job} #{self.number}"
