"""A cloud or another system whose set-up is broken is left alone for a while, and the lab is told once."""

from datetime import datetime

from django.db.models.functions import Now

from provisioning import retry
from provisioning.engine.breaker import ELSEWHERE
from provisioning.engine.site import Clock
from provisioning.errors import ProviderError
from provisioning.models import Watch


def pause(name: str, error: ProviderError) -> datetime:
    """Call nothing of this cloud or system for a minute; returns until when. Reconcile passes the words on."""
    until = Clock().after(retry.PAUSE)
    Watch.objects.get_or_create(cloud=name)
    watch = Watch.objects.filter(cloud=name)
    watch.update(paused_until=until, paused_words=error.words[:300])
    watch.note_trouble(error.words)
    return until


def paused() -> dict[str, datetime]:
    """Until when which systems that are no part of a cloud are to be left alone."""
    watches = Watch.objects.filter(cloud__in=ELSEWHERE, paused_until__gt=Now())
    return {watch.cloud: watch.paused_until for watch in watches if watch.paused_until}
