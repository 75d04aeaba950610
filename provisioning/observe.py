"""What a cloud shows, taken at most once per ENGINE_LOOK seconds and shared by all processes.

Who may look is settled by provisioning.claims. A full listing comes every ENGINE_FULL seconds, and soon where something
seems to be gone (`Watch.full_asked_at`); between them only changes.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from projects.amounts import NOTHING, Amount
from projects.models import Flavor
from projects.services import allocations
from provisioning import claims, retry, sightings
from provisioning.adapters.openstack import OpenStackCloud, listing
from provisioning.claims import NEVER
from provisioning.engine.calls import answered
from provisioning.errors import Busy, ProviderError
from provisioning.models import Step, Watch
from provisioning.ports import SeenServer, Snapshot

FAR: Final = timedelta(seconds=20)  # between two looks that reach back far enough for changes that are listed late
FULL_IF_ASKED: Final = retry.PROOF / 2  # seconds between two full listings, however much seems to be gone
_known: dict[str, Snapshot] = {}
_locks: dict[str, threading.Lock] = {}
_guard = threading.Lock()


def look(name: str, cloud: OpenStackCloud) -> Snapshot:
    """The shared snapshot of a cloud. Raises a ProviderError where the cloud does not answer.

    Somebody else's look of this moment is waited for by nobody: who comes meanwhile gets the one before it, or Busy
    where there is none yet.
    """
    begun = begin(name, cloud)
    if begun:
        return begun.end(answered(begun.call))
    known = _known.get(name)
    if known is None or known.taken_at == NEVER:
        raise Busy("The cloud is being looked at for the first time.", retry_after=1)
    return known


@dataclass(slots=True)
class Begun:
    """A look of this process: its right to look is given back at its end."""

    name: str
    cloud: OpenStackCloud
    watch: Watch
    known: Snapshot
    full: bool
    lock: threading.Lock

    def call(self) -> listing.Listed:
        """Everything, or what changed. Raises a ProviderError."""
        if self.full:
            return listing.everything(self.cloud)
        marks = listing.Marks(str(self.watch.marks.get("servers", "")), str(self.watch.marks.get("volumes", "")))
        return listing.changes(self.cloud, marks, listing.OVERLAP if self.far else listing.BRIEF)

    @property
    def far(self) -> bool:
        """Whether it is time to ask again for what should have been listed before."""
        last = self.watch.marks.get("far")
        return self.full or not last or claims.began(self.watch) - datetime.fromisoformat(last) >= FAR

    def end(self, answer: Any) -> Snapshot:
        """Store what was listed, and let others look. Raises the ProviderError that came instead."""
        try:
            _known[self.name] = now = _taken(self, answer)
            return now
        finally:
            self.lock.release()


def begin(name: str, cloud: OpenStackCloud) -> Begun | None:
    """Begin a look where one is due and nobody else looks; what others have stored meanwhile is read in any case."""
    lock = _lock(name)
    if not lock.acquire(blocking=False):
        return None
    begun = None
    try:
        Watch.objects.get_or_create(cloud=name)
        mine = claims.claim(name, settings.ENGINE_LOOK)
        _known[name] = known = _caught_up(name, mine or Watch.objects.get(cloud=name))
        if mine:
            begun = Begun(name, cloud, mine, known, _full(mine, known), lock)
    finally:
        if begun is None:
            lock.release()
    return begun


def forget(name: str = "") -> None:
    """Drop what this process keeps of a cloud, or of all: the next look reads it from the database."""
    for one in [name] if name else list(_known):
        _known.pop(one, None)


def usage(snapshot: Snapshot, gpus: Mapping[str, int], projects: Iterable[str]) -> dict[str, Amount]:
    """What the servers and volumes of these cloud projects take; `gpus` are a server's by its flavor's name."""
    total = dict.fromkeys(projects, NOTHING)
    for server in snapshot.servers.values():
        if server.project_id in total:
            total[server.project_id] += amount_of(server, gpus)
    for volume in snapshot.volumes.values():
        if volume.project_id in total:
            total[volume.project_id] += Amount(volumes=1, volume_gib=volume.size_gib)
    return total


def amount_of(server: SeenServer, gpus: Mapping[str, int]) -> Amount:
    """What one server takes; `gpus` are those of one server by its flavor's name."""
    return Amount(server.flavor_vcpus, server.flavor_ram_mib, instances=1, gpus=gpus.get(server.flavor, 0))


