"""The simulated lab of the crash tests: its catalog, allocations on it, all that stands on it, and time."""

from collections import Counter
from datetime import timedelta
from typing import Any

import requests
from django.db.models import F, Q
from django.db.models.functions import Now

from projects.amounts import Amount
from projects.grants import Grant, ServerLine
from projects.models import Allocation
from provisioning import observe
from provisioning.adapters.openstack import open_cloud
from provisioning.models import Plan, Step, Watch
from tests.factories import AllocationFactory

CLOUD = "simulated"
A_DAY = 86400.0


def let_pass(seconds: float) -> None:
    """Let the database's clock go on, by moving all that is remembered of it into the past."""
    by = timedelta(seconds=seconds)
    Plan.objects.update(due_at=F("due_at") - by, lease_until=F("lease_until") - by)
    times = ("due_at", "missing_since", "began_at", "ended_at", "called_at")
    Step.objects.update(**{name: F(name) - by for name in times})
    Watch.objects.update(look_until=F("look_until") - by, paused_until=F("paused_until") - by)


def put_aside() -> None:
    """Nobody goes on with what is unfinished until a day has passed."""
    Plan.objects.filter(lease_until__isnull=False).update(lease_until=Now() + timedelta(seconds=A_DAY - 60))
    Watch.objects.update(look_until=None)


def unfinished() -> bool:
    """Whether a plan is due, or was in hand of a dead worker; those put aside do not count."""
    moving = Q(due_at__isnull=False) | Q(lease_until__isnull=False)
    return Plan.objects.filter(moving).exclude(lease_until__gt=Now() + timedelta(seconds=60)).exists()


def grant(count: int = 1, **changes: Any) -> dict[str, Any]:
    values = {"key": "web", "flavor": "p9.small", "image": "debian-12-ppc64le", "volume_gib": 10, "floating_ip": True}
    return Grant(lines=(ServerLine(**{**values, "count": count, "ports": (443,), **changes}),)).as_json()


def managed(cloud: Any, generation: Any) -> Allocation:
    return AllocationFactory(cloud=cloud, generation=generation, grant=grant())


def access(cloud: Any, generation: Any) -> Allocation:
    amount = Amount(vcpus=8, ram_mib=16384, volumes=4, volume_gib=100, instances=4)
    return AllocationFactory(cloud=cloud, generation=generation, kind="cloud", grant=Grant(access=amount).as_json())


def want(*allocations: Allocation, **fields: Any) -> None:
    Allocation.objects.filter(pk__in=[allocation.pk for allocation in allocations]).update(**fields)


def standing() -> Counter[str]:
    """How many things of each kind carry our tag, asked of the cloud itself."""
    cloud = open_cloud(CLOUD)
    projects = [row for row in cloud.identity.listed("/projects", "projects") if _ours(row)]
    users = [row for row in cloud.identity.listed("/users", "users") if _is_tag(row.get("description"))]
    paths = [f"/users/{user['id']}/application_credentials" for user in users]
    neutron = {"address": "floatingips", "group": "security-groups"}
    found = {kind: cloud.network.listed(f"/{name}", name.replace("-", "_")) for kind, name in neutron.items()}
    counts = {kind: sum(_is_tag(row["description"]) for row in rows) for kind, rows in found.items()}
    return +Counter(
        counts,
        project=len(projects),
        user=len(users),
        server=sum("portico" in row["metadata"] for row in all_servers()),
        volume=sum("portico" in row["metadata"] for row in all_volumes()),
        credential=sum(len(cloud.identity.listed(path, "application_credentials")) for path in paths),
    )


def _is_tag(text: Any) -> bool:
    return str(text).startswith("portico/")


def all_servers() -> list[dict[str, Any]]:
    return list(open_cloud(CLOUD).compute.get("/servers/detail", all_tenants=1)["servers"])


def all_volumes() -> list[dict[str, Any]]:
    return list(open_cloud(CLOUD).volume.get("/volumes/detail", all_tenants=1)["volumes"])


def _ours(row: dict[str, Any]) -> bool:
    return any(tag.startswith("portico.") for tag in row.get("tags", ()))


def everything() -> set[str]:
    """The ids of all servers, volumes, floating IPs and ports, whoever's: nothing may be left over."""
    cloud = open_cloud(CLOUD)
    rest = [row for kind in ("floatingips", "ports") for row in cloud.network.listed(f"/{kind}", kind)]
    return {row["id"] for row in (*all_servers(), *all_volumes(), *rest)}


def look_at_all() -> None:
    """Have the next look be a full listing, and take it."""
    observe.forget()
    for watch in Watch.objects.all():
        watch.marks = {"places": watch.marks["places"]}
        watch.look_until = None
        watch.save()
    observe.look(CLOUD, open_cloud(CLOUD))


def wrong_steps() -> dict[str, str]:
    """The steps that have not arrived, with their words; nothing where all is as it should be."""
    arrived = {True: "ready", False: "undone"}
    return {
        f"{step.plan_id}/{step.key}": f"{step.state}: {step.words}"
        for step in Step.objects.all()
        if step.state != arrived[step.wanted]
    }


def pace(url: str, seconds: float) -> None:
    requests.post(f"{url}/_sim/pace", json={"build_seconds": seconds}, timeout=60).raise_for_status()
