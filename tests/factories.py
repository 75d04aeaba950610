"""Rows for tests, one factory a model of projects. `portico_lab()` stands up a cloud with two generations in one go."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from django.utils.text import slugify
from factory.django import DjangoModelFactory

from projects import models
from projects.amounts import Amount
from projects.grants import Grant, ServerLine
from projects.states import Kind, MemberRole, RequestState

# A real ed25519 public key; its private half was thrown away.
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJNf1HhMNwjJT7GsPjVr9V0UnvutwBm4jswD7AzrTk0y ada@example.org"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = models.User

    github_id = factory.Sequence(lambda n: 5_000_000 + n)
    github_login = factory.Sequence(lambda n: f"porter-{n}")
    username = factory.LazyAttribute(lambda user: f"github-{user.github_id}")
    email = factory.LazyAttribute(lambda user: f"{user.github_login}@example.org")


class OperatorFactory(UserFactory):
    """A user at the desk; `at_the_desk(settings, user)` puts the id into the settings."""

    github_id = factory.Sequence(lambda n: 7_000_000 + n)
    github_login = factory.Sequence(lambda n: f"operator-{n}")


class ProjectFactory(DjangoModelFactory):
    """Pass `owner=` to have it owned by a user; whatever makes a project on its way takes it as `project__owner=`."""

    class Meta:
        model = models.Project
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Project {n:05}")
    slug = factory.LazyAttribute(lambda project: slugify(project.name))
    web_page = "https://example.org/"
    repository_url = factory.LazyAttribute(lambda project: f"https://github.com/example/{project.slug}")
    licence = "MIT"
    mission = "Makes porting easier."

    @factory.post_generation
    def owner(self, create: bool, user: models.User | None, **_: Any) -> None:
        if user:
            MemberFactory(project=self, user=user, role=MemberRole.OWNER)


class MemberFactory(DjangoModelFactory):
    """Pass `user=` to make somebody a member in effect."""

    class Meta:
        model = models.Member

    class Params:
        user = None

    project = factory.SubFactory(ProjectFactory)
    github_login = factory.LazyAttributeSequence(lambda it, n: it.user.github_login if it.user else f"member-{n}")
    github_id = factory.LazyAttribute(lambda it: it.user.github_id if it.user else None)
    role = MemberRole.MEMBER


class SshKeyFactory(DjangoModelFactory):
    class Meta:
        model = models.SshKey

    user = factory.SubFactory(UserFactory)
    kind = "ssh-ed25519"
    public_key = " ".join(PUBLIC_KEY.split()[:2])
    comment = "ada@example.org"
    fingerprint = factory.Sequence(lambda n: f"SHA256:{n:043}")


class CloudFactory(DjangoModelFactory):
    class Meta:
        model = models.Cloud
        django_get_or_create = ("name",)

    name = "simulated"
    title = "Simulated cloud"
    storage_total_gib = 100_000
    storage_free_gib = 80_000
    observed_at = factory.LazyFunction(timezone.now)


class GenerationFactory(DjangoModelFactory):
    class Meta:
        model = models.Generation
        django_get_or_create = ("slug",)

    slug = "power9"
    title = factory.LazyAttribute(lambda it: it.slug.upper())
    architecture = "ppc64le"
    order = 2


class SeenFactory(DjangoModelFactory):
    class Meta:
        abstract = True

    cloud = factory.SubFactory(CloudFactory)
    external_id = factory.Sequence(lambda n: f"00000000-0000-4000-8000-{n:012}")
    architecture = "ppc64le"
    seen_at = factory.LazyFunction(timezone.now)


class FlavorFactory(SeenFactory):
    class Meta:
        model = models.Flavor

    name = factory.Sequence(lambda n: f"flavor-{n}")
    generation = factory.SubFactory(GenerationFactory)
    vcpus = 2
    ram_mib = 4096
    disk_gib = 20


class ImageFactory(SeenFactory):
    class Meta:
        model = models.Image

    name = factory.Sequence(lambda n: f"image-{n}")
    distribution = "debian"
    version = "12"
    login = "debian"


class HostFactory(SeenFactory):
    class Meta:
        model = models.Host

    name = factory.Sequence(lambda n: f"host-{n}")
    generation = factory.SubFactory(GenerationFactory)
    vcpus = 160
    ram_mib = 512 * 1024
    ram_reserved_mib = 8 * 1024


class GpuHostFactory(DjangoModelFactory):
    class Meta:
        model = models.GpuHost

    name = factory.Sequence(lambda n: f"gpu-host-{n}")
    generation = factory.SubFactory(GenerationFactory)
    model = "P100"
    count = 2
    owner = "Department of Biology"
    cuda_first = "9.2"
    cuda_last = "12.4"
    driver_first = "418"
    driver_last = "550"
    label = "gpu-p100"


class VolumeTypeFactory(SeenFactory):
    class Meta:
        model = models.VolumeType

    name = "ceph"
    architecture = ""
    default = True


class PoolFactory(DjangoModelFactory):
    class Meta:
        model = models.Pool

    cloud = factory.SubFactory(CloudFactory)
    generation = factory.SubFactory(GenerationFactory)
    capacity = factory.LazyFunction(lambda: Amount(vcpus=640, ram_mib=1_032_192, gpus=0).as_json())
    foreign = factory.LazyFunction(lambda: Amount().as_json())
    observed_at = factory.LazyFunction(timezone.now)


class AccessRequestFactory(DjangoModelFactory):
    """A draft that could be sent as it stands, but for its parts (PartFactory)."""

    class Meta:
        model = models.AccessRequest

    requester = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Porting {n:05}")
    web_page = "https://example.org/"
    repository_url = factory.Sequence(lambda n: f"https://github.com/example/porting-{n}")
    licence = "MIT"
    mission = "Builds the same program on every processor."
    community = "About a thousand people"
    purpose = "porting"
    usage = "Nightly builds and tests."
    duration_days = 365
    ssh_keys = factory.LazyFunction(lambda: [PUBLIC_KEY])
    contacts = factory.LazyFunction(lambda: [{"name": "Ada Porter", "email": "ada@example.org"}])


class SubmittedRequestFactory(AccessRequestFactory):
    """A request at the desk, written straight into the table; tests of the way there use the services."""

    state = RequestState.SUBMITTED
    submitted_at = factory.LazyFunction(timezone.now)
    rules_version = "2026-01"


class PartFactory(DjangoModelFactory):
    """One managed server with a volume; the catalog it names is portico_lab()'s."""

    class Meta:
        model = models.Part

    request = factory.SubFactory(AccessRequestFactory)
    kind = Kind.MANAGED
    cloud = factory.SubFactory(CloudFactory)
    generation = factory.SubFactory(GenerationFactory)
    asked = factory.LazyFunction(lambda: managed_grant().as_json())


