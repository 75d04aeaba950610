"""What the clouds offer, stored."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from projects.amounts import Amount
from projects.catalog import (
    CatalogSeen,
    FlavorSeen,
    HostSeen,
    ImageSeen,
    PoolSeen,
    StorageSeen,
    VolumeTypeSeen,
)
from projects.errors import NotAllowed
from projects.models import Cloud, Event, Flavor, Generation, Host, Image, Mail, Pool, VolumeType
from projects.services.catalog import set_cloud_state, set_cloud_trouble, store_catalog, store_foreign
from projects.states import CloudState, MemberRole
from tests.factories import AllocationFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

POWER9 = {"trait:HW_CPU_PPC64LE_POWER9": "required", "trait:HW_ARCH_PPC64LE": "required"}
SEEN = CatalogSeen(
    flavors=(
        FlavorSeen("f1", "p9.small", 2, 4096, 20, extra_specs=POWER9),
        FlavorSeen("f2", "legacy.unsorted", 1, 2048, 10, public=True),
    ),
    images=(ImageSeen("i1", "debian-12-ppc64le", 10, {"hw_architecture": "ppc64le", "os_distro": "debian"}),),
    hosts=(
        HostSeen("h1", "power9-1", vcpus=160, ram_mib=524_288, ram_reserved_mib=512, aggregates=("power9",)),
        HostSeen("h2", "power9-2", vcpus=160, ram_mib=524_288, enabled=False, aggregates=("generation=power9",)),
        HostSeen("h3", "power9-3", up=False, vcpus=160, ram_mib=524_288, traits=frozenset({"HW_CPU_PPC64LE_POWER9"})),
        HostSeen("h4", "odd", vcpus=8, ram_mib=16_384),
    ),
    volume_types=(VolumeTypeSeen("v1", "ceph", default=True),),
    storage=StorageSeen(100_000, 80_000, 1_000),
)


def store(seen=SEEN, at=None):
    return store_catalog(cloud_name="simulated", seen=seen, at=at or timezone.now())


def test_a_look_fills_the_tables():
    cloud = store()
    flavor = Flavor.objects.get(name="p9.small")
    assert (flavor.generation.slug, flavor.architecture, flavor.unclassified) == ("power9", "ppc64le", "")
    assert Flavor.objects.get(name="legacy.unsorted").unclassified
    assert Image.objects.get().login == "debian"
    assert Host.objects.get(name="odd").generation is None
    assert VolumeType.objects.get().default
    assert (cloud.storage_total_gib, cloud.storage_foreign_gib) == (100_000, 1_000)
    assert Generation.objects.get(slug="power8").notice


def test_an_image_is_kept_with_its_end_and_the_oldest_generation_it_runs_on():
    rocky = ImageSeen("i2", "rocky-9", 10, {"architecture": "ppc64le", "os_distro": "rocky", "os_version": "9"})
    store(CatalogSeen(images=(rocky,)))
    image = Image.objects.get()
    assert (image.end_of_life, image.generation.slug) == (date(2032, 5, 31), "power9")
    store(CatalogSeen(images=(ImageSeen("i2", "rocky-9", 10, {**rocky.properties, "eol_date": "2030-01-01"}),)))
    assert Image.objects.get().end_of_life == date(2030, 1, 1)


def test_only_hosts_up_and_enabled_have_room_for_guests():
    store()
    assert Amount.from_json(Pool.objects.get().capacity) == Amount(vcpus=640, ram_mib=524_288 - 512)


def test_storing_the_same_again_changes_nothing_but_times():
    first, later = timezone.now(), timezone.now() + timedelta(minutes=1)
    store(at=first)
    ids = set(Flavor.objects.values_list("pk", flat=True))
    store(at=later)
    assert set(Flavor.objects.values_list("pk", flat=True)) == ids
    assert Pool.objects.get().observed_at == later


def test_what_is_gone_is_marked_and_comes_back():
    store()
    store(CatalogSeen(hosts=SEEN.hosts))
    assert not Flavor.objects.filter(present=True).exists()
    assert not Image.objects.filter(present=True).exists()
    store()
    assert Flavor.objects.filter(present=True).count() == 2


def test_a_pool_without_hosts_has_nothing_to_give():
    store()
    store(CatalogSeen())
    assert Amount.from_json(Pool.objects.get().capacity) == Amount()


def test_two_of_one_name_are_offered_neither():
    twin = FlavorSeen("f3", "p9.small", 4, 8192, 20, extra_specs=POWER9)
    store(CatalogSeen(flavors=(*SEEN.flavors, twin)))
    assert not Flavor.objects.filter(name="p9.small", unclassified="").exists()
    store()
    assert Flavor.objects.get(name="p9.small", present=True).unclassified == ""


def test_what_is_not_ours_is_kept_between_looks():
    store()
    store_foreign(cloud_name="simulated", pools=[PoolSeen("power9", Amount(ram_mib=4096))])
    store()
    assert Pool.objects.get().foreign["ram_mib"] == 4096
    store_foreign(cloud_name="simulated", pools=[])
    assert Pool.objects.get().foreign["ram_mib"] == 0


def test_the_number_of_statements_does_not_grow(django_assert_max_num_queries):
    store()
    many = tuple(FlavorSeen(f"x{n}", f"x.{n}", 1, 1024, 1, extra_specs=POWER9) for n in range(300))
    with django_assert_max_num_queries(18):
        store(CatalogSeen(flavors=many, images=SEEN.images, hosts=SEEN.hosts, volume_types=SEEN.volume_types))


def test_trouble_is_kept_until_the_cloud_answers():
    set_cloud_trouble(cloud_name="simulated", words="It does not answer.")
    assert Cloud.objects.get().trouble
    assert store().trouble == ""


def test_maintenance_is_for_staff_and_told_once(staff, operator):
    cloud = store()
    keeper = UserFactory()
    allocation = AllocationFactory(cloud=cloud)
    MemberFactory(project=allocation.project, user=keeper, role=MemberRole.OWNER)
    with pytest.raises(NotAllowed):
        set_cloud_state(cloud=cloud, state=CloudState.MAINTENANCE, by=operator)
    for _ in range(2):
        set_cloud_state(cloud=cloud, state=CloudState.MAINTENANCE, notice="New switches.", by=staff)
    assert Cloud.objects.get().status is CloudState.MAINTENANCE
    assert Event.objects.filter(verb="cloud.maintenance").count() == 1
    assert [mail.person for mail in Mail.objects.all()] == [keeper]
