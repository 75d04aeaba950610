"""All that stands in the cloud project, taken back in order of need: a member's own things as well as ours.

The key pairs of the service user are among them: members make them with its application credential. Orchestration is
not looked at: the clouds that this was written for have none.

One pass takes back things of one kind; when three listings in a row are empty, the project is.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from provisioning.adapters.openstack import OpenStackCloud
from provisioning.errors import Busy, Failure, Gone, Rejected
from provisioning.outcomes import Pending, Ready
from provisioning.ports import Position
from provisioning.steps.base import Kind, joined, project_of

EMPTY_LISTINGS: Final = 3
MOST_TRIES: Final = 60  # of some 2 seconds
AT_ONCE: Final = 10  # calls of one pass, so that it ends well within a lease
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Home:
    """Ids of a cloud project and of its service user; empty where there is none any more."""

    project: str
    user: str = ""


Listing = Callable[[OpenStackCloud, Home], list[Any]]
Removal = Callable[[OpenStackCloud, Any], None]


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of thing in a project: how it is listed and removed, and which of it must not be touched."""

    kind: str
    listed: Listing
    remove: Removal
    held: Callable[[Row], str] = lambda _: ""


def _neutron(kind: str, words: str, held: Callable[[Row], str] = lambda _: "") -> Shelf:
    return Shelf(
        words, lambda c, h: c.network.of(kind, h.project), lambda c, row: c.network.remove(kind, row["id"]), held
    )


def _cinder(kind: str, words: str) -> Shelf:
    return Shelf(words, lambda c, h: c.volume.of(kind, h.project), lambda c, row: c.volume.remove(kind, row["id"]))


def _ports(*, interfaces: bool) -> Listing:
    def listed(cloud: OpenStackCloud, home: Home) -> list[Any]:
        rows = cloud.network.of("ports", home.project)
        owners = [str(row.get("device_owner") or "") for row in rows]
        inside = [owner.startswith("network:router_interface") for owner in owners]
        # a gateway's or a DHCP server's port goes with what it belongs to
        other = [not owner.startswith("network:") for owner in owners]
        return [row for row, mine in zip(rows, inside if interfaces else other, strict=True) if mine]

    return listed


SHELVES: Final = (
    Shelf(
        "server",
        lambda c, h: c.compute.servers_of(h.project),
        lambda c, row: c.compute.delete_server(row["id"]),
        lambda row: "locked" if row.get("locked") else "",
    ),
    Shelf(
        "server group", lambda c, h: c.compute.groups_of(h.project), lambda c, row: c.compute.delete_group(row["id"])
    ),
    Shelf(
        "key pair",
        lambda c, h: c.compute.keypairs_of(h.user) if h.user else [],
        lambda c, row: c.compute.delete_keypair(row["user_id"], row["name"]),
    ),
    _neutron("floatingips", "floating IP"),
    Shelf(
        "router interface",
        _ports(interfaces=True),
        lambda c, row: c.network.remove_interface(row["device_id"], row["id"]),
    ),
    _neutron("routers", "router"),
    Shelf("port", _ports(interfaces=False), lambda c, row: c.network.remove("ports", row["id"])),
    _neutron("subnets", "subnet"),
    _neutron("networks", "network", lambda row: "shared" if row.get("shared") else ""),
    _neutron("security-groups", "security group"),
    _cinder("snapshots", "snapshot"),
    _cinder("backups", "backup"),
    _cinder("volumes", "volume"),
    Shelf(
        "image",
        lambda c, h: c.image.of(h.project),
        lambda c, row: c.image.remove(row["id"]),
        lambda row: "protected" if row.get("protected") else _visible(row),
    ),
)


def _visible(row: Row) -> str:
    """Whether others may be using an image, and by what."""
    if row.get("members"):
        return "shared"
    return str(row.get("visibility")) if row.get("visibility") in {"public", "community"} else ""


