"""What the desk sees before it decides."""

import pytest
from django.utils import timezone

from projects.amounts import Amount
from projects.capacity import Standing, committed
from projects.figures import committed_by_pool, flavors_by_pool
from projects.models import Allocation, Flavor, Host, Part, Pool
from projects.outlook import outlook
from projects.review import checks_of
from projects.states import Desired, Phase
from tests.factories import AllocationFactory, FlavorFactory, PartFactory, SubmittedRequestFactory, managed_grant

pytestmark = pytest.mark.django_db


def parts_of(request):
    return request.parts.select_related("cloud", "generation", "request__allocation")


def seen(request, grants=None):
    return outlook(parts_of(request), grants or {}, timezone.now())


@pytest.fixture
def asked(lab):
    request = SubmittedRequestFactory()
    grant = managed_grant("p9.xlarge", count=2, volume_gib=100)
    PartFactory(request=request, cloud=lab.cloud, generation=lab.generations["power9"], asked=grant.as_json())
    return request


def test_before_and_after(asked, lab):
    pool = seen(asked).pools[0]
    assert pool.fits
    assert pool.now.free.ram_mib - pool.after.free.ram_mib == 2 * 64 * 1024
    storage = seen(asked).storage[0]
    assert storage.after.committed - storage.now.committed == 200
    assert seen(asked).total.vcpus == 32


def test_the_largest_flavor_that_one_host_takes(asked):
    Host.objects.update(ram_mib=80 * 1024, ram_reserved_mib=0)
    pool = seen(asked).pools[0]
    assert (pool.largest_now, pool.largest_after) == ("p9.xlarge", "p9.large")
    AllocationFactory(cloud=pool.cloud, generation=pool.generation, grant=managed_grant("p9.xlarge", count=2).as_json())
    assert seen(asked).pools[0].largest_now == "p9.large"


def test_another_generation_that_fits_is_named(asked, lab):
    Pool.objects.filter(pk=lab.pools["power9"].pk).update(capacity=Amount(vcpus=640, ram_mib=64 * 1024).as_json())
    pool = seen(asked).pools[0]
    assert pool.short_of == {"ram_mib": 64 * 1024}
    assert [one.words for one in pool.alternatives] == ["POWER8: p8.xlarge instead of p9.xlarge"]


