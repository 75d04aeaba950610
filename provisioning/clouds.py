"""How a cloud stands with us, in words: what its last looks, calls and catalog say, for the desk and for /readyz."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from projects.capacity import OLDEST_OBSERVATION
from projects.models import Allocation, Cloud
from projects.states import Named
from provisioning.models import Watch

CATALOG_WAITS: Final = "Its catalog waits to be read."
MOMENTS: Final = ("looked_at", "troubled_at", "paused_until")  # of a watch, those that say how its cloud stands
NOBODY_LOOKED: Final = "Nobody has looked at it since: see whether worker and beat run."


class Standing(Named):
    """Whether a cloud answers us."""

    ANSWERS = "answers", "Answers", "good"
    PARTLY = "partly", "Answers in part", "warn"
    SILENT = "silent", "Silent", "bad"
    BROKEN = "broken", "Set-up broken", "bad"
    UNSEEN = "unseen", "Not looked at yet"


@dataclass(frozen=True, slots=True)
class Closed:
    """A service of a cloud that is left alone until `until`, because its last `failures` calls were not answered."""

    service: str
    failures: int
    until: datetime


@dataclass(frozen=True, slots=True)
class CloudView:
    """One cloud: its standing, and since when if known; the last of what went wrong; the services left alone now."""

    cloud: Cloud
    standing: Standing
    since: datetime | None = None
    words: str = ""
    answered_at: datetime | None = None
    closed: tuple[Closed, ...] = ()


def cloud_views() -> list[CloudView]:
    """All clouds by name, in two queries."""
    watches = {watch.cloud: watch for watch in Watch.objects.all()}
    return [
        view_of(cloud, watches.get(cloud.name) or Watch(), timezone.now()) for cloud in Cloud.objects.order_by("name")
    ]


def view_of(cloud: Cloud, watch: Watch, now: datetime) -> CloudView:
    """How one cloud stands; `watch` is an empty one where nobody has begun to look."""
    closed = tuple(shut for item in watch.breakers.items() if (shut := _closed(*item)) and shut.until > now)
    answered_at = watch.looked_at
    if watch.paused_until and watch.paused_until > now:
        return CloudView(cloud, Standing.BROKEN, watch.troubled_at, watch.trouble, answered_at, closed)
    if answered_at is None and not watch.trouble:
        return CloudView(cloud, Standing.UNSEEN, words=cloud.trouble)
    if answered_at is None or now - answered_at > silent_after():
        words = watch.trouble or NOBODY_LOOKED
        return CloudView(cloud, Standing.SILENT, answered_at or watch.troubled_at, words, answered_at, closed)
    late = cloud.observed_at is None or now - cloud.observed_at > OLDEST_OBSERVATION
    words = cloud.trouble or (CATALOG_WAITS if late else "")
    standing = Standing.PARTLY if words or closed else Standing.ANSWERS
    return CloudView(cloud, standing, cloud.observed_at if late else None, words, answered_at, closed)


def with_watch(rows: QuerySet[Allocation]) -> QuerySet[Allocation]:
    """Allocations that bring what our looks know of their cloud; then silence_of() can say it."""
    watches = Watch.objects.filter(cloud=OuterRef("cloud__name"))
    told = JSONObject(trouble="trouble", **{name: name for name in MOMENTS})
    return rows.annotate(watch=Subquery(watches.values(told=told)[:1]))


def silence_of(allocation: Allocation) -> CloudView | None:
    """Of a row of with_watch(): how its cloud stands, where it gives us no answer."""
    told = getattr(allocation, "watch", None) or {}
    moments = {name: parse_datetime(told.get(name) or "") for name in MOMENTS}
    view = view_of(allocation.cloud, Watch(trouble=told.get("trouble", ""), **moments), timezone.now())
    return view if view.standing in {Standing.SILENT, Standing.BROKEN} else None


def silent_after() -> timedelta:
    """How long a cloud may be unheard of before it counts as silent: a look is due with every beat, and takes time."""
    return timedelta(seconds=max(60, 4 * settings.ENGINE_BEAT + settings.ENGINE_TIMEOUT))


def _closed(service: str, stored: dict[str, Any]) -> Closed | None:
    until = stored.get("closed_until")
    return Closed(service, int(stored["failures"]), datetime.fromisoformat(until)) if until else None