class DecisionFactory(DjangoModelFactory):
    class Meta:
        model = models.Decision

    request = factory.SubFactory(AccessRequestFactory)
    was = RequestState.DRAFT
    now = RequestState.SUBMITTED
    by = factory.SelfAttribute("request.requester")


class AllocationFactory(DjangoModelFactory):
    """A standing allocation of one p9.small server with a volume of 50 GiB."""

    class Meta:
        model = models.Allocation

    project = factory.SubFactory(ProjectFactory)
    kind = Kind.MANAGED
    cloud = factory.SubFactory(CloudFactory)
    generation = factory.SubFactory(GenerationFactory)
    grant = factory.LazyFunction(lambda: managed_grant().as_json())
    granted = factory.LazyFunction(
        lambda: Amount(vcpus=2, ram_mib=4096, instances=1, volumes=1, volume_gib=50).as_json()
    )
    people = factory.LazyFunction(lambda: [{"login": "ada-porter", "keys": [PUBLIC_KEY]}])
    ends_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=365))


class TicketFactory(DjangoModelFactory):
    class Meta:
        model = models.Ticket

    title = factory.Sequence(lambda n: f"Ticket {n}")


class MessageFactory(DjangoModelFactory):
    class Meta:
        model = models.Message

    ticket = factory.SubFactory(TicketFactory)
    text = "Please have a look."


class EventFactory(DjangoModelFactory):
    class Meta:
        model = models.Event

    verb = "test.happened"
    text = "Something happened"


class MailFactory(DjangoModelFactory):
    class Meta:
        model = models.Mail

    key = factory.Sequence(lambda n: f"mail-{n}")
    person = factory.SubFactory(UserFactory)
    kind = "test"
    subject = "Something happened"
    text = "Something happened."


class LookupFactory(DjangoModelFactory):
    class Meta:
        model = models.Lookup

    kind = "repository"
    key = factory.Sequence(lambda n: f"example/porting-{n}")


def at_the_desk(settings: Any, user: models.User, *, staff: bool = False) -> models.User:
    """Makes `user` an operator, or staff, by pytest-django's `settings`, until the end of the test."""
    name = "PORTAL_STAFF" if staff else "PORTAL_OPERATORS"
    setattr(settings, name, {**getattr(settings, name), user.github_id: user.github_login})
    return user


def managed_grant(flavor: str = "p9.small", count: int = 1, volume_gib: int = 50, **line: object) -> Grant:
    """One server line named `web` on Debian for ppc64le."""
    image = str(line.pop("image", "debian-12-ppc64le"))
    return Grant(lines=(ServerLine("web", flavor, image, count, volume_gib, **line),))


@dataclass(frozen=True, slots=True)
class Lab:
    """What portico_lab() stands up: a cloud, its generations by slug, its pools by generation's slug."""

    cloud: models.Cloud
    generations: dict[str, models.Generation]
    pools: dict[str, models.Pool]


def portico_lab() -> Lab:
    """A cloud with POWER8, POWER9 and x86_64: flavors p8.*, p9.*, x86.*, images, two hosts and a pool each."""
    cloud = CloudFactory()
    VolumeTypeFactory(cloud=cloud)
    generations, pools = {}, {}
    seen: list[Any] = []
    for order, (slug, prefix, architecture) in enumerate(
        (("power8", "p8", "ppc64le"), ("power9", "p9", "ppc64le"), ("x86_64", "x86", "x86_64"))
    ):
        generation = GenerationFactory(slug=slug, architecture=architecture, order=order)
        both = {"cloud": cloud, "generation": generation}
        for size, vcpus, gib in (("small", 2, 4), ("medium", 4, 8), ("large", 8, 16), ("xlarge", 16, 64)):
            figures = {"vcpus": vcpus, "ram_mib": gib * 1024, "architecture": architecture}
            seen.append(FlavorFactory.build(name=f"{prefix}.{size}", **both, **figures))
        seen += HostFactory.build_batch(2, architecture=architecture, **both)
        generations[slug], pools[slug] = generation, PoolFactory(**both)
    for architecture in ("ppc64le", "x86_64"):
        for name, login in (("debian-12", "debian"), ("fedora-40", "fedora")):
            seen.append(
                ImageFactory.build(cloud=cloud, name=f"{name}-{architecture}", architecture=architecture, login=login)
            )
    for model in (models.Flavor, models.Host, models.Image):  # at once: half of the tests need them
        model.objects.bulk_create(one for one in seen if isinstance(one, model))
    return Lab(cloud, generations, pools)
