"""What no listing shows (quotas, roles, groups, credentials) is looked at in turn: a few allocations at a time."""

from typing import Final

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least, Now

from provisioning.models import Plan, Step, Watch
from provisioning.planner import UNLISTED
from provisioning.states import StepState

AT_ONCE: Final = 20  # allocations, some ten calls each
MARK: Final = "rotation"
HOMES: Final = ("project", "folder")  # a plan has one of them


def rotate(cloud: str, most: int = AT_ONCE) -> int:
    """Have the engine look at the next allocations of a cloud; returns how many. The last is kept on the Watch row."""
    with transaction.atomic():
        watch = Watch.objects.select_for_update().filter(cloud=cloud).first()
        if watch is None:
            return 0
        standing = Plan.objects.filter(cloud=cloud, steps__kind__in=HOMES, steps__state=StepState.READY)
        turn = standing.exclude(desired="absent").filter(pk__gt=int(watch.marks.get(MARK, 0))).order_by("pk")
        plans = list(turn.values_list("pk", flat=True)[:most])
        watch.marks = {**watch.marks, MARK: plans[-1] if len(plans) == most else 0}
        watch.save(update_fields=["marks"])
    steps = Step.objects.filter(plan__in=plans, kind__in=UNLISTED, state=StepState.READY, missing_since=None)
    steps.update(due_at=Now())
    Plan.objects.filter(pk__in=plans).update(due_at=Least(F("due_at"), Now()))
    return len(plans)
