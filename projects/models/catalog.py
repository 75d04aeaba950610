"""What the clouds offer, as read from them: generations, flavors, images, hosts, volume types, and what is free."""

from datetime import date, timedelta
from typing import ClassVar, Final, Self

from django.db import models
from django.utils import timezone

from projects.states import CloudState

SOON: Final = timedelta(days=90)  # before an image's end, from when on its users are told


def over(end: date | None) -> bool:
    """Whether a system is no longer mended whose last day (UTC) this was; not where nobody says."""
    return end is not None and end < timezone.now().date()


class Cloud(models.Model):
    """One OpenStack, by its name in clouds.yaml. `storage_foreign_gib` is what volumes take that are not ours."""

    name = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    state = models.CharField(max_length=12, choices=CloudState.choices(), default=CloudState.OPEN)
    notice = models.CharField(max_length=200, blank=True)
    storage_total_gib = models.PositiveBigIntegerField(default=0)
    storage_free_gib = models.PositiveBigIntegerField(default=0)
    storage_foreign_gib = models.PositiveBigIntegerField(default=0)
    observed_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.title

    @property
    def status(self) -> CloudState:
        """The state with its words and tone."""
        return CloudState(self.state)


class Generation(models.Model):
    """A processor generation; data, never code: POWER9, x86-64-v3."""

    slug = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=40)
    architecture = models.CharField(max_length=20)
    order = models.PositiveSmallIntegerField(default=0)
    offered = models.BooleanField(default=True)
    notice = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["order", "slug"]

    def __str__(self) -> str:
        return self.title


class Seen(models.Model):
    """What all rows read from a cloud share; `present` is false once the cloud no longer has it."""

    cloud = models.ForeignKey(Cloud, on_delete=models.CASCADE, related_name="%(class)ss")
    external_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    architecture = models.CharField(max_length=20, blank=True)
    present = models.BooleanField(default=True)
    unclassified = models.CharField(max_length=200, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        abstract = True
        constraints: ClassVar = [models.UniqueConstraint(fields=["cloud", "external_id"], name="one_%(class)s_per_id")]

    def __str__(self) -> str:
        return self.name


class FlavorQuerySet(models.QuerySet["Flavor"]):
    """Flavors, as far as servers are made of them."""

    def offered(self) -> Self:
        """Those that are there and classified, with a disk: without one no image can be started but by an admin."""
        return self.filter(present=True, unclassified="", disk_gib__gt=0)


class Flavor(Seen):
    """A size of server. RAM in MiB, disk in GiB; `unclassified` says why it is not offered.

    One without a disk is for volumes to start from: cloud access opens it, the portal makes no server of it.
    """

    generation = models.ForeignKey(Generation, null=True, blank=True, on_delete=models.SET_NULL, related_name="flavors")
    vcpus = models.PositiveIntegerField()
    ram_mib = models.PositiveIntegerField()
    disk_gib = models.PositiveIntegerField()
    gpus = models.PositiveIntegerField(default=0)
    public = models.BooleanField(default=False)

    objects = FlavorQuerySet.as_manager()

    @property
    def offered(self) -> bool:
        """The same of one row as the query set of this name."""
        return self.present and not self.unclassified and self.disk_gib > 0


class ImageQuerySet(models.QuerySet["Image"]):
    """Images, as far as they are lent."""

    def known(self) -> Self:
        """Those that are there and classified."""
        return self.filter(present=True, unclassified="")

    def offered(self) -> Self:
        """Of those the ones that their makers still mend."""
        return self.known().exclude(end_of_life__lt=timezone.now().date())

    def running_on(self, generation: Generation) -> list["Image"]:
        """Those from which servers of a generation can be started, by name."""
        return [image for image in self.select_related("generation").order_by("name") if image.runs_on(generation)]


class Image(Seen):
    """A system to start servers from; mended until the end of the day `end_of_life` (UTC), and then no longer offered.

    `generation` is the oldest that it runs on; none where it runs on all of its architecture.
    """

    generation = models.ForeignKey(Generation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    distribution = models.CharField(max_length=40, blank=True)
    version = models.CharField(max_length=40, blank=True)
    login = models.CharField(max_length=40, blank=True)
    min_disk_gib = models.PositiveIntegerField(default=0)
    end_of_life = models.DateField(null=True, blank=True)

    objects = ImageQuerySet.as_manager()

    @property
    def ended(self) -> bool:
        """Whether nobody mends it any more."""
        return over(self.end_of_life)

    def runs_on(self, generation: Generation) -> bool:
        """Whether its architecture is this generation's, and that is not too old."""
        same = self.architecture == generation.architecture
        return same and (self.generation is None or self.generation.order <= generation.order)


class Host(Seen):
    """A hypervisor, with what is free on it now. RAM in MiB."""

    generation = models.ForeignKey(Generation, null=True, blank=True, on_delete=models.SET_NULL, related_name="hosts")
    up = models.BooleanField(default=True)
    enabled = models.BooleanField(default=True)
    vcpus = models.PositiveIntegerField(default=0)
    vcpus_used = models.PositiveIntegerField(default=0)
    ram_mib = models.PositiveIntegerField(default=0)
    ram_reserved_mib = models.PositiveIntegerField(default=0)
    ram_used_mib = models.PositiveIntegerField(default=0)
    gpus = models.PositiveIntegerField(default=0)
    servers = models.PositiveIntegerField(default=0)
    aggregates = models.JSONField(default=list, blank=True)


class VolumeType(Seen):
    """A kind of volume that the cloud offers; capacity in GiB where the back end tells it."""

    default = models.BooleanField(default=False)
    shared = models.BooleanField(default=True)


class Pool(models.Model):
    """What one generation of one cloud has to give; the row that an approval locks.

    `capacity` and `foreign` are projects.amounts.Amount in their stored form: what the hosts that are up and enabled
    have for guests, and what servers take that are not ours.
    """

    cloud = models.ForeignKey(Cloud, on_delete=models.CASCADE, related_name="pools")
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="pools")
    capacity = models.JSONField(default=dict, blank=True)
    foreign = models.JSONField(default=dict, blank=True)
    observed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cloud", "generation"], name="one_pool_per_generation_of_a_cloud")
        ]

    def __str__(self) -> str:
        return f"{self.generation_id} of {self.cloud_id}"
