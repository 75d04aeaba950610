"""Who put an allocation to rest, and why: told by the history, in the query that reads the allocation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Case, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject
from django.utils.dateparse import parse_datetime

from projects.history import PORTAL, with_names
from projects.models import Allocation, Event
from projects.states import Desired

PUT_TO_REST: Final = ("allocation.suspended", "allocation.paused")  # the latter where it rested already


@dataclass(frozen=True, slots=True)
class Suspension:
    """`why` is a sentence without its end: `suspended by the lab: miners`; `by_lab` that only staff resume it."""

    at: datetime | None
    who: str
    why: str
    by_lab: bool


def moves() -> QuerySet[Event]:
    """What somebody or a date did with allocations; not the phases that followed, which are told by like verbs."""
    return Event.objects.filter(facts__has_key="was")


def with_suspensions(rows: QuerySet[Allocation]) -> QuerySet[Allocation]:
    """Allocations that bring what suspended them; then suspension_of() can say it."""
    target = Concat(Value("allocation "), Cast(OuterRef("pk"), TextField()), output_field=TextField())
    events = moves().filter(project=OuterRef("project"), verb__in=PUT_TO_REST, target=target)
    told = JSONObject(at="at", number="actor_id", who="actor", why=Coalesce(KT("facts__why"), "text"))
    last = with_names(events).order_by("-at", "-id").values(told=told)[:1]
    return rows.annotate(suspended=Case(When(desired=Desired.SUSPENDED, then=Subquery(last))))


def suspension_of(allocation: Allocation) -> Suspension | None:
    """Of a row of with_suspensions(); None where it is not suspended."""
    told = getattr(allocation, "suspended", None)
    if allocation.desired != Desired.SUSPENDED or not told:
        return None
    who, why = told["who"] if told["number"] else PORTAL, told["why"].rstrip(".")
    return Suspension(parse_datetime(told["at"]), who, why, allocation.paused)
