"""The parts of a request, checked against the catalog: what cannot be given is refused with the field and the cure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from projects.amounts import NOTHING, Amount
from projects.errors import Invalid
from projects.grants import Grant, ServerLine
from projects.losses import misnamed
from projects.models import Cloud, Flavor, Generation, Image
from projects.services.requests.ci import check_ci
from projects.states import Kind

MOST_SERVERS: Final = 64  # of one part
MOST_LINES: Final = 20
MOST_VOLUME_GIB: Final = 16 * 1024
MOST_PORTS: Final = 20
LINE_KEY: Final = re.compile(r"[a-z][a-z0-9-]{0,19}")
# The most that one part may ask for, so that a slip of the keyboard is told at once.
MOST_ACCESS: Final = Amount(
    vcpus=2048, ram_mib=4 * 1024 * 1024, volumes=512, volume_gib=100 * 1024, instances=512, gpus=16
)
NONE: Final = Grant()
LEAST_ACCESS: Final = ("vcpus", "ram_mib", "instances")
TITLES: Final = {
    "vcpus": "vCPUs",
    "ram_mib": "MiB of RAM",
    "volumes": "volumes",
    "volume_gib": "GiB of volumes",
    "instances": "servers",
    "gpus": "GPUs",
}


@dataclass(frozen=True, slots=True)
class PartAsked:
    """One kind of access on one cloud and generation, and how much of it."""

    kind: Kind
    cloud: Cloud
    generation: Generation
    grant: Grant


class Offer:
    """What may be asked for on one cloud and generation: two queries, made once."""

    def __init__(self, cloud: Cloud, generation: Generation) -> None:
        self.generation = generation
        flavors = Flavor.objects.filter(cloud=cloud, generation=generation).select_related("generation")
        self.known = {row.name: row for row in sorted(flavors, key=lambda row: row.offered)}  # what stands may be gone
        self.flavors = {name: row for name, row in self.known.items() if row.offered}
        images = Image.objects.known().filter(cloud=cloud).select_related("generation")
        self.images = {row.name: row for row in images}

    @property
    def fitting(self) -> list[str]:
        """The images that a new server can be started from, by name."""
        return [name for name, row in self.images.items() if row.runs_on(self.generation) and not row.ended]

    def size(self, flavor: str) -> Amount:
        """vCPUs, RAM and GPUs of one server of a flavor, also of one that is gone; nothing for one that never was."""
        row = self.known.get(flavor)
        return Amount(vcpus=row.vcpus, ram_mib=row.ram_mib, gpus=row.gpus) if row else NOTHING

    def amount(self, grant: Grant) -> Amount:
        """All that a grant takes."""
        return grant.amount(self.size)


def check_parts(parts: Sequence[PartAsked]) -> None:
    """Raise Invalid for the first part or line that cannot be asked for; `field` is `parts.0.lines.1.image`."""
    seen = set()
    for number, part in enumerate(parts):
        where = f"parts.{number}"
        if not part.generation.offered:
            raise Invalid(f"{part.generation} is no longer lent; choose another generation.", field=where)
        if (key := (part.kind, part.cloud.pk, part.generation.pk)) in seen:
            raise Invalid(f"{part.generation} is asked for twice; put it together in one part.", field=where)
        seen.add(key)
        check_grant(part.kind, part.grant, Offer(part.cloud, part.generation), where)


def check_grant(kind: str, grant: Grant, offer: Offer, where: str = "grant", held: Grant = NONE) -> None:
    """Raise Invalid where this cannot be granted whatever is free: unknown names, absurd counts, wrong architecture.

    Of what is `held`, nothing is lost unsaid: which servers leave is told by name. Servers that stand keep a flavor and
    an image that are no longer offered; it does not grow on a generation that is no longer lent.
    """
    if held != NONE and not offer.generation.offered and not offer.amount(grant).fits(offer.amount(held)):
        words = f"{offer.generation} is no longer lent, so this cannot grow; ask for another generation."
        raise Invalid(words, field=where)
    if kind == Kind.CI:
        check_ci(grant, where)
        return
    if grant.ci:
        raise Invalid("CI is a part of its own.", field=where)
    if kind == Kind.CLOUD:
        _check_access(grant, where)
        return
    if grant.access != NOTHING:
        raise Invalid("The amount of managed servers is worked out from their lines.", field=where)
    if not grant.lines:
        raise Invalid("Add at least one server.", field=where)
    if len(grant.lines) > MOST_LINES or sum(line.count for line in grant.lines) > MOST_SERVERS:
        raise Invalid(f"{MOST_SERVERS} servers in {MOST_LINES} lines are the most; ask for fewer.", field=where)
    if len({line.key for line in grant.lines}) < len(grant.lines):
        raise Invalid("Two lines have the same name; give each its own.", field=where)
    standing = {line.key: line for line in held.lines}
    for number, line in enumerate(grant.lines):
        _check_line(standing.get(line.key), line, offer, f"{where}.lines.{number}")


def _check_access(grant: Grant, where: str) -> None:
    if grant.lines:
        raise Invalid("Cloud access is an amount, not servers.", field=where)
    figures, most = grant.access.as_json(), MOST_ACCESS.as_json()
    for name, figure in figures.items():
        least = 1 if name in LEAST_ACCESS else 0
        if not least <= figure <= most[name]:
            raise Invalid(f"Ask for {least:,} to {most[name]:,} {TITLES[name]}.", field=f"{where}.{name}")


def _check_line(was: ServerLine | None, line: ServerLine, offer: Offer, where: str) -> None:
    _check_figures(line, where)
    if was is not None:
        _check_change(was, line, offer, where)
    elif line.gone:
        raise Invalid("No server can leave a line that is new.", field=f"{where}.leaving")
    grows = was is None or not {*line.numbers} <= {*was.numbers}
    kept = was is not None and line.flavor == was.flavor
    if (grows or not kept) and line.flavor not in offer.flavors:
        raise Invalid(f"{offer.generation} has no such flavor; {_choices(offer.flavors)}.", field=f"{where}.flavor")
    if grows:
        cure = "put more servers into a line of their own, with another image" if was else _choices(offer.fitting)
        _check_image(offer.flavors[line.flavor], line.image, offer, where, cure)


def _check_figures(line: ServerLine, where: str) -> None:
    if not LINE_KEY.fullmatch(line.key):
        raise Invalid("A line's name is small letters, digits and hyphens, such as web.", field=f"{where}.key")
    if not 1 <= line.count <= MOST_SERVERS:
        raise Invalid(f"Ask for 1 to {MOST_SERVERS} servers.", field=f"{where}.count")
    if not 0 <= line.volume_gib <= MOST_VOLUME_GIB:
        raise Invalid(f"A volume has 0 to {MOST_VOLUME_GIB:,} GiB; 0 is none.", field=f"{where}.volume_gib")
    if len(line.ports) > MOST_PORTS or not all(0 < port < 65536 for port in line.ports):
        raise Invalid(f"Give at most {MOST_PORTS} ports, each from 1 to 65535.", field=f"{where}.ports")


def _check_change(was: ServerLine, line: ServerLine, offer: Offer, where: str) -> None:
    if words := misnamed(was, line):
        raise Invalid(words, field=f"{where}.leaving")
    if line.image != was.image:
        words = f"This line is of {was.image}. To change what is on a server, reinstall it on the project’s page."
        raise Invalid(words, field=f"{where}.image")
    if 0 < line.volume_gib < was.volume_gib:
        words = f"A volume cannot shrink: it has {was.volume_gib:,} GiB; 0 deletes it with all that is on it."
        raise Invalid(words, field=f"{where}.volume_gib")
    before, after = offer.known.get(was.flavor), offer.flavors.get(line.flavor)
    if before and after and after.disk_gib < before.disk_gib:
        words = f"{after.name} has a smaller disk than {before.name}; choose one with {before.disk_gib} GiB or more."
        raise Invalid(words, field=f"{where}.flavor")


def _check_image(flavor: Flavor, name: str, offer: Offer, where: str, cure: str) -> None:
    """Whether a server can be started from it."""
    image, here = offer.images.get(name), offer.generation
    field, words = f"{where}.image", ""
    if image is None:
        words = "There is no such image"
    elif image.architecture != here.architecture:
        words = f"{name} is for {image.architecture}, {here} is {here.architecture}"
    elif not image.runs_on(here):
        words = f"{name} needs {image.generation} or later"
    elif image.ended:
        words = f"{name} gets no security updates any more"
    elif image.min_disk_gib > flavor.disk_gib:
        words = f"{name} needs a disk of {image.min_disk_gib} GiB, {flavor.name} has {flavor.disk_gib}"
        field, cure = f"{where}.flavor", "choose a larger flavor"
    if words:
        raise Invalid(f"{words}; {cure}.", field=field)


def _choices(names: Iterable[str]) -> str:
    some = sorted(names)
    return f"choose {', '.join(some[:6])}{' ...' if len(some) > 6 else ''}" if some else "none is offered now"
