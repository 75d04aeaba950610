"""What of a request asks for GPUs, held to the lab's GPU hosts, its images and the facts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Final, Self

from django.utils import timezone

from projects.facts import Version, gpu_facts
from projects.gpus import Lent, Unlisted, Wish, admit
from projects.grants import Grant
from projects.models import AccessRequest, Flavor, GpuHost, Image, Part
from projects.policies import Check, Mark

Chosen = Mapping[Part, Grant | None]
Sizes = Mapping[tuple[int, str], int]  # GPUs of one server, by cloud and flavor
GRAVITY: Final = (Mark.OK, Mark.WARN, Mark.BAD)


class Stock:
    """What the lab has for GPUs, as far as a check looks at it; rows come with their generation."""

    def __init__(self, flavors: Iterable[Flavor], images: Iterable[Image]) -> None:
        self.flavors = [row for row in flavors if row.gpus]
        self.sizes: Sizes = {(row.cloud_id, row.name): row.gpus for row in self.flavors}
        self._images = images

    @classmethod
    def read(cls) -> Self:
        """As the tables have it: one query, and one more each for hosts and images."""
        flavors = Flavor.objects.filter(gpus__gt=0).select_related("generation")
        return cls(flavors, Image.objects.known().select_related("generation").order_by("name"))

    @cached_property
    def hosts(self) -> list[Lent]:
        """Those that staff have listed, and what flavors show of generations of which none is."""
        rows = list(GpuHost.objects.select_related("generation"))
        unlisted = {row.generation for row in self.flavors if row.generation} - {row.generation for row in rows}
        return [*(row for row in rows if not row.loan_over), *map(Unlisted, unlisted)]

    @cached_property
    def images(self) -> list[Image]:
        """The images of all clouds, the newest first."""
        return sorted(self._images, key=lambda row: [*map(int, re.findall(r"\d+", row.version))], reverse=True)


def check_of_gpus(request: AccessRequest, chosen: Chosen | None = None, stock: Stock | None = None) -> Check | None:
    """Whether the lab's GPUs can do what is asked; None where no GPU is. Without a `stock` it is read.

    `chosen` are the grants of a decision: a part that is absent counts as asked, one with None as declined. A change
    is looked at where it asks for more GPUs than are held.
    """
    stock, checks = stock or Stock.read(), []
    for part, grant in _wanting(request, chosen or {}, stock.sizes):
        images = [image for image in stock.images if image.cloud_id == part.cloud_id]
        offered = [image for image in images if not image.ended]
        wishes = _wishes(request, part, _systems(part, grant, stock.sizes, images))
        checks += [admit(wish, stock.hosts, offered, gpu_facts()) for wish in wishes]
    if not checks:
        return None
    worst = max(checks, key=lambda check: GRAVITY.index(check.mark))
    words = dict.fromkeys(check.words for check in checks if check.mark is worst.mark)
    return replace(worst, words=" ".join(words))


def _wanting(request: AccessRequest, chosen: Chosen, sizes: Sizes) -> Iterator[tuple[Part, Grant]]:
    """The parts that ask for GPUs, or for more than are held, each with its grant."""
    held = Grant.from_json(request.allocation.grant) if request.allocation else Grant()
    for part in request.parts.all():
        grant = chosen.get(part, Grant.from_json(part.asked))
        if grant is not None and _gpus(part, grant, sizes) > _gpus(part, held, sizes):
            yield part, grant


def _gpus(part: Part, grant: Grant, sizes: Sizes) -> int:
    in_servers = sum(sizes.get((part.cloud_id, line.flavor), 0) * line.count for line in grant.lines)
    return in_servers + grant.access.gpus + bool(grant.ci and grant.ci.gpu)


def _systems(part: Part, grant: Grant, sizes: Sizes, images: Iterable[Image]) -> list[Image]:
    """Those of its servers with GPUs."""
    names = {line.image for line in grant.lines if (part.cloud_id, line.flavor) in sizes}
    return [image for image in images if image.name in names]


def _wishes(request: AccessRequest, part: Part, systems: Iterable[Image]) -> list[Wish]:
    """One for each system; one alone where none is named, as for jobs."""
    held, days = request.allocation, timedelta(days=request.duration_days)
    until = held.ends_at if held else timezone.now() + days
    plain = Wish(part.generation, until.date(), Version.parse(request.cuda) if request.cuda else None)
    return [replace(plain, system=system) for system in systems] or [plain]
