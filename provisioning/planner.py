"""From what is wanted of a cloud to the steps that make it true: pure and deterministic.

Needs serve both directions: a step begins when what it needs is ready, and it is taken back when nothing that needs it
is left. So `purge`, which does nothing while the allocation lives, needs what must outlive it and is needed by all that
is inside the cloud project: the end takes servers and credential back first, then purges, then closes the door. The
credential needs all quotas: nobody gets in before the limits hold, and they hold until nobody gets in any more.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from provisioning.spec import (
    AddressWant,
    AttachmentWant,
    CiSpec,
    CredentialWant,
    FlavorAccessWant,
    FolderWant,
    GroupWant,
    JobWant,
    PlannedStep,
    ProjectWant,
    PurgeWant,
    QuotaWant,
    RoleWant,
    ServerSpec,
    ServerWant,
    Spec,
    SuspensionWant,
    UserWant,
    VolumeWant,
)

QUOTAS = ("quota:compute", "quota:volume", "quota:network")
SUSPENSION = "suspension"
JENKINSFILE = "Jenkinsfile"
STARTER = "about-the-agents"

# Kinds that hold people's data once they were ready: the engine alone never deletes, rebuilds or resizes them.
HOLD_DATA = frozenset({"project", "volume", "server", "folder"})

# Kinds that no listing of a whole cloud shows: they are looked at one by one, in rotation.
UNLISTED = frozenset(
    {"project", "user", "role", "quota", "flavor", "group", "credential", "suspension", "folder", "job"}
)

# What of a want makes a change for a thing that stands, and therefore a call; the rest holds for the next one made.
# A server keeps its image (reinstalling is an action) and its people (cloud-init reads them once).
CHANGES: Mapping[str, tuple[str, ...]] = {
    "project": (),
    "user": (),
    "server": ("flavor",),
    "volume": ("size_gib",),
    "credential": ("roles", "turn"),
}

# Kinds that cannot be changed in place: another want is another thing.
REPLACED = frozenset({"credential"})


def plan(spec: Spec) -> tuple[PlannedStep, ...]:
    """All steps of an allocation that is present, needs first; none for one that is absent."""
    if spec.desired == "absent":
        return ()
    if spec.ci:
        return tuple(_ci(spec, spec.ci))
    door = tuple(_door(spec))
    purge = PlannedStep("purge", PurgeWant(), ("project", "role"))
    limits = tuple(step.key for step in door if step.kind in {"quota", "flavor"})
    inside = (_credential(spec, limits),) if spec.kind == "cloud" else tuple(_managed(spec))
    return (*door, purge, *inside)


def suspension(keys: Iterable[str]) -> PlannedStep:
    """The step that puts the steps `keys` to rest; needing all of them, it is the first to be taken back."""
    needs = tuple(key for key in keys if key != SUSPENSION)
    servers = tuple(key for key in needs if key.startswith("server:"))
    return PlannedStep(SUSPENSION, SuspensionWant(servers), needs)


def changed(kind: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a thing made as `was` says must be changed to be as `now` says."""
    names = CHANGES.get(kind, tuple(now))
    return any(was.get(name) != now.get(name) for name in names)


