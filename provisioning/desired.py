"""From an allocation to what is wanted of its cloud: names resolved to ids, architecture and generation compared.

Reads the catalog as it was last stored; makes no call. Raises Rejected, in words for the project's people, where what
was granted is no longer there or does not go together, so that nothing is created for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from projects.accounts import accounts_of
from projects.amounts import Amount
from projects.grants import Grant, ServerLine
from projects.models import Allocation, Cloud, Flavor, Generation, Image
from provisioning.errors import Failure, Rejected
from provisioning.places import Places, places
from provisioning.spec import ServerSpec, Spec

T = TypeVar("T", Flavor, Image)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one cloud has at present, read once for all allocations of a pass."""

    flavors: tuple[Flavor, ...]
    images: tuple[Image, ...]
    places: Places

    @classmethod
    def of(cls, cloud: Cloud) -> "Shelf":
        flavors = Flavor.objects.filter(cloud=cloud, present=True).select_related("generation")
        images = Image.objects.filter(cloud=cloud, present=True).select_related("generation")
        return cls(tuple(flavors), tuple(images), places(cloud.name))


def spec(allocation: Allocation, shelf: Shelf, turn: int = 1) -> Spec:
    """All that one allocation wants. Raises Rejected."""
    grant = Grant.from_json(allocation.grant)
    servers = tuple(server for line in grant.lines for server in _servers(line, allocation.generation, shelf))
    if servers and not shelf.places.network_id:
        raise Rejected("The cloud has no network for servers that the portal knows of.", code=Failure.SET_UP, who="lab")
    if any(server.floating_ip for server in servers) and not shelf.places.external_network_id:
        raise Rejected("The cloud has no network for public addresses.", code=Failure.SET_UP, who="lab")
    amount = grant.amount(lambda name: _amount(_flavor(name, allocation.generation, shelf)))
    accounts = accounts_of(allocation)
    return Spec(
        allocation=allocation.pk,
        title=allocation.project.name,
        cloud=allocation.cloud.name,
        kind=allocation.kind,
        desired=allocation.desired,
        revision=allocation.revision,
        generation=allocation.generation.slug,
        ends_at=allocation.ends_at,
        vcpus=amount.vcpus,
        ram_mib=amount.ram_mib,
        instances=amount.instances,
        volumes=amount.volumes,
        volume_gib=amount.volume_gib,
        servers=servers,
        ports=tuple((line.key, tuple(line.ports)) for line in grant.lines),
        people=tuple((account.login, account.keys) for account in accounts),
        numbers=tuple(account.github_id for account in accounts),
        flavors=() if grant.lines else private(allocation.generation_id, shelf, gpus=grant.access.gpus > 0),
        network_id=shelf.places.network_id,
        external_network_id=shelf.places.external_network_id,
        volume_type=shelf.places.volume_type,
        credential_turn=turn,
    )


def private(generation_id: int, shelf: Shelf, *, gpus: bool) -> tuple[tuple[str, str], ...]:
    """The private flavors that cloud access opens, as (name, id): of exactly its generation, with GPUs if granted."""
    ours = [f for f in shelf.flavors if f.generation_id == generation_id and not f.public and not f.unclassified]
    return tuple(sorted((flavor.name, flavor.external_id) for flavor in ours if gpus or not flavor.gpus))


def _servers(line: ServerLine, generation: Generation, shelf: Shelf) -> Iterator[ServerSpec]:
    flavor = _flavor(line.flavor, generation, shelf)
    image = _image(line.image, generation, shelf)
    if image.min_disk_gib > flavor.disk_gib:
        words = f"The image {image.name} needs {image.min_disk_gib} GiB of disk, {flavor.name} has {flavor.disk_gib}."
        raise Rejected(words, code=Failure.MISMATCH)
    for number in line.numbers:
        yield ServerSpec(
            name=f"{line.key}-{number}",
            line=line.key,
            flavor_id=flavor.external_id,
            flavor=flavor.name,
            flavor_private=not flavor.public,
            image_id=image.external_id,
            image=image.name,
            architecture=generation.architecture,
            volume_gib=line.volume_gib,
            floating_ip=line.floating_ip,
        )


def _flavor(name: str, generation: Generation, shelf: Shelf) -> Flavor:
    named = [flavor for flavor in shelf.flavors if flavor.name == name]
    if not named:
        raise Rejected(f"The cloud no longer has the flavor {name}: choose another.", code=Failure.MISMATCH)
    for flavor in named:
        if flavor.generation_id == generation.pk and not flavor.unclassified:
            return flavor
    words = f"The flavor {name} is not for {generation.title}: choose one that is."
    raise Rejected(named[0].unclassified or words, code=Failure.MISMATCH)


def _image(name: str, generation: Generation, shelf: Shelf) -> Image:
    named = [image for image in shelf.images if image.name == name]
    if not named:
        raise Rejected(f"The cloud no longer has the image {name}: choose another.", code=Failure.MISMATCH)
    for image in sorted(named, key=lambda image: image.pk, reverse=True):
        if image.runs_on(generation) and not image.unclassified:
            return image
    words = f"The image {name} is not for {generation.architecture}: choose one that is."
    if named[0].architecture == generation.architecture:
        words = f"The image {name} needs {named[0].generation} or later: choose another."
    raise Rejected(named[0].unclassified or words, code=Failure.MISMATCH)


def _amount(flavor: Flavor) -> Amount:
    return Amount(vcpus=flavor.vcpus, ram_mib=flavor.ram_mib, gpus=flavor.gpus)
