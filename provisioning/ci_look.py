"""What Jenkins shows: agents, queue, jobs with their last builds; three calls, at most once per JENKINS_LOOK seconds.

Whoever asks, provisioning.claims settles who looks. Where Jenkins does not answer, what was seen stays as it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from provisioning import ci_rows, claims
from provisioning.adapters.jenkins import listing, open_controller
from provisioning.adapters.jenkins.errors import SYSTEM
from provisioning.adapters.jenkins.rows import Agent, Job, Queued
from provisioning.engine.calls import answered
from provisioning.engine.pause import pause, paused
from provisioning.errors import Broken, Busy, ProviderError
from provisioning.models import Agent as AgentRow
from provisioning.models import Build, Watch

LAST: Final = 5  # builds of a job in one look
MOST_WAITING: Final = 500  # of the queue that is kept
KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer of Jenkins's about everything."""

    agents: tuple[Agent, ...]
    queue: tuple[Queued, ...]
    jobs: tuple[Job, ...]


def look() -> bool:
    """Look where it is due and nobody else does; True where something was seen. What goes wrong is noted."""
    if not settings.JENKINS_URL or SYSTEM in paused():
        return False
    Watch.objects.get_or_create(cloud=SYSTEM)
    watch = claims.claim(SYSTEM, settings.JENKINS_LOOK)
    if watch is None:
        return False
    rest = settings.JENKINS_LOOK
    try:
        answer = answered(_asked)
        if isinstance(answer, Shown):
            _store(watch, answer)
            rest = 0
        else:
            _note(answer)
        return isinstance(answer, Shown)
    finally:
        claims.give_back(watch, rest=rest)


def forget(*, now: datetime) -> int:
    """Drop builds and agents that are long gone; returns how many rows."""
    builds, _ = Build.objects.filter(started_at__lt=now - KEPT).exclude(ended_at=None).delete()
    agents, _ = AgentRow.objects.filter(gone_at__lt=now - KEPT, trouble="").delete()
    return builds + agents


def _asked() -> Shown:
    """The jobs last: what an agent ran before it was measured has ended there by then."""
    client = open_controller().client
    return Shown(listing.agents(client), listing.queue(client), listing.jobs(client, LAST))


def _note(answer: Any) -> None:
    error = answer if isinstance(answer, ProviderError) else Busy("Jenkins could not be looked at.")
    if isinstance(error, Broken):
        pause(SYSTEM, error)
    else:
        Watch.objects.filter(cloud=SYSTEM).note_trouble(error.words)


def _store(watch: Watch, shown: Shown) -> None:
    """All of a look or nothing; dropped where another has looked meanwhile."""
    at = claims.began(watch)
    with transaction.atomic():
        marks = {
            "queue": [_waiting(one) for one in shown.queue[:MOST_WAITING]],
            "built_in": sum(agent.executors for agent in shown.agents if agent.built_in),
        }
        if claims.keep(watch, marks):
            falls = ci_rows.store_agents(shown.agents, at)
            ci_rows.store_builds(shown.jobs, shown.agents, at, since=at - KEPT)
            ci_rows.attribute(falls)


def _waiting(one: Queued) -> dict[str, Any]:
    since = one.since.isoformat() if one.since else ""
    return {"job": one.job, "why": one.why[:300], "since": since, "stuck": one.stuck}