def merged(kind: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The want of a thing that stands: as it was made, with what can be changed as it is wanted now."""
    names = CHANGES.get(kind, tuple(now))
    taken = {name: now[name] for name in names if name in now}
    if kind == "server" and changed(kind, was, now):
        taken["flavor_id"] = now["flavor_id"]
    return {**was, **taken}


def _ci(spec: Spec, ci: CiSpec) -> Iterator[PlannedStep]:
    """A folder with a job for each repository, on agents that the lab keeps for all: nothing of the cloud is needed."""
    logins, numbers = tuple(login for login, _ in ci.builders), tuple(number for _, number in ci.builders)
    yield PlannedStep("folder", FolderWant(spec.title, logins, numbers))
    yield PlannedStep(f"job:{STARTER}", JobWant("", "", ci.labels), ("folder",))
    for name, url in ci.repositories:
        yield PlannedStep(f"job:{name}", JobWant(url, JENKINSFILE, ci.labels), ("folder",))


def _door(spec: Spec) -> Iterator[PlannedStep]:
    """What stands around the cloud project: itself, its user, what it may use."""
    yield PlannedStep("project", ProjectWant(spec.title))
    yield PlannedStep("user", UserWant(spec.title), ("project",))
    yield PlannedStep("role", RoleWant(), ("user", "project"))
    for service, limits in _limits(spec).items():
        yield PlannedStep(f"quota:{service}", QuotaWant(service, limits), ("project",))
    for name, flavor_id in _flavors(spec):
        yield PlannedStep(flavor_key(name), FlavorAccessWant(flavor_id, name), ("project",))


def flavor_key(name: str) -> str:
    """The key of a flavor's step; names too long for one are shortened by their hash."""
    return f"flavor:{name if len(name) <= 64 else name[:48] + hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _flavors(spec: Spec) -> list[tuple[str, str]]:
    """The private flavors to open, as (name, id): those of the generation (cloud access), or of the servers."""
    used = {server.flavor: server.flavor_id for server in spec.servers if server.flavor_private}
    return sorted({**used, **dict(spec.flavors)}.items())


def _limits(spec: Spec) -> dict[str, tuple[tuple[str, int], ...]]:
    """Quotas in each service's own terms. A managed project has what its servers take and no more.

    Snapshots count in the gigabytes of volumes, and so in what was granted. Backups do not, and no capacity counts
    them: each would be storage that nobody promised, so there are none.
    """
    snapshots = spec.volumes if spec.kind == "cloud" else 0
    volume = (("volumes", spec.volumes), ("gigabytes", spec.volume_gib), ("snapshots", snapshots))
    return {
        "compute": (("instances", spec.instances), ("cores", spec.vcpus), ("ram", spec.ram_mib)),
        "volume": (*volume, ("backups", 0), ("backup_gigabytes", 0)),
        "network": _access_network(spec) if spec.kind == "cloud" else _managed_network(spec),
    }


def _managed_network(spec: Spec) -> tuple[tuple[str, int], ...]:
    lines = {server.line for server in spec.servers}
    opened = sum(len(ports) + 1 for line, ports in spec.ports if line in lines)
    return (
        ("port", spec.instances),
        ("floatingip", sum(server.floating_ip for server in spec.servers)),
        ("security_group", len(lines) + 1),  # and the one that every project has
        ("security_group_rule", 4 + 2 * len(lines) + 2 * (opened + len(lines))),  # IPv4 and IPv6
    )


def _access_network(spec: Spec) -> tuple[tuple[str, int], ...]:
    return (
        ("port", 3 * spec.instances + 10),
        ("floatingip", spec.instances),
        ("security_group", 10),
        ("security_group_rule", 100),
        ("network", 5),
        ("subnet", 5),
        ("router", 2),
    )


def _credential(spec: Spec, limits: tuple[str, ...]) -> PlannedStep:
    expires = spec.ends_at.isoformat(timespec="seconds")
    want = CredentialWant(roles=("member",), expires_at=expires, turn=spec.credential_turn)
    return PlannedStep("credential", want, ("role", "purge", *limits))


def _managed(spec: Spec) -> Iterator[PlannedStep]:
    ports = dict(spec.ports)
    for line in dict.fromkeys(server.line for server in spec.servers):
        yield PlannedStep(f"group:{line}", GroupWant(ports.get(line, ())), ("project", "quota:network", "purge"))
    for server in spec.servers:
        yield from _server(spec, server)


def _server(spec: Spec, server: ServerSpec) -> Iterator[PlannedStep]:
    """One server with what belongs to it; the volume is there before it, so that its first boot finds it."""
    key, volume = f"server:{server.name}", f"volume:{server.name}" if server.volume_gib else ""
    needs = ["role", "quota:compute", "quota:network", f"group:{server.line}", "purge"]
    needs += [flavor_key(server.flavor)] if server.flavor_private else []
    if volume:
        yield PlannedStep(volume, VolumeWant(server.volume_gib, spec.volume_type), ("role", "quota:volume", "purge"))
        needs.append(volume)
    yield PlannedStep(key, _server_want(spec, server, volume), tuple(needs))
    if volume:
        yield PlannedStep(f"attachment:{server.name}", AttachmentWant(key, volume), (key, volume))
    if server.floating_ip:
        want = AddressWant(key, spec.external_network_id)
        yield PlannedStep(f"address:{server.name}", want, (key, "quota:network"))


def _server_want(spec: Spec, server: ServerSpec, volume: str) -> ServerWant:
    return ServerWant(
        flavor_id=server.flavor_id,
        flavor=server.flavor,
        image_id=server.image_id,
        image=server.image,
        network_id=spec.network_id,
        group=f"group:{server.line}",
        volume=volume,
        people=spec.people,
        numbers=spec.numbers,
        architecture=server.architecture,
        generation=spec.generation,
    )


def with_turn(spec: Spec, turn: int) -> Spec:
    """The spec with the plan's own count of credentials."""
    return replace(spec, credential_turn=turn)
