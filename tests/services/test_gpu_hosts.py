"""The list of GPU hosts: kept by staff, each change with its reason, and nothing on it that cannot be."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.signals import pre_save
from django.utils import timezone

from portal.management.commands.demo_data import list_gpu_host
from projects.errors import Invalid, NotAllowed
from projects.models import Event, GpuHost, Host
from projects.services.gpus import keep_gpu_host, remove_gpu_host
from tests.factories import GpuHostFactory, HostFactory

pytestmark = pytest.mark.django_db
WHY = "It was lent to us."


@pytest.fixture
def fields(lab):
    """A machine that no cloud shows."""
    return {
        "name": "minsky",
        "host": None,
        "generation": lab.generations["power8"],
        "model": "P100",
        "count": 2,
        "owner": "Department of Biology",
        "returns_on": None,
        "cuda_first": "9.2",
        "cuda_last": "10.2",
        "driver_first": "418",
        "driver_last": "440.33.01",
        "label": "",
    }


def test_staff_write_one_down(staff, fields):
    row = keep_gpu_host(row=None, by=staff, reason=WHY, **fields)
    assert GpuHost.objects.get() == row
    assert {name: getattr(row, name) for name in fields} == {**fields, "label": "gpu-p100"}
    event = Event.objects.get(verb="gpu_host.added")
    assert (event.actor_id, event.text) == (staff.github_id, f"GPU host minsky added: {WHY}")
    assert (event.facts["was"], event.facts["now"]["cuda_last"], event.facts["reason"]) == ({}, "10.2", WHY)


def test_a_change_is_kept_with_what_was(staff, fields):
    row = keep_gpu_host(row=None, by=staff, reason=WHY, **fields)
    changed = keep_gpu_host(row=row, by=staff, reason="A newer driver.", **{**fields, "cuda_last": "CUDA 11.8.0"})
    assert (changed.pk, GpuHost.objects.get().cuda_last) == (row.pk, "11.8")
    event = Event.objects.get(verb="gpu_host.changed")
    assert (event.facts["was"]["cuda_last"], event.facts["now"]["cuda_last"]) == ("10.2", "11.8")


def test_saving_the_same_again_is_no_change(staff, fields):
    row = keep_gpu_host(row=None, by=staff, reason=WHY, **fields)
    keep_gpu_host(row=row, by=staff, reason=WHY, **fields)
    assert Event.objects.filter(verb__startswith="gpu_host.").count() == 1


def test_one_is_taken_off_with_the_reason(staff):
    row = GpuHostFactory(name="minsky")
    with pytest.raises(Invalid, match="Give the reason"):
        remove_gpu_host(row=row, by=staff, reason="  ")
    remove_gpu_host(row=row, by=staff, reason="It went home.")
    assert not GpuHost.objects.exists()
    assert Event.objects.get(verb="gpu_host.removed").text == "GPU host minsky removed: It went home."


def test_operators_keep_nothing(operator, fields):
    row = GpuHostFactory()
    with pytest.raises(NotAllowed):
        keep_gpu_host(row=row, by=operator, reason=WHY, **fields)
    with pytest.raises(NotAllowed):
        remove_gpu_host(row=row, by=operator, reason=WHY)
    assert GpuHost.objects.get().name == row.name


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", " ", "Give the machine’s name"),
        ("model", "Tesla P100", "in one word, such as P100"),
        ("count", 0, "Give 1 to 16 GPUs"),
        ("count", 17, "Give 1 to 16 GPUs"),
        ("owner", "", "Say whose it is"),
        ("cuda_first", "twelve", "“twelve” is no version; give one such as 12.4"),
        ("cuda_last", "99", "“99” is no version"),
        ("cuda_last", "99.0", "No CUDA 99.0 is known here"),
        ("cuda_last", "9.1", "The last CUDA is older than the first"),
        ("cuda_last", "12.6", "CUDA 12.6 is not built for ppc64le, only 8.0 to 12.4"),
        ("driver_first", "four", "Give a driver’s version"),
        ("driver_last", "390.9", "The last driver is older than the first"),
        ("label", "gpu && !mine", "is no label"),
        ("reason", "", "Give the reason"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(staff, fields, field, value, told):
    with pytest.raises(Invalid, match=told) as refused:
        keep_gpu_host(row=None, by=staff, **{"reason": WHY, **fields, field: value})
    assert refused.value.field == field
    assert not GpuHost.objects.exists()
    assert not Event.objects.filter(verb="gpu_host.added").exists()


def test_a_gpu_runs_no_cuda_from_before_its_time(staff, fields):
    with pytest.raises(Invalid, match=r"CUDA 8\.0 has no support for the V100, only 9\.0 to 12\.9\."):
        keep_gpu_host(row=None, by=staff, reason=WHY, **{**fields, "model": "V100", "cuda_first": "8.0"})


def test_a_host_of_the_catalog_keeps_its_generation_and_stands_once(staff, fields, lab):
    host = HostFactory(cloud=lab.cloud, name="gpu-1", generation=lab.generations["power8"], gpus=2)
    with pytest.raises(Invalid, match="The cloud shows gpu-1 as POWER8") as refused:
        keep_gpu_host(
            row=None, by=staff, reason=WHY, **{**fields, "host": host, "generation": lab.generations["power9"]}
        )
    assert refused.value.field == "generation"
    row = keep_gpu_host(row=None, by=staff, reason=WHY, **{**fields, "host": host})
    for twin, field in (({"name": "other", "host": host}, "host"), ({"host": None}, "name")):
        with pytest.raises(Invalid, match="is on the list already") as refused:
            keep_gpu_host(row=None, by=staff, reason=WHY, **{**fields, **twin})
        assert refused.value.field == field
    Host.objects.filter(pk=host.pk).delete()
    row.refresh_from_db()
    assert row.host is None, "what staff wrote down outlives the catalog's row"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", ["name", "host"])
def test_who_writes_the_same_down_at_once_is_told(staff, fields, lab, same):
    power8 = lab.generations["power8"]
    host = HostFactory(cloud=lab.cloud, name="gpu-1", generation=power8, gpus=2)
    twin = {"name": fields["name"]} if same == "name" else {"host": host}

    def write_twin() -> None:
        try:
            GpuHostFactory(generation=power8, **twin)
        finally:
            connection.close()

    def meanwhile(**_: object) -> None:
        pre_save.disconnect(meanwhile, GpuHost)
        with ThreadPoolExecutor(1) as other:
            other.submit(write_twin).result(timeout=60)

    pre_save.connect(meanwhile, GpuHost)
    with pytest.raises(Invalid, match="is on the list already") as refused:
        keep_gpu_host(row=None, by=staff, reason=WHY, **{**fields, "host": host})
    assert refused.value.field == same
    assert GpuHost.objects.count() == 1


def test_the_database_holds_the_count(lab):
    with pytest.raises(IntegrityError, match="gpus_of_one_machine"), transaction.atomic():
        GpuHostFactory(count=0)


def test_a_loan_is_over_when_its_last_day_is(lab):
    today = timezone.now().date()
    back, last_day, own = (GpuHostFactory(returns_on=day) for day in (today - timedelta(days=1), today, None))
    assert [one.loan_over for one in (back, last_day, own)] == [True, False, False]
    assert [one.loan_ends_soon for one in (last_day, own)] == [True, False]


def test_the_demo_lists_what_its_cloud_shows_once(lab, staff):
    list_gpu_host(lab.cloud)
    assert not GpuHost.objects.exists(), "a cloud without GPUs has none to list"
    host = HostFactory(cloud=lab.cloud, name="gpu-1", generation=lab.generations["power8"], gpus=2)
    for _ in range(2):
        list_gpu_host(lab.cloud)
    row = GpuHost.objects.get()
    assert (row.name, row.host, row.generation, row.count) == ("gpu-1", host, host.generation, host.gpus)
    assert Event.objects.get(verb="gpu_host.added").actor_id == staff.github_id
