"""A cloud whose set-up is broken is left alone for a while, and the lab is told once."""

from datetime import datetime

from provisioning import retry
from provisioning.engine.site import Clock
from provisioning.errors import ProviderError
from provisioning.models import Watch


def pause(cloud: str, error: ProviderError) -> datetime:
    """Call nothing of this cloud for a minute; returns until when. Reconcile passes the words on."""
    until = Clock().after(retry.PAUSE)
    watch = Watch.objects.filter(cloud=cloud)
    watch.update(paused_until=until, paused_words=error.words[:300])
    watch.note_trouble(error.words)
    return until