def test_a_flavor_that_was_made_anew_under_its_name_counts_once(asked, lab):
    Pool.objects.filter(pk=lab.pools["power9"].pk).update(capacity=Amount(vcpus=640, ram_mib=64 * 1024).as_json())
    both = {"cloud": lab.cloud, "generation": lab.generations["power9"]}
    for name, present, gib in (("p9.xlarge", False, 32), ("p9.gone", False, 4), ("p9.gone", False, 6)):
        FlavorFactory(name=name, present=present, ram_mib=gib * 1024, **both)
    sizes = flavors_by_pool([lab.cloud.pk])[lab.cloud.pk, both["generation"].pk]
    assert [(one.name, one.ram_mib // 1024) for one in sizes] == [
        ("p9.small", 4), ("p9.gone", 6), ("p9.medium", 8), ("p9.large", 16), ("p9.xlarge", 64)
    ]  # fmt: skip
    assert [one.words for one in seen(asked).pools[0].alternatives] == ["POWER8: p8.xlarge instead of p9.xlarge"]


def test_else_a_smaller_flavor_of_which_all_the_servers_fit(asked, lab):
    Pool.objects.update(capacity=Amount(vcpus=640, ram_mib=20 * 1024).as_json())
    assert [one.words for one in seen(asked).pools[0].alternatives] == ["POWER9: p9.medium instead of p9.xlarge"]
    Pool.objects.update(capacity=Amount(vcpus=640, ram_mib=7 * 1024).as_json())
    assert not seen(asked).pools[0].alternatives


def test_a_generation_without_a_flavor_large_enough_is_not_named(asked, lab):
    Pool.objects.filter(pk=lab.pools["power9"].pk).update(capacity=Amount(vcpus=640, ram_mib=64 * 1024).as_json())
    Flavor.objects.filter(name="p8.xlarge").update(present=False)
    assert [one.words for one in seen(asked).pools[0].alternatives] == ["POWER9: p9.large instead of p9.xlarge"]


def test_the_other_generation_must_have_room_for_its_own_flavor(asked, lab):
    Pool.objects.filter(pk=lab.pools["power9"].pk).update(capacity=Amount(vcpus=640, ram_mib=7 * 1024).as_json())
    Pool.objects.filter(pk=lab.pools["power8"].pk).update(capacity=Amount(vcpus=640, ram_mib=150 * 1024).as_json())
    assert [one.words for one in seen(asked).pools[0].alternatives] == ["POWER8: p8.xlarge instead of p9.xlarge"]
    Flavor.objects.filter(name="p8.xlarge").update(ram_mib=80 * 1024)
    assert not seen(asked).pools[0].alternatives


def test_what_the_same_request_takes_of_the_other_generation_counts(asked, lab):
    Pool.objects.filter(pk=lab.pools["power9"].pk).update(capacity=Amount(vcpus=640, ram_mib=7 * 1024).as_json())
    Pool.objects.filter(pk=lab.pools["power8"].pk).update(capacity=Amount(vcpus=640, ram_mib=150 * 1024).as_json())
    grant = managed_grant("p8.large", count=2)
    PartFactory(request=asked, cloud=lab.cloud, generation=lab.generations["power8"], asked=grant.as_json())
    assert [pool.alternatives for pool in seen(asked).pools if pool.short_of] == [[]]


def test_what_stands_on_one_generation_is_not_sent_to_another(asked, lab):
    both = {"cloud": lab.cloud, "generation": lab.generations["power9"]}
    asked.allocation = AllocationFactory(**both)
    asked.save()
    Pool.objects.filter(pk=lab.pools["power9"].pk).update(capacity=Amount(vcpus=640, ram_mib=20 * 1024).as_json())
    # 4 GiB of the 20 are its own already: two servers of 8 fit, two of 16 do not
    assert [one.words for one in seen(asked).pools[0].alternatives] == ["POWER9: p9.medium instead of p9.xlarge"]


def test_only_servers_that_a_change_adds_need_a_place(asked, lab):
    Host.objects.update(ram_mib=80 * 1024, ram_reserved_mib=0, ram_used_mib=60 * 1024)
    both = {"cloud": lab.cloud, "generation": lab.generations["power9"]}
    held = managed_grant("p9.large", count=4)
    asked.allocation = AllocationFactory(**both, phase=Phase.READY, grant=held.as_json())
    asked.save()

    def largest_after(*line):
        return seen(asked, {Part.objects.get(): managed_grant(*line)}).pools[0].largest_after

    assert [largest_after("p9.large", count) for count in (4, 5, 6)] == ["p9.large", "p9.large", "p9.small"]
    assert largest_after("p9.medium", 4) == "p9.small"  # each is resized on another host


def test_what_stands_counts_though_its_flavor_left_the_catalog(asked, lab):
    held, both = managed_grant("p9.xlarge"), {"cloud": lab.cloud, "generation": lab.generations["power9"]}
    granted = Amount(vcpus=16, ram_mib=64 * 1024, instances=1, volumes=1, volume_gib=50)
    asked.allocation = AllocationFactory(**both, grant=held.as_json(), granted=granted.as_json(), phase=Phase.READY)
    asked.save()
    Flavor.objects.filter(name="p9.xlarge").update(present=False)
    pool = seen(asked, {Part.objects.get(): held}).pools[0]
    assert pool.now.free == pool.after.free
    assert (pool.largest_now, pool.largest_after) == ("p9.large", "p9.large")


def test_the_limit_of_operators(asked, settings):
    settings.OPERATOR_LIMIT = {**settings.OPERATOR_LIMIT, "vcpus": 30}
    assert seen(asked).over_limit == {"vcpus": 2}


def test_other_grants_and_refusals_count_as_chosen(asked):
    part = Part.objects.get()
    assert seen(asked, {part: None}).total == Amount()
    assert seen(asked, {part: managed_grant("p9.small")}).total.ram_mib == 4096


def test_the_queries_do_not_grow_with_parts_and_allocations(asked, lab, django_assert_num_queries):
    with django_assert_num_queries(7) as first:
        seen(asked)
    for slug, prefix in (("power8", "p8"), ("x86_64", "x86")):
        both = {"cloud": lab.cloud, "generation": lab.generations[slug]}
        PartFactory(request=asked, **both, asked=managed_grant(f"{prefix}.small").as_json())
        AllocationFactory.create_batch(20, **both)
    with django_assert_num_queries(len(first.captured_queries)):
        seen(asked)


def test_the_checks_take_five_queries(submitted, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):  # one of them looks which flavors have GPUs
        marks = {check.key: check.mark.value for check in checks_of(submitted)}
    assert set(marks.values()) == {"ok"}


@pytest.mark.parametrize("desired", list(Desired))
@pytest.mark.parametrize("phase", [Phase.BUILDING, Phase.RELEASED])
def test_the_database_sums_as_the_arithmetic_does(lab, desired, phase):
    pairs = [(Amount(1, 20, 3, 40, 5, 6), Amount(6, 5, 4, 3, 2, 1)), (Amount(2, 2), Amount())]
    both = {"cloud": lab.cloud, "generation": lab.generations["power9"]}
    for granted, observed in pairs:
        figures = {"granted": granted.as_json(), "observed": observed.as_json() if observed != Amount() else {}}
        AllocationFactory(**both, desired=desired, phase=phase, **figures)
    gone = desired == Desired.ABSENT and phase is Phase.RELEASED
    expected = committed(Standing(granted, observed, gone) for granted, observed in pairs)
    found = committed_by_pool().get((lab.cloud.pk, lab.generations["power9"].pk), Amount())
    assert found == expected
    assert Allocation.objects.count() == 2
