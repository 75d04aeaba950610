"""Where servers run and volumes lie, and since when a server runs: told in the queries that read them anyway."""

from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Case, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.fields.json import KT
from django.utils.dateparse import parse_datetime

from projects.models import Host, VolumeType
from projects.states import Named
from provisioning.models import Action, Sighting, Step
from provisioning.states import ActionState

STARTS: Final = ("start", "reboot", "reinstall", "unrescue", "revert")  # after which a server runs anew


class HostState(Named):
    """How the host of a server is, as the catalog last read it."""

    UP = "up", "Host up", "good"
    CLOSED = "closed", "Host up, takes nothing new", "info"
    DOWN = "down", "Host down", "bad"


def with_hosts(sightings: QuerySet[Sighting]) -> QuerySet[Sighting]:
    """Sightings that bring the state of the host that a server is on; then host_of() can say it."""
    state = Case(
        When(up=False, then=Value(HostState.DOWN.value)),
        When(enabled=False, then=Value(HostState.CLOSED.value)),
        default=Value(HostState.UP.value),
    )
    hosts = Host.objects.filter(cloud__name=OuterRef("cloud"), name=OuterRef("on_host"), present=True)
    return sightings.annotate(on_host=KT("row__host")).annotate(host_state=Subquery(hosts.values(state=state)[:1]))


def host_of(sighting: Any) -> HostState | None:
    """The host's state by a row of with_hosts(); None where the catalog does not know it."""
    return HostState(sighting.host_state) if sighting is not None and sighting.host_state else None


def with_storage(steps: QuerySet[Step]) -> QuerySet[Step]:
    """Steps that bring whether a volume's type is on shared storage; then storage_of() can say it."""
    kinds = VolumeType.objects.filter(cloud__name=OuterRef("plan__cloud"), name=OuterRef("type_name"))
    return steps.annotate(type_name=KT("want__volume_type")).annotate(shared=Subquery(kinds.values("shared")[:1]))


def storage_of(step: Any) -> str:
    """A volume's type, and whether a server can move to another host with it: `ceph, shared`; by with_storage()."""
    known = {True: "shared", False: "local"}.get(step.shared, "")
    return ", ".join(filter(None, (step.want.get("volume_type", ""), known)))


def with_starts(steps: QuerySet[Step]) -> QuerySet[Step]:
    """Steps that bring when a server was last started here; then runs_since() can say it."""
    starts = Action.objects.filter(step=OuterRef("pk"), verb__in=STARTS, state=ActionState.DONE)
    return steps.annotate(started_at=Subquery(starts.order_by("-ended_at").values("ended_at")[:1]))


def runs_since(step: Any, sighting: Any) -> datetime | None:
    """Since when a server runs, by with_starts(): nova tells when it was launched, not when it was started again."""
    row = sighting.row if sighting else {}
    launched = parse_datetime(row.get("launched_at") or "") if row.get("status") == "ACTIVE" else None
    if launched is None:
        return None
    launched = launched.replace(tzinfo=UTC)  # nova writes UTC, and does not say so
    return max(launched, step.started_at or launched)