def _lock(name: str) -> threading.Lock:
    with _guard:
        return _locks.setdefault(name, threading.Lock())


def _caught_up(name: str, watch: Watch) -> Snapshot:
    """This process's snapshot with what others have stored since."""
    known = _known.get(name) or Snapshot(name, NEVER, NEVER, {}, {}, {})
    if watch.looked_at is None:
        return Snapshot(name, NEVER, NEVER, {}, {}, {})
    if watch.looked_at <= known.taken_at:
        return known
    return sightings.load(name, known, taken_at=watch.looked_at, full_at=watch.full_at or NEVER)


def _full(watch: Watch, known: Snapshot) -> bool:
    """Whether it is time for everything: now and then, and earlier where something seems to be gone."""
    asked = watch.full_asked_at is not None and watch.full_asked_at > known.full_at
    every = min(FULL_IF_ASKED, settings.ENGINE_FULL) if asked else settings.ENGINE_FULL
    return not watch.marks.get("servers") or (claims.began(watch) - known.full_at).total_seconds() >= every


def _taken(look: Begun, answer: Any) -> Snapshot:
    """Store what changed, and give the right to look back, whatever happens.

    Where the cloud does not answer nobody looks for as long as a call may take: passes must not spend their time on it.
    """
    rest = 0.0
    try:
        if isinstance(answer, listing.Listed):
            return _stored(look, answer)
        if isinstance(answer, Busy) and answer.unavailable:
            rest = settings.ENGINE_TIMEOUT
        error = answer if isinstance(answer, ProviderError) else Busy("The cloud could not be looked at.")
        Watch.objects.filter(cloud=look.name).note_trouble(error.words)
        raise error
    finally:
        claims.give_back(look.watch, rest=rest)


def _stored(look: Begun, listed: listing.Listed) -> Snapshot:
    """Store a look in one transaction, so that nobody reads half of it; dropped where another has looked meanwhile."""
    name, known, began, full = look.name, look.known, claims.began(look.watch), look.full
    shown: dict[str, list[Any]] = {"server": list(listed.servers), "volume": list(listed.volumes)}
    for kind, rows in (("address", listed.addresses), ("port", listed.ports)):
        if rows is not None:
            shown[kind] = list(rows)
    changes = sightings.compare(known, shown, listed.gone, full=full)
    full_at = began if full else known.full_at
    now = sightings.applied(known, changes, taken_at=began, full_at=full_at)
    with transaction.atomic():
        marks = {"servers": listed.marks.servers, "volumes": listed.marks.volumes}
        far = {"far": began.isoformat()} if look.far else {}
        if not claims.keep(look.watch, {**marks, **far}, full_at=full_at):
            return known
        sightings.store(name, changes, began)
    if changes or full:
        told = None if full else changes.projects(known)
        record_usage(name, now, told)
    return now


def record_usage(name: str, snapshot: Snapshot, projects: Iterable[str] | None = None) -> None:
    """Tell the allocations what their cloud projects take: those of `projects`, or all."""
    steps = Step.objects.filter(kind="project", plan__cloud=name).exclude(external_id="")
    if projects is not None:
        steps = steps.filter(external_id__in=list(projects))
    owners = dict(steps.values_list("external_id", "plan__allocation_id"))
    if not owners:
        return
    gpus = Flavor.objects.filter(cloud__name=name, gpus__gt=0).values_list("name", "gpus")
    taken = usage(snapshot, dict(gpus), owners)
    amounts = {allocation: taken[project_id] for project_id, allocation in owners.items()}
    allocations.record_observed_many(amounts=amounts, at=snapshot.taken_at)
