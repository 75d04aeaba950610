"""Who may look at a cloud, or at Jenkins: settled by one conditional update of its Watch row, by the database's clock.

A killed process holds nobody up for longer than a lease.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from provisioning.models import Watch

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def claim(name: str, every: float) -> Watch | None:
    """The right to look now, for a lease; None where the last look is younger than `every` seconds or another looks."""
    free = Q(look_until=None) | Q(look_until__lt=Now())
    due = Q(looked_at=None) | Q(looked_at__lte=Now() - timedelta(seconds=every))
    until = Now() + timedelta(seconds=settings.ENGINE_LEASE)
    if not Watch.objects.filter(free, due, cloud=name).update(look_until=until):
        return None
    return Watch.objects.get(cloud=name)


def began(watch: Watch) -> datetime:
    """When the right to look was taken; of a claimed row."""
    return (watch.look_until or NEVER) - timedelta(seconds=settings.ENGINE_LEASE)


def keep(watch: Watch, marks: Mapping[str, Any], **more: Any) -> bool:
    """Note an answered look with its marks, in the caller's transaction; False where another has looked meanwhile."""
    mine = Watch.objects.select_for_update().filter(cloud=watch.cloud, look_until=watch.look_until).first()
    if mine is None:
        return False
    now = began(watch)
    changed = {"marks": {**mine.marks, **marks}, "looked_at": now, **more}
    if not mine.paused_until or mine.paused_until < now:
        changed |= {"trouble": "", "troubled_at": None}
    Watch.objects.filter(pk=mine.pk).update(**changed)
    return True


def give_back(watch: Watch, *, rest: float = 0) -> None:
    """Let others look at once, or nobody for `rest` seconds."""
    free_at = Now() + timedelta(seconds=rest) if rest else None
    Watch.objects.filter(cloud=watch.cloud, look_until=watch.look_until).update(look_until=free_at)
