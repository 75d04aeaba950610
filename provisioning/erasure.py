"""Takes who erased their account out of the plans: out of a server's accounts, and of who a CI folder is open to."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from projects.models import User
from provisioning.models import Plan, Step
from provisioning.states import StepState

PEOPLE: Final = {"server": "people", "folder": "logins"}  # where whose numbers they are stands, by kind
LOOK_BACK: Final = timedelta(days=30)  # far longer than any worker stands still or any lease lasts


def forget_erased(*, now: datetime) -> int:
    """Forget who erased their account lately; answers in how many steps. What the engine has in hand waits."""
    numbers = User.objects.filter(erased_at__gt=now - LOOK_BACK).values_list("github_id", flat=True)
    return sum(_forget(number) for number in numbers)


@transaction.atomic
def _forget(number: int | None) -> int:
    # a folder that stands is first closed to who left, by a plan written anew: it must not look as if it were already
    standing = Q(kind="folder", plan__desired="present") & ~Q(state=StepState.UNDONE)
    steps = Step.objects.filter(Q(kind__in=PEOPLE), want__numbers__contains=[number]).exclude(standing)
    if not steps.exists():
        return 0
    # The plans first, as the engine locks; what it claims meanwhile must not match once the lock is ours.
    free, theirs = Q(lease_until=None) | Q(lease_until__lt=Now()), steps.values("plan")
    plans = list(Plan.objects.select_for_update(no_key=True).filter(free, pk__in=theirs).order_by("pk"))
    rows = list(steps.filter(plan__in=plans))
    for step in rows:
        name = PEOPLE[step.kind]
        kept = [pair for pair in zip(step.want[name], step.want["numbers"], strict=True) if pair[1] != number]
        step.want |= {name: [person for person, _ in kept], "numbers": [one for _, one in kept]}
        if name in step.facts:
            step.facts |= {name: step.want[name]}
    return Step.objects.bulk_update(rows, ["want", "facts"])
