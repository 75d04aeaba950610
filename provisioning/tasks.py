"""What workers are told to do. A message only wakes: all positions are in the database, and beat finds lost work.

A pass writes plans, carries them out and tells what came of them, until nothing is due or its time is over; then it
sends itself on. provisioning.wake sends one on its way.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from celery import shared_task
from django.conf import settings
from django.db.models import Min
from django.db.models.functions import Now
from django.utils import timezone

from projects.models import Cloud
from projects.services.allocations import expire_due, make_absent_due
from projects.services.requests import ask_again, lapse_requests
from projects.states import CloudState
from provisioning import catalog, ci_look, ci_setup, disks, engine, observe, secrets, sweep
from provisioning.adapters.openstack import open_cloud
from provisioning.endings import tell_endings
from provisioning.engine.calls import answered
from provisioning.engine.site import Clock
from provisioning.erasure import forget_erased
from provisioning.errors import Broken, ProviderError
from provisioning.faults import apart
from provisioning.identities import note_identity
from provisioning.models import Plan, Watch
from provisioning.people import mark_people
from provisioning.reconcile import write_plans
from provisioning.rotation import rotate
from provisioning.settle import settle, tell_wrong_deployment
from provisioning.steps import KINDS, actions
from provisioning.turn import Turns
from provisioning.wake import ADVANCE, wake

log = structlog.get_logger(__name__)
SOON: Final = 0.2  # seconds, the least between two passes that send themselves on
TURNS: Final = Turns()


@shared_task(name="provisioning.tasks.beat", ignore_result=True)
def beat() -> None:
    """Every ENGINE_BEAT seconds: look at each cloud, and carry out what is due, whether anybody woke us or not."""
    clouds = dict(Cloud.objects.values_list("name", "observed_at"))
    for cloud in clouds:
        advance.apply_async((cloud, 0.0, True), expires=settings.ENGINE_BEAT)
    if any(clouds.get(name) is None for name in {*settings.CLOUDS, *clouds}):
        refresh_catalogs.apply_async(expires=settings.ENGINE_BEAT)  # a cloud that is new here is read at once


@shared_task(name=ADVANCE, ignore_result=True)
def advance(cloud: str, sent_at: float, look: bool = False) -> None:
    """One pass, unless another that began after this message was sent does the same work already."""
    if sent_at and _fresh(cloud, sent_at):
        return
    try:
        with closing(TURNS.rounds(cloud)) as rounds:
            for _ in rounds:
                _pass(cloud, look=look)
    except engine.NotThisDeployment as refusal:
        log.error("engine", action="refused", reason=str(refusal))  # noqa: TRY400  a set-up to correct, no trace
        tell_wrong_deployment(str(refusal))


def _fresh(cloud: str, sent_at: float) -> bool:
    began = Watch.objects.filter(cloud=cloud).values_list("pass_began_at", flat=True).first()
    return began is not None and began.timestamp() > sent_at


def _pass(cloud: str, *, look: bool) -> None:
    """Rounds of write, carry out and tell, for at most ENGINE_PASS seconds."""
    engine.deployment()
    ends = time.monotonic() + settings.ENGINE_PASS
    Watch.objects.get_or_create(cloud=cloud)
    Watch.objects.filter(cloud=cloud).update(pass_began_at=Now())
    write_plans()
    settle()  # so that pages say at once that something was begun
    site = _site(cloud)
    if site is None:
        return
    if look:
        _look(site)
    while engine.advance(site) and time.monotonic() < ends:
        settle()
        write_plans()
    settle()
    _send_on(cloud)


def _site(cloud: str) -> engine.Site | None:
    """What the engine must know of a cloud; None where it cannot be reached by what we have."""
    row = Cloud.objects.get(name=cloud)
    try:
        opened = open_cloud(cloud)
    except Broken as error:
        engine.pause(cloud, error)
        settle()
        return None
    return engine.Site(
        name=cloud,
        cloud=opened,
        kinds=KINDS,
        look=partial(observe.look, cloud, opened),
        begin_look=partial(observe.begin, cloud, opened),
        actions=engine.Actions(actions.perform, actions.done),
        creates_allowed=row.status is CloudState.OPEN,
        renew=partial(_renewed, cloud),
    )


def _renewed(cloud: str) -> engine.Site | None:
    """Reconcile's turn within a pass."""
    settle()
    write_plans()
    return _site(cloud)


