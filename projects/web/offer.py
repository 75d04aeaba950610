"""What the request form offers: the classified flavors, images and generations of the catalog, as choices."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TypeVar

from django.core.cache import cache
from django.db.models import Model
from django.utils import timezone
from redis.exceptions import RedisError

from projects.admission import Stock
from projects.models import Cloud, Flavor, Generation, Image, Pool
from projects.states import CloudState
from projects.text import day_words

Group = tuple[str, list[tuple[str, str]]]
Row = TypeVar("Row", bound=Model)
GIB = 1024  # MiB


@dataclass(frozen=True)
class Offer:
    """What can be asked for now, by the primary key that a form sends."""

    flavors: dict[str, Flavor]
    images: dict[str, Image]
    pools: dict[str, Pool]
    until: date | None = None  # how long it is needed, where that is known

    @classmethod
    def load(cls) -> "Offer":
        """Three queries. What is not classified, no longer there, or no longer mended is not offered."""
        flavors = Flavor.objects.offered().filter(generation__offered=True).select_related("cloud", "generation")
        images = Image.objects.offered().select_related("cloud", "generation")
        pools = Pool.objects.filter(generation__offered=True).select_related("cloud", "generation")
        return cls(
            flavors=_by_key(flavors.order_by("generation__order", "ram_mib", "name")),
            images=_by_key(images.order_by("architecture", "name")),
            pools=_by_key(pools.order_by("generation__order", "cloud__name")),
        )

    @classmethod
    def cached(cls) -> "Offer":
        """The same, at most 30 s old: what is chosen is checked again by the services."""
        try:
            kept = cache.get_or_set("projects:offer", cls.load, 30)
        except RedisError:
            return cls.load()
        return kept if isinstance(kept, cls) else cls.load()

    def lasting(self, days: int) -> "Offer":
        """The same to somebody who needs it for so many days from now: images that end before say so."""
        return replace(self, until=timezone.now().date() + timedelta(days=days))

    def only(self, cloud_id: int, generation: Generation) -> "Offer":
        """What fits one generation of one cloud."""
        at = (cloud_id, generation.pk)
        return replace(
            self,
            flavors={k: row for k, row in self.flavors.items() if (row.cloud_id, row.generation_id) == at},
            images={k: row for k, row in self.images.items() if row.cloud_id == cloud_id and row.runs_on(generation)},
            pools={k: row for k, row in self.pools.items() if (row.cloud_id, row.generation_id) == at},
        )

    @cached_property
    def clouds(self) -> list[Cloud]:
        """Those that something is on."""
        return list({pool.cloud_id: pool.cloud for pool in self.pools.values()}.values())

    @property
    def stock(self) -> Stock:
        """What of it has to do with GPUs."""
        return Stock(self.flavors.values(), self.images.values())

    def place(self, cloud: Cloud, generation: Generation) -> str:
        """A generation as people read it; with its cloud where there are several, or where that is in maintenance."""
        paused = cloud.status is CloudState.MAINTENANCE
        place = f"{generation.title} on {cloud.title}" if paused or len(self.clouds) > 1 else generation.title
        return f"{place} (in maintenance)" if paused else place

    @cached_property
    def flavor_choices(self) -> list[Group]:
        """Flavors by generation."""
        rows = ((row, row.generation) for row in self.flavors.values())
        return _grouped(
            (self.place(row.cloud, generation), str(row.pk), flavor_words(row))
            for row, generation in rows
            if generation
        )

    @cached_property
    def image_choices(self) -> list[Group]:
        """Images by architecture."""
        images = self.images.values()
        return _grouped((image.architecture, str(image.pk), image_words(image, self.until)) for image in images)

    @cached_property
    def pool_choices(self) -> list[tuple[str, str]]:
        """Generations, each of one cloud."""
        return [(key, self.place(pool.cloud, pool.generation)) for key, pool in self.pools.items()]

    def flavor_key(self, cloud_id: int, name: str) -> str:
        """The key of a flavor by its name, empty where it is no longer offered."""
        return next((key for key, row in self.flavors.items() if (row.cloud_id, row.name) == (cloud_id, name)), "")

    def image_key(self, cloud_id: int, name: str) -> str:
        """The key of an image by its name, empty where it is no longer offered."""
        return next((key for key, row in self.images.items() if (row.cloud_id, row.name) == (cloud_id, name)), "")

    def pool_key(self, cloud_id: int, generation_id: int) -> str:
        """The key of a generation of a cloud, empty where it is no longer offered."""
        wanted = (cloud_id, generation_id)
        return next((key for key, row in self.pools.items() if (row.cloud_id, row.generation_id) == wanted), "")


def _by_key(rows: Iterable[Row]) -> dict[str, Row]:
    return {str(row.pk): row for row in rows}


def flavor_words(flavor: Flavor) -> str:
    """A flavor with its figures: `p9.small (POWER9): 2 vCPUs, 4 GiB RAM, 20 GiB disk`."""
    name = f"{flavor.name} ({flavor.generation})" if flavor.generation else flavor.name
    gpus = f", {flavor.gpus} GPU" if flavor.gpus else ""
    ram = f"{flavor.ram_mib / GIB:g} GiB RAM"
    return f"{name}: {flavor.vcpus} vCPUs, {ram}, {flavor.disk_gib} GiB disk{gpus}"


def image_words(image: Image, until: date | None = None) -> str:
    """An image with what limits it: `rocky-9-ppc64le (POWER9 or later)`."""
    limits = [f"{image.generation} or later"] if image.generation else []
    if image.end_of_life and until and image.end_of_life < until:
        limits.append(f"security updates only until {day_words(image.end_of_life)}")
    return f"{image.name} ({', '.join(limits)})" if limits else image.name


def _grouped(rows: Iterable[tuple[str, str, str]]) -> list[Group]:
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for group, key, words in rows:
        groups[group].append((key, words))
    return list(groups.items())