class Purge(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready:  # noqa: ARG002
        """Nothing while the allocation lives."""
        return Ready(id=project_of(it))

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending:
        home = Home(*(str(it.facts.get(key, {}).get("id", "")) for key in ("project", "user")))
        if not home.project:
            return Ready()
        for shelf, found in _standing(cloud, home):
            refuse_held(shelf, found)
            return _cleared(cloud, it, shelf, found)
        empty = int(it.own.get("empty", 0)) + 1
        if empty < EMPTY_LISTINGS:
            return Pending(1, "The cloud project is empty; it is looked at again.", facts={"empty": empty})
        _remove_default_groups(cloud, home.project)
        return Ready()

    def prove_absent(self, cloud: OpenStackCloud, it: Position) -> bool:  # noqa: ARG002
        return False


def _cleared(cloud: OpenStackCloud, it: Position, shelf: Shelf, found: list[Row]) -> Pending:
    """Remove what is there. What stays the same for MOST_TRIES passes is a person's, with the cloud's own words."""
    left, said = sorted(row["id"] for row in found)[:AT_ONCE], ""
    for row in found[:AT_ONCE]:
        try:
            if not _leaving(row):
                shelf.remove(cloud, row)
        except Gone:
            continue
        except Busy as error:  # still in use, perhaps by what is just leaving: the next listing tells
            said = error.words
    tries = int(it.own.get("tries", 0)) + 1 if it.own.get("left") == left else 0
    names = f"{shelf.kind} {joined([name_of(row) for row in found])}"
    if tries >= MOST_TRIES:
        raise Rejected(f"Cannot be taken back: {names}. {said}", code=Failure.REFUSED, who="lab")
    return Pending(2, f"Being taken back: {names}.", facts={"empty": 0, "left": left, "tries": tries})


def _remove_default_groups(cloud: OpenStackCloud, project_id: str) -> None:
    """Neutron gives one to each project that is listed, and keeps it when the project goes; so this comes last."""
    for row in cloud.network.of("security-groups", project_id):
        with suppress(Gone, Busy):
            cloud.network.remove("security-groups", row["id"])


def contents(cloud: OpenStackCloud, home: Home) -> list[tuple[str, str, str]]:
    """What a purge would take back: (kind, name, id). Nothing is changed. Raises a ProviderError."""
    found = ((shelf, row) for shelf, rows in _standing(cloud, home) for row in rows)
    return [(shelf.kind, name_of(row), row["id"]) for shelf, row in found]


def name_of(row: Row) -> str:
    return str(row.get("name") or row.get("floating_ip_address") or row["id"])


def refuse_held(shelf: Shelf, found: list[Row]) -> None:
    """Raises Rejected with the names of what somebody has locked, protected or shared: a person decides on that."""
    held = [f"{name_of(row)} ({why})" for row in found if (why := shelf.held(row))]
    if held:
        words = f"Cannot be taken back before somebody lets go of it: {shelf.kind} {joined(held)}."
        raise Rejected(words, code=Failure.REFUSED, who="lab")


def _standing(cloud: OpenStackCloud, home: Home) -> Iterator[tuple[Shelf, list[Row]]]:
    for shelf in SHELVES:
        if found := _kept(shelf, _listed(shelf, cloud, home)):
            yield shelf, found


def _listed(shelf: Shelf, cloud: OpenStackCloud, home: Home) -> list[Row]:
    try:
        return shelf.listed(cloud, home)
    except Gone:
        return []  # a cloud without that service, as backups often are


def _kept(shelf: Shelf, found: list[Row]) -> list[Row]:
    """Every project has a security group `default`, which is nobody's and goes last."""
    return [row for row in found if shelf.kind != "security group" or row.get("name") != "default"]


def _leaving(row: Row) -> bool:
    return row.get("OS-EXT-STS:task_state") == "deleting" or row.get("status") == "deleting"