def _look(site: engine.Site) -> None:
    answer = answered(lambda: engine.look(site))
    if isinstance(answer, Broken):
        engine.pause(site.name, answer)
    elif isinstance(answer, ProviderError):
        log.warning("look", action="failed", cloud=site.name, words=answer.words)


def _send_on(cloud: str) -> None:
    """Send the pass on to when something is due next, or to the next look while something is being made.

    While the cloud is paused nothing is due. What is due later than the next beat is beat's.
    """
    next_due = Plan.objects.filter(cloud=cloud, due_at__isnull=False).aggregate(at=Min("due_at"))["at"]
    if next_due is None:
        return
    now = Clock()
    paused_until = Watch.objects.filter(cloud=cloud).values_list("paused_until", flat=True).first()
    next_due = max(next_due, paused_until or next_due)
    next_look = _next_look(cloud) if engine.watched(cloud) else None
    look = next_look is not None and next_look < next_due
    seconds = max(SOON, ((next_look if next_look and look else next_due) - now.began).total_seconds())
    if seconds < settings.ENGINE_BEAT:
        sent_at = now.after(seconds).timestamp()
        advance.apply_async((cloud, sent_at, look), countdown=seconds, expires=seconds + 60)


def _next_look(cloud: str) -> datetime | None:
    """When the cloud may be looked at again; None where it was never."""
    looked_at = Watch.objects.filter(cloud=cloud).values_list("looked_at", flat=True).first()
    return looked_at + timedelta(seconds=settings.ENGINE_LOOK) if looked_at else None


@shared_task(name="provisioning.tasks.look_at_jenkins", ignore_result=True)
def look_at_jenkins() -> None:
    """See what Jenkins shows, and tell of disks that are full and of a set-up that is not safe."""
    if ci_look.look():
        disks.tell(now=timezone.now())
        ci_setup.tell()


@shared_task(name="provisioning.tasks.refresh_catalogs", ignore_result=True)
def refresh_catalogs() -> None:
    """Read again what each cloud offers; what cannot be read is noted on the cloud by who reads it."""
    for cloud in {*settings.CLOUDS, *Cloud.objects.values_list("name", flat=True)}:
        answered(partial(catalog.refresh, cloud))


@shared_task(name="provisioning.tasks.check_some", ignore_result=True)
def check_some() -> None:
    """Have what no listing shows looked at, some allocations at a time."""
    stale = mark_people()
    for cloud in Cloud.objects.values_list("name", flat=True):
        if rotate(cloud) or cloud in stale:
            wake(cloud)


@shared_task(name="provisioning.tasks.dates", ignore_result=True)
def dates() -> None:
    """What time brings by itself: ends, the end of grace times, what nobody answered, looked at or knows any more."""
    now = timezone.now()
    due: Mapping[str, Callable[[], int]] = {
        "expired": partial(expire_due, now=now, apart=apart),
        "absent": partial(make_absent_due, now=now, apart=apart),
        "asked_again": partial(ask_again, now=now),
        "lapsed": partial(lapse_requests, now=now, apart=apart),
        "erased": partial(secrets.erase_unseen, now),
        "forgotten": partial(forget_erased, now=now),
        "builds": partial(ci_look.forget, now=now),
    }
    counts = {what: apart("dates", what, work) or 0 for what, work in due.items()}
    if any(counts.values()):
        log.info("dates", action="moved", **counts)


@shared_task(name="provisioning.tasks.tell_of_images", ignore_result=True)
def tell_of_images() -> None:
    """Tell the people whose servers run on systems that their makers give up."""
    tell_endings(now=timezone.now())


def _note_identity(cloud: str) -> None:
    note_identity(cloud, open_cloud(cloud))


@shared_task(name="provisioning.tasks.sweep_clouds", ignore_result=True)
def sweep_clouds() -> None:
    """Note what is ours and owned by no row; take back what policy lets go."""
    for cloud in Cloud.objects.values_list("name", flat=True):
        answered(partial(_note_identity, cloud))
        report = sweep.sweep(cloud, reclaim=settings.SWEEP_RECLAIM)
        if report.reclaimed:
            wake(cloud)
