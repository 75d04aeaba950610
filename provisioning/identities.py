"""Cloud projects and users that carry our tag, noted for the sweep: no listing of servers has them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from provisioning.adapters.openstack import OpenStackCloud
from provisioning.models import Sighting
from provisioning.sightings import write_sightings

KINDS: Final = ("project", "user")
Row = Mapping[str, Any]


def note_identity(name: str, cloud: OpenStackCloud) -> None:
    """List them and store what is there and what is gone. Raises a ProviderError."""
    at = timezone.now()
    found = {"project": cloud.identity.projects(), "user": cloud.identity.users()}
    rows = [
        Sighting(
            cloud=name,
            kind=kind,
            external_id=row["id"],
            project_id=row["id"] if kind == "project" else "",
            name=str(row.get("name", ""))[:255],
            row={"id": row["id"], "description": mark},
            seen_at=at,
            gone_at=None,
        )
        for kind, listed in found.items()
        for row in listed
        for mark in _marks(kind, row)
    ]
    with transaction.atomic():
        write_sightings(rows)
        seen = [row.external_id for row in rows]
        gone = Sighting.objects.filter(cloud=name, kind__in=KINDS, gone_at=None).exclude(external_id__in=seen)
        gone.update(gone_at=at)


def _marks(kind: str, row: Row) -> Iterator[str]:
    """Our tag, at most one; a cloud project bears it as keystone allows, with dots."""
    said = [tag.replace(".", "/") for tag in row.get("tags", ())] if kind == "project" else [row.get("description")]
    yield from [str(mark) for mark in said if str(mark).startswith("portico/")][:1]
