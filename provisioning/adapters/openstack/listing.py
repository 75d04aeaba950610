"""What a whole cloud shows: everything, or what changed since the last look; JSON into frozen rows, page by page."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from provisioning.adapters.openstack import rows
from provisioning.adapters.openstack.cloud import OpenStackCloud
from provisioning.adapters.openstack.session import Answer
from provisioning.errors import Busy, Gone, Rejected
from provisioning.ports import SeenAddress, SeenPort, SeenServer, SeenVolume

# A change is listed by the second in which the database wrote it, which may be some after the one it happened in.
OVERLAP: Final = timedelta(seconds=60)
# Most are listed at once, and to list again all that was built in the last minute takes a cloud seconds.
BRIEF: Final = timedelta(seconds=10)
MARK: Final = "%Y-%m-%dT%H:%M:%SZ"
DELETED: Final = frozenset({"DELETED", "SOFT_DELETED"})


@dataclass(frozen=True, slots=True)
class Marks:
    """When the last look was made: the cloud's own clock, UTC, ISO 8601."""

    servers: str
    volumes: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One look. `gone` are ids of servers that the cloud says are deleted.

    `addresses` and `ports` are None where they were not looked at: neutron does not tell what changed.
    """

    servers: list[SeenServer]
    volumes: list[SeenVolume]
    gone: frozenset[str]
    marks: Marks
    addresses: list[SeenAddress] | None = None
    ports: list[SeenPort] | None = None


def everything(cloud: OpenStackCloud) -> Listed:
    """A full listing, of all projects."""
    servers = cloud.compute.pages("/servers/detail", "servers", all_tenants=1)
    volumes = cloud.volume.pages("/volumes/detail", "volumes", all_tenants=1)
    return replace(
        _listed(servers, volumes),
        addresses=[rows.address(row) for row in cloud.network.listed("/floatingips", "floatingips")],
        ports=[rows.port(row) for row in cloud.network.ports()],
    )


def changes(cloud: OpenStackCloud, since: Marks, overlap: timedelta = OVERLAP) -> Listed:
    """Servers (deleted ones too) and volumes that changed since the last look; a deleted volume is not among them."""
    changed = {"all_tenants": 1, "changes-since": _less(since.servers, overlap)}
    servers = cloud.compute.pages("/servers/detail", "servers", **changed)
    newer = {"all_tenants": 1, "updated_at": f"gte:{_less(since.volumes, overlap)}"}
    volumes = cloud.volume.pages("/volumes/detail", "volumes", **newer)
    return _listed(servers, volumes)


def _listed(server_pages: Iterator[Answer], volume_pages: Iterator[Answer]) -> Listed:
    servers_from, servers = _rows(server_pages, "servers", rows.server)
    volumes_from, volumes = _rows(volume_pages, "volumes", rows.volume)
    return Listed(
        servers=[one for one in servers if one.status not in DELETED],
        volumes=volumes,
        gone=frozenset(one.id for one in servers if one.status in DELETED),
        marks=Marks(servers_from, volumes_from),
    )


def _rows(pages: Iterator[Answer], key: str, read: Any) -> tuple[str, list[Any]]:
    """When the first page was asked for, and the rows. What changes after that may be in none of the pages."""
    first, found, began = "", [], time.monotonic()
    try:
        for page in pages:
            first = first or _asked(page.date, time.monotonic() - began)
            found += [read(row) for row in page.body[key]]
    except (Rejected, Gone) as error:  # what the next page was to begin after has just been deleted
        raise Busy(f"The cloud's {key} changed while they were listed.") from error
    return first, found


def _asked(date: str, took: float) -> str:
    """When the answer of this date, which took so many seconds, was asked for."""
    at = parsedate_to_datetime(date) if date else datetime.now(UTC)
    return (at.astimezone(UTC) - timedelta(seconds=took)).strftime(MARK)


def _less(mark: str, overlap: timedelta) -> str:
    return (datetime.strptime(mark, MARK).replace(tzinfo=UTC) - overlap).strftime(MARK)
