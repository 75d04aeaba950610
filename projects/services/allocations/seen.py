"""What the engine and the observation tell: phases and amounts, idempotent, without any decision of their own."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from projects.amounts import NOTHING, Amount
from projects.models import Allocation
from projects.services.allocations.moves import called, locked, tell_keepers
from projects.services.events import record_event
from projects.states import Phase, Who

LONGEST_WORDS = 300
# Phases whose coming is worth a mail, and how it begins.
TOLD = {Phase.READY: "ready", Phase.DEGRADED: "needs attention", Phase.RELEASED: "given back"}

SAID = {
    Phase.READY: "Everything that was granted is there. The project's page says how to connect.",
    Phase.RELEASED: "Everything in it is gone.",
}


@transaction.atomic
def mark_phase(*, allocation: Allocation, phase: str, who: str, words: str) -> bool:
    """Store what the engine worked out, for lists; False where it was known already.

    A new phase is an event, and where it matters to the project a mail, once for each revision. When all is given
    back nothing is held any more, so what was observed last no longer counts against capacity.
    """
    fresh = locked(allocation)
    new = (Phase(phase), Who(who), words[:LONGEST_WORDS])
    if (fresh.status, Who(fresh.who), fresh.words) == new:
        return False
    was = fresh.status
    fresh.phase, fresh.who, fresh.words = new
    fields = ["phase", "who", "words"]
    if new[0] is Phase.RELEASED:
        fresh.observed, fields = {}, [*fields, "observed"]
    fresh.save(update_fields=fields)
    if was is not new[0]:
        _tell(fresh)
    return True


def record_observed(*, allocation: Allocation, amount: Amount, at: datetime) -> bool:
    """Store what the cloud shows in the allocation's project; False where nothing changed."""
    return record_observed_many(amounts={allocation.pk: amount}, at=at) == 1


@transaction.atomic
def record_observed_many(*, amounts: Mapping[UUID, Amount], at: datetime) -> int:
    """The same for many, writing only what changed; answers how many. `observed_at` is the time of the last change."""
    rows = Allocation.objects.filter(pk__in=list(amounts)).only("pk", "observed")
    changed = [row for row in rows if Amount.from_json(row.observed) != amounts[row.pk]]
    if not changed:
        return 0
    for row in Allocation.objects.select_for_update().filter(pk__in=[one.pk for one in changed]).order_by("pk"):
        amount = amounts[row.pk]
        row.observed, row.observed_at = ({} if amount == NOTHING else amount.as_json()), at
        row.save(update_fields=["observed", "observed_at"])
    return len(changed)


def _tell(fresh: Allocation) -> None:
    phase = fresh.status
    record_event(
        verb=f"allocation.{phase}",
        project=fresh.project,
        target=f"allocation {fresh.pk}",
        text=f"{called(fresh)}: {phase.words.lower()}",
        facts={"revision": fresh.revision, "who": fresh.who, "words": fresh.words},
    )
    if phase in TOLD:
        # a trouble that comes back is told again, but at most once a day
        day = f":{timezone.now():%Y-%m-%d}" if phase is Phase.DEGRADED else ""
        tell_keepers(
            fresh,
            key=f"{phase}:{fresh.revision}{day}",
            subject=f"{called(fresh)}: {TOLD[phase]}",
            text=fresh.words or SAID.get(phase, phase.words),
        )
