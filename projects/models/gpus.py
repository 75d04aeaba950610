"""The machines with GPUs that the lab has for a while: whose they are, until when, and what runs on them."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from projects.facts import Span, Version
from projects.models.catalog import SOON, over

MOST_GPUS = 16  # of one machine


class GpuHost(models.Model):
    """What staff have written down of a machine with GPUs; `host` is what the catalog shows of it, if it does.

    `returns_on` is the last day of its loan, none for the lab's own. CUDA and driver are given as first and last
    release that it runs; `label` is what Jenkins agents on it carry.
    """

    name = models.CharField(max_length=80, unique=True)
    host = models.OneToOneField(
        "projects.Host", null=True, blank=True, on_delete=models.SET_NULL, related_name="gpu_host"
    )
    generation = models.ForeignKey("projects.Generation", on_delete=models.PROTECT, related_name="gpu_hosts")
    model = models.CharField(max_length=20)
    count = models.PositiveSmallIntegerField()
    owner = models.CharField(max_length=120)
    returns_on = models.DateField(null=True, blank=True)
    cuda_first = models.CharField(max_length=8)
    cuda_last = models.CharField(max_length=8)
    driver_first = models.CharField(max_length=16)
    driver_last = models.CharField(max_length=16)
    label = models.CharField(max_length=40)

    class Meta:
        ordering: ClassVar = ["generation__order", "name"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(count__range=(1, MOST_GPUS)), name="gpus_of_one_machine")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def cuda(self) -> Span:
        """The releases of CUDA that its driver runs."""
        return Span(Version.parse(self.cuda_first), Version.parse(self.cuda_last))

    @property
    def loan_over(self) -> bool:
        """Whether its owner should have it back."""
        return over(self.returns_on)

    @property
    def loan_ends_soon(self) -> bool:
        """Whether that is near."""
        return self.returns_on is not None and self.returns_on < timezone.now().date() + SOON
