"""The catalog as the clouds show it: stored in few statements, idempotent, what is gone marked and kept."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from projects.amounts import NOTHING, Amount
from projects.catalog import CatalogSeen, FlavorSeen, HostSeen, ImageSeen, PoolSeen, VolumeTypeSeen
from projects.classify import Class, Rules
from projects.models import Cloud, Flavor, Generation, Host, Image, Member, Pool, User, VolumeType
from projects.paths import projects_page
from projects.policies import KEEPERS, require
from projects.services.events import record_event
from projects.services.hooks import allocation_changed, cloud_opened
from projects.services.mails import write_mails
from projects.states import CloudState, Desired
from projects.text import clean_line

ALWAYS = ("name", "architecture", "present", "unclassified", "seen_at")


@transaction.atomic
def store_catalog(*, cloud_name: str, seen: CatalogSeen, at: datetime) -> Cloud:
    """Make the tables say what this look at a cloud showed. Storing the same again changes only times.

    The cloud's row and the generations of the settings are made where they are missing. What cannot be classified is
    kept with the reason; what is no longer there is marked as not present.
    """
    rules = Rules(settings.CATALOG)
    cloud = Cloud.objects.get_or_create(name=cloud_name, defaults={"title": cloud_name})[0]
    generations = store_generations()
    flavors = [_flavor(one, rules, generations) for one in seen.flavors]
    images = [_image(one, rules, generations) for one in seen.images]
    hosts = [_host(one, rules, generations) for one in seen.hosts]
    _refuse_twins(flavors, "flavors")
    _refuse_twins(images, "images")
    _store(cloud, Flavor, flavors, at, "generation", "vcpus", "ram_mib", "disk_gib", "gpus", "public")
    _store(cloud, Image, images, at, "generation", "distribution", "version", "login", "min_disk_gib", "end_of_life")
    figures = ("vcpus", "vcpus_used", "ram_mib", "ram_reserved_mib", "ram_used_mib", "gpus", "servers")
    _store(cloud, Host, hosts, at, "generation", "up", "enabled", "aggregates", *figures)
    _store(cloud, VolumeType, [_volume_type(one) for one in seen.volume_types], at, "default", "shared")
    _store_pools(cloud, hosts, generations, seen.pools, at)
    cloud.storage_total_gib, cloud.storage_free_gib = seen.storage.total_gib, seen.storage.free_gib
    cloud.storage_foreign_gib, cloud.observed_at, cloud.trouble = seen.storage.foreign_gib, at, ""
    cloud.save(update_fields=["storage_total_gib", "storage_free_gib", "storage_foreign_gib", "observed_at", "trouble"])
    return cloud


@transaction.atomic
def store_foreign(*, cloud_name: str, pools: Sequence[PoolSeen]) -> None:
    """Store what servers that are not ours take, by generation; a generation that is not named has none."""
    foreign = {one.generation: one.foreign.as_json() for one in pools}
    rows = Pool.objects.select_for_update(of=("self",)).filter(cloud__name=cloud_name).select_related("generation")
    for pool in rows.order_by("id"):
        figure = foreign.get(pool.generation.slug, NOTHING.as_json())
        if pool.foreign != figure:
            pool.foreign = figure
            pool.save(update_fields=["foreign"])


def set_cloud_trouble(*, cloud_name: str, words: str) -> None:
    """Keep why a cloud could not be read; store_catalog clears it."""
    Cloud.objects.get_or_create(name=cloud_name, defaults={"title": cloud_name})
    Cloud.objects.filter(name=cloud_name).update(trouble=words[:300])


@transaction.atomic
def set_cloud_state(*, cloud: Cloud, state: CloudState, by: User, notice: str = "") -> Cloud:
    """Open a cloud or put it into maintenance, where nothing new is made; one mail a project. For staff."""
    require(by.is_staff, "Only the lab's staff may do this.")
    fresh = Cloud.objects.select_for_update().get(pk=cloud.pk)
    words = clean_line(notice, field="notice", longest=200)
    if (fresh.status, fresh.notice) == (state, words):
        return fresh
    moved = fresh.status is not state
    fresh.state, fresh.notice = state, words
    fresh.save(update_fields=["state", "notice"])
    text = f"{fresh}: {CloudState(state).words}{f' ({words})' if words else ''}"
    event = record_event(verb=f"cloud.{state}", actor=by, target=f"cloud {fresh.pk}", text=text)
    if moved:
        _tell_projects(fresh, text, event.pk)
        (cloud_opened if state is CloudState.OPEN else allocation_changed).fire(cloud=fresh.name)
    return fresh


def store_generations() -> dict[str, Generation]:
    """The generations of the settings as rows, by slug; written only where they differ."""
    found = {row.slug: row for row in Generation.objects.all()}
    for rule in settings.CATALOG["generations"]:
        fields = {name: rule[name] for name in ("title", "architecture", "order")}
        fields |= {"offered": rule.get("offered", True), "notice": rule.get("notice", "")}
        row = found.get(rule["slug"])
        if row is None or any(getattr(row, name) != value for name, value in fields.items()):
            found[rule["slug"]] = Generation.objects.update_or_create(slug=rule["slug"], defaults=fields)[0]
    return found


def _flavor(seen: FlavorSeen, rules: Rules, generations: dict[str, Generation]) -> Flavor:
    return Flavor(
        external_id=seen.id,
        name=seen.name,
        vcpus=seen.vcpus,
        ram_mib=seen.ram_mib,
        disk_gib=seen.disk_gib,
        gpus=rules.gpus(seen),
        public=seen.public,
        **_classified(rules.flavor(seen), generations),
    )


def _image(seen: ImageSeen, rules: Rules, generations: dict[str, Generation]) -> Image:
    return Image(
        external_id=seen.id,
        name=seen.name,
        distribution=str(seen.properties.get("os_distro", ""))[:40],
        version=str(seen.properties.get("os_version", ""))[:40],
        login=rules.login(seen)[:40],
        min_disk_gib=seen.min_disk_gib,
        end_of_life=rules.end_of_life(seen),
        **_classified(rules.image(seen), generations),
    )


def _host(seen: HostSeen, rules: Rules, generations: dict[str, Generation]) -> Host:
    return Host(
        external_id=seen.id,
        name=seen.name,
        up=seen.up,
        enabled=seen.enabled,
        vcpus=seen.vcpus,
        vcpus_used=seen.vcpus_used,
        ram_mib=seen.ram_mib,
        ram_reserved_mib=seen.ram_reserved_mib,
        ram_used_mib=seen.ram_used_mib,
        gpus=seen.gpus,
        servers=seen.servers,
        aggregates=list(seen.aggregates),
        **_classified(rules.host(seen), generations),
    )


def _volume_type(seen: VolumeTypeSeen) -> VolumeType:
    return VolumeType(external_id=seen.id, name=seen.name, default=seen.default, shared=seen.shared)


def _classified(found: Class, generations: dict[str, Generation]) -> dict[str, Any]:
    return {
        "architecture": found.architecture,
        "generation": generations.get(found.generation),
        "unclassified": found.why_not[:200],
    }


def _refuse_twins(rows: Sequence[Flavor] | Sequence[Image], what: str) -> None:
    """Grants name flavors and images, so two of one name are offered neither."""
    often = Counter(row.name for row in rows)
    for row in rows:
        if often[row.name] > 1:
            row.unclassified = f"There are {often[row.name]} {what} of this name."


def _store(cloud: Cloud, kind: Any, rows: Sequence[Any], at: datetime, *fields: str) -> None:
    """Upsert rows of one kind in one statement, and mark those that are gone in another."""
    for row in rows:
        row.cloud, row.seen_at, row.present = cloud, at, True
    kind.objects.bulk_create(
        sorted(rows, key=lambda row: row.external_id),
        update_conflicts=True,
        unique_fields=["cloud", "external_id"],
        update_fields=[*ALWAYS, *fields],
    )
    gone = kind.objects.filter(cloud=cloud, present=True).exclude(external_id__in=[row.external_id for row in rows])
    gone.update(present=False)


def _store_pools(
    cloud: Cloud,
    hosts: Iterable[Host],
    generations: dict[str, Generation],
    pools: Sequence[PoolSeen] | None,
    at: datetime,
) -> None:
    capacity = _capacity(hosts)
    foreign = None if pools is None else {one.generation: one.foreign.as_json() for one in pools}
    by_id = {row.pk: row for row in generations.values()}
    Pool.objects.bulk_create(
        [Pool(cloud=cloud, generation=by_id[pk]) for pk in sorted(capacity)], ignore_conflicts=True
    )
    rows = list(Pool.objects.select_for_update().filter(cloud=cloud).order_by("id"))
    for pool in rows:
        pool.capacity = capacity.get(pool.generation_id, NOTHING).as_json()
        pool.observed_at = at
        if foreign is not None:
            pool.foreign = foreign.get(by_id[pool.generation_id].slug, NOTHING.as_json())
    Pool.objects.bulk_update(rows, ["capacity", "foreign", "observed_at"])


def _capacity(hosts: Iterable[Host]) -> dict[int, Amount]:
    """What guests can have, by generation; a host that is down or disabled counts with nothing."""
    found: dict[int, Amount] = {}
    ratio = float(settings.CATALOG["vcpu_ratio"])
    for host in hosts:
        if host.generation_id is None:
            continue
        usable = host.up and host.enabled
        ram = max(0, host.ram_mib - host.ram_reserved_mib)
        own = Amount(vcpus=int(host.vcpus * ratio), ram_mib=ram, gpus=host.gpus) if usable else NOTHING
        found[host.generation_id] = found.get(host.generation_id, NOTHING) + own
    return found


def _tell_projects(cloud: Cloud, text: str, event_id: int) -> None:
    keepers = Member.objects.filter(role__in=KEEPERS, github_id__isnull=False, project__allocations__cloud=cloud)
    live = keepers.exclude(project__allocations__desired=Desired.ABSENT).distinct()
    ids = {member.github_id for member in live}
    write_mails(
        User.objects.filter(github_id__in=ids, is_active=True),
        key=f"cloud:{cloud.pk}:{event_id}:{timezone.now():%Y-%m-%d}",
        kind="maintenance",
        subject=text,
        text=f"{text}. What runs goes on; what was asked for resumes by itself.",
        path=projects_page(),
    )
