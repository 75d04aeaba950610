"""From what a look showed to the plans that it concerns: nothing is read for what has not changed."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import F
from django.db.models.functions import Least, Now

from provisioning.models import Plan, Step, Watch
from provisioning.ports import Snapshot
from provisioning.states import StepState

BATCH = 1000
LISTINGS = {"server": "servers", "volume": "volumes", "address": "addresses"}
STANDING = (StepState.READY, StepState.RUNNING, StepState.FAILED)

_last: dict[str, Snapshot] = {}


def notice(snapshot: Snapshot) -> int:
    """Make due what the cloud shows changed since this process looked last; returns how many things that were.

    After the first look and after each full listing counts too what is not as its step says, changed or not.
    """
    before = _last.get(snapshot.cloud)
    if before is not None and before.taken_at >= snapshot.taken_at:
        return 0
    _last[snapshot.cloud] = snapshot
    found = set(_changed(before, snapshot)) if before else set()
    if before is None or before.full_at != snapshot.full_at:
        found.update(_at_odds(snapshot))
    make_due(snapshot.cloud, sorted(found | _homes(snapshot, found)))
    return len(found)


def forget(cloud: str) -> None:
    """Compare the next snapshot with nothing."""
    _last.pop(cloud, None)


def make_due(cloud: str, ids: list[str]) -> None:
    """Have the plans looked at now whose steps made these things, and the steps that wait for them."""
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        steps = Step.objects.filter(plan__cloud=cloud, external_id__in=some)
        steps.filter(state=StepState.RUNNING, due_at__gt=Now()).update(due_at=Now())
        plans = steps.filter(state__in=STANDING).values("plan_id")
        Plan.objects.filter(pk__in=plans).update(due_at=Least(F("due_at"), Now()))


def _homes(snapshot: Snapshot, found: set[str]) -> set[str]:
    """The cloud projects of servers: a member's own is no step's, and a project at rest must not have one that runs."""
    return {server.project_id for key in found if (server := snapshot.servers.get(key))}


def _changed(before: Snapshot, after: Snapshot) -> Iterator[str]:
    for name in LISTINGS.values():
        was, now = getattr(before, name), getattr(after, name)
        if was is not now:
            yield from _differences(was, now)


def _differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key, row in now.items():
        old = was.get(key)
        if old is not row and old != row and not (_moves(row) and (old is None or _moves(old))):
            yield key
    yield from was.keys() - now.keys()


def _moves(row: Any) -> bool:
    """Whether the cloud is still at work on it: it is looked at when it rests, or when its step is due."""
    return bool(getattr(row, "moving", False))


def came_to_rest(kind: str, external_id: str, was: Snapshot | None, now: Snapshot | None) -> bool:
    """Whether the later of two looks shows that a thing has come to rest since the earlier."""
    if kind not in LISTINGS or now is None:
        return False
    row = getattr(now, LISTINGS[kind]).get(external_id)
    old = getattr(was, LISTINGS[kind]).get(external_id) if was else None
    return row is not None and row != old and not _moves(row)


def watched(cloud: str) -> bool:
    """Whether anything is being made whose coming to rest a look will show."""
    moving = Step.objects.filter(plan__cloud=cloud, state=StepState.RUNNING, kind__in=LISTINGS, due_at__gt=Now())
    return moving.exclude(external_id="").exists()


def ask_for_full(cloud: str) -> None:
    """Have everything listed with the next look, or soon after the last time that it was."""
    Watch.objects.filter(cloud=cloud).update(full_asked_at=Now())


def _at_odds(snapshot: Snapshot) -> Iterator[str]:
    """What was made before the look began and is not listed, is in ERROR, or is at rest while its step still waits."""
    standing = Step.objects.filter(
        plan__cloud=snapshot.cloud, kind__in=LISTINGS, state__in=STANDING, began_at__lt=snapshot.taken_at
    ).exclude(external_id="")
    for kind, external_id, state in standing.values_list("kind", "external_id", "state").iterator(chunk_size=5000):
        row = getattr(snapshot, LISTINGS[kind]).get(external_id)
        rests = state == StepState.RUNNING and not _moves(row)
        if row is None or rests or str(getattr(row, "status", "")).lower() == "error":
            yield external_id
