"""From an allocation to what is wanted of its cloud: names resolved to ids, architecture and generation compared.

Reads the catalog as it was last stored; makes no call. Raises Rejected, in words for the project's people, where what
was granted is no longer there or does not go together, so that nothing is created for it. What was ordered already
keeps the flavor and the image that it has: the catalog is asked for what is still to be made, or was refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from projects.accounts import accounts_of
from projects.amounts import NOTHING, Amount
from projects.grants import CiGrant, Grant, ServerLine
from projects.labels import GPU, AgentFacts, labels
from projects.models import Allocation, Cloud, Flavor, Generation, Image
from provisioning.errors import Failure, Rejected
from provisioning.models import Step
from provisioning.people import builds_as
from provisioning.places import Places, places
from provisioning.spec import CiSpec, ServerSpec, Spec
from provisioning.states import StepState


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one cloud has at present, read once for all allocations of a pass.

    `sizes` are those of one server by its flavor's name, flavors that are gone among them.
    """

    flavors: tuple[Flavor, ...]
    images: tuple[Image, ...]
    places: Places
    sizes: Mapping[str, Amount] = field(default_factory=dict)

    @classmethod
    def of(cls, cloud: Cloud) -> "Shelf":
        known = list(Flavor.objects.filter(cloud=cloud).select_related("generation").order_by("present", "pk"))
        flavors = tuple(flavor for flavor in known if flavor.present)
        images = Image.objects.filter(cloud=cloud, present=True).select_related("generation")
        sizes = {one.name: Amount(vcpus=one.vcpus, ram_mib=one.ram_mib, gpus=one.gpus) for one in known}
        return cls(flavors, tuple(images), places(cloud.name), sizes)


def spec(allocation: Allocation, shelf: Shelf, steps: Mapping[str, Step], turn: int = 1) -> Spec:
    """All that one allocation wants; `steps` are its plan's so far, by key. Raises Rejected."""
    grant = Grant.from_json(allocation.grant)
    servers = tuple(server for line in grant.lines for server in _servers(line, allocation.generation, shelf, steps))
    if servers and not shelf.places.network_id:
        raise Rejected("The cloud has no network for servers that the portal knows of.", code=Failure.SET_UP, who="lab")
    if any(server.floating_ip for server in servers) and not shelf.places.external_network_id:
        raise Rejected("The cloud has no network for public addresses.", code=Failure.SET_UP, who="lab")
    amount = grant.amount(lambda name: shelf.sizes.get(name, NOTHING))
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
        ci=_ci(allocation, grant.ci) if grant.ci else None,
    )


def _ci(allocation: Allocation, grant: CiGrant) -> CiSpec:
    """Who builds there are the members in effect; the jobs run on agents of the generation."""
    generation = allocation.generation
    wanted = (*labels(AgentFacts(generation.architecture, generation.slug)), *((GPU,) if grant.gpu else ()))
    return CiSpec(builders=builders(allocation), repositories=grant.jobs, labels=wanted)


def builders(allocation: Allocation) -> tuple[tuple[str, int], ...]:
    """The project's members whose numeric ids are known and who can be let in, as (GitHub login, id)."""
    members = allocation.project.members.all()
    people = (member for member in members if builds_as(member.github_login))
    return tuple(sorted((member.github_login, member.github_id) for member in people if member.github_id))


def private(generation_id: int, shelf: Shelf, *, gpus: bool) -> tuple[tuple[str, str], ...]:
    """The private flavors that cloud access opens, as (name, id): of exactly its generation, with GPUs if granted."""
    ours = [f for f in shelf.flavors if f.generation_id == generation_id and not f.public and not f.unclassified]
    return tuple(sorted((flavor.name, flavor.external_id) for flavor in ours if gpus or not flavor.gpus))


def _servers(line: ServerLine, generation: Generation, shelf: Shelf, steps: Mapping[str, Step]) -> Iterator[ServerSpec]:
    for number in line.numbers:
        name = f"{line.key}-{number}"
        made = _made(steps.get(f"server:{name}"))
        flavor = _flavor(line.flavor, generation, shelf, made)
        image = _image(line.image, generation, shelf, made)
        if isinstance(image, Image) and isinstance(flavor, Flavor) and image.min_disk_gib > flavor.disk_gib:
            need = f"{image.min_disk_gib} GiB of disk, {flavor.name} has {flavor.disk_gib}"
            raise Rejected(f"The image {image.name} needs {need}.", code=Failure.MISMATCH)
        yield ServerSpec(
            name=name,
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


class Ordered(NamedTuple):
    """A flavor or an image as it was when a server was ordered with it."""

    name: str
    external_id: str
    public: bool = True


class Made(NamedTuple):
    """What a server that was ordered is made of; `refused` says that the cloud made nothing of it."""

    flavor: Ordered
    image: Ordered
    refused: bool


def _made(step: Step | None) -> Made | None:
    ordered = step and (step.external_id or step.called_at) and step.state not in {StepState.UNDOING, StepState.UNDONE}
    if step is None or not ordered:
        return None
    want, private = step.want, any(key.startswith("flavor:") for key in step.needs)
    refused = step.state == StepState.FAILED and not step.external_id
    flavor = Ordered(want["flavor"], want["flavor_id"], not private)
    return Made(flavor, Ordered(want["image"], want["image_id"]), refused)


def _flavor(name: str, generation: Generation, shelf: Shelf, made: Made | None) -> Flavor | Ordered:
    named = [flavor for flavor in shelf.flavors if flavor.name == name]
    fitting = [flavor for flavor in named if flavor.generation_id == generation.pk and not flavor.unclassified]
    if made and made.flavor.name == name and not (made.refused and fitting):
        return made.flavor
    if fitting:
        return fitting[0]
    if not named:
        raise Rejected(f"The cloud no longer has the flavor {name}: choose another.", code=Failure.MISMATCH)
    words = f"The flavor {name} is not for {generation.title}: choose one that is."
    raise Rejected(named[0].unclassified or words, code=Failure.MISMATCH)


def _image(name: str, generation: Generation, shelf: Shelf, made: Made | None) -> Image | Ordered:
    named = [image for image in shelf.images if image.name == name]
    fitting = [image for image in named if image.runs_on(generation) and not image.unclassified]
    if made and not (made.refused and fitting):
        return made.image
    if fitting:
        return max(fitting, key=lambda image: image.pk)
    if not named:
        raise Rejected(f"The cloud no longer has the image {name}: choose another.", code=Failure.MISMATCH)
    words = f"The image {name} is not for {generation.architecture}: choose one that is."
    if named[0].architecture == generation.architecture:
        words = f"The image {name} needs {named[0].generation} or later: choose another."
    raise Rejected(named[0].unclassified or words, code=Failure.MISMATCH)
