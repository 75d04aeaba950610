"""The system that a server runs on, and until when its makers mend it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.utils import timezone

from projects.models import Image
from projects.models.catalog import SOON, over
from provisioning.models import Sighting


@dataclass(frozen=True, slots=True)
class System:
    """An image by its name, and the last day on which it is mended; None where nobody says."""

    name: str
    end: date | None = None

    @property
    def ends_soon(self) -> bool:
        """Whether the end is near enough to be told, or past."""
        return self.end is not None and self.end <= timezone.now().date() + SOON

    @property
    def ended(self) -> bool:
        """Whether nobody mends it any more."""
        return over(self.end)


def with_systems(sightings: QuerySet[Sighting]) -> QuerySet[Sighting]:
    """Sightings that bring the image that a server runs on now, in the same query."""
    image = Image.objects.filter(cloud__name=OuterRef("cloud"), external_id=OuterRef("image_id"))
    return sightings.annotate(image_id=KT("row__image_id")).annotate(
        image_name=Subquery(image.values("name")), image_end=Subquery(image.values("end_of_life"))
    )


def system_of(sighting: Any, want: Mapping[str, Any]) -> System:
    """The system of a server by its row of with_systems(); as it was granted as long as the cloud shows no other."""
    if sighting is not None and sighting.image_name:
        return System(sighting.image_name, sighting.image_end)
    other = sighting is not None and sighting.image_id not in {None, "", want.get("image_id")}
    return System("an image that the catalog does not have" if other else want.get("image", ""))
