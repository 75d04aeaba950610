"""The desk's page of GPU hosts: everybody there sees it, staff keep it, and what is wrong is told at its field."""

from datetime import timedelta

import pytest
from django.utils import timezone

from projects.models import Event, GpuHost, User
from projects.services.gpus import STAFF_ONLY
from projects.web.people import DESK_ONLY
from tests.factories import GenerationFactory, GpuHostFactory, HostFactory, Lab, UserFactory
from tests.web.test_desk import dana, lab, olga  # noqa: F401 - fixtures
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()


def typed(lab: Lab, **changes: str) -> dict[str, str]:  # noqa: F811
    """The form as staff fill it in."""
    return {
        "name": "minsky",
        "host": "",
        "generation": str(lab.generations["power8"].pk),
        "count": "2",
        "model": "P100",
        "cuda_first": "9.2",
        "cuda_last": "10.2",
        "driver_first": "418",
        "driver_last": "440",
        "owner": "Department of Biology",
        "returns_on": "2027-09-30",
        "label": "",
        "reason": "It was lent to us.",
        **changes,
    }


def test_only_the_desk_sees_the_list_and_only_staff_its_forms(lab: Lab, olga: User) -> None:  # noqa: F811
    row = GpuHostFactory()
    for path in ("/desk/gpus/", "/desk/gpus/new/", f"/desk/gpus/{row.pk}/"):
        assert DESK_ONLY in signed_in(UserFactory()).get(path).content.decode()
    page = signed_in(olga).get("/desk/gpus/").content.decode()
    assert (row.name in page, "/desk/gpus/new/" in page, f"/desk/gpus/{row.pk}/" in page) == (True, False, False)
    for path in ("/desk/gpus/new/", f"/desk/gpus/{row.pk}/"):
        for answer in (signed_in(olga).get(path), signed_in(olga).post(path, typed(lab))):
            assert (answer.status_code, STAFF_ONLY in answer.content.decode()) == (403, True)
    assert signed_in(olga).post(f"/desk/gpus/{row.pk}/remove/", {"removal-reason": "x"}).status_code == 403
    assert list(GpuHost.objects.all()) == [row]


def test_the_list_says_what_there_is(lab: Lab, olga: User, django_assert_max_num_queries) -> None:  # noqa: F811
    host = HostFactory(cloud=lab.cloud, generation=lab.generations["power8"], gpus=4)
    GpuHostFactory(name="minsky", host=host, generation=host.generation, returns_on=TODAY + timedelta(days=30))
    GpuHostFactory(name="gone-home", returns_on=TODAY - timedelta(days=1))
    for _ in range(20):
        GpuHostFactory(generation=GenerationFactory(slug="power9"))
    client = signed_in(olga)
    with django_assert_max_num_queries(4):  # the session, the person, the list
        page = client.get("/desk/gpus/").content.decode()
    for words in ("2 × P100", "9.2 to 12.4", "418 to 550", "Department of Biology", "gpu-p100", "in no cloud"):
        assert words in page
    assert (page.count("The cloud shows 4"), page.count("Loan ends soon"), page.count("Loan over")) == (1, 1, 1)
    for words in ("CUDA for ppc64le", "8.0 to 12.4", "CUDA for the P100", "NVIDIA container toolkit for ppc64le"):
        assert words in page
    assert 'href="https://github.com/NVIDIA/nvidia-container-toolkit/pull/1339"' in page


def test_the_desk_leads_there(lab: Lab, olga: User) -> None:  # noqa: F811
    assert 'href="/desk/gpus/"' in signed_in(olga).get("/desk/").content.decode()
    assert "No GPU host is listed" in signed_in(olga).get("/desk/gpus/").content.decode()


def test_staff_add_change_and_remove_one(lab: Lab, dana: User) -> None:  # noqa: F811
    client = signed_in(dana)
    host = HostFactory(cloud=lab.cloud, name="gpu-1", generation=lab.generations["power8"], gpus=2)
    assert "gpu-1" in client.get("/desk/gpus/new/").content.decode()
    page = client.post("/desk/gpus/new/", typed(lab, host=str(host.pk)), follow=True).content.decode()
    assert "minsky is on the list as you gave it." in page
    row = GpuHost.objects.get()
    form = client.get(f"/desk/gpus/{row.pk}/").content.decode()
    for value in ("minsky", "10.2", "2027-09-30", "gpu-p100", "Department of Biology"):
        assert f'value="{value}"' in form
    assert f'<option value="{host.pk}" selected>' in form
    client.post(f"/desk/gpus/{row.pk}/", typed(lab, host=str(host.pk), count="4", reason="Two more."))
    assert GpuHost.objects.get().count == 4
    client.post(f"/desk/gpus/{row.pk}/remove/", {"removal-reason": "It went home."})
    assert not GpuHost.objects.exists()
    assert list(Event.objects.filter(verb__startswith="gpu_host.").order_by("pk").values_list("verb", flat=True)) == [
        "gpu_host.added",
        "gpu_host.changed",
        "gpu_host.removed",
    ]


def test_a_host_that_is_gone_from_its_cloud_stays_chosen(lab: Lab, dana: User) -> None:  # noqa: F811
    host = HostFactory(cloud=lab.cloud, generation=lab.generations["power8"], gpus=2, present=False)
    row = GpuHostFactory(host=host, generation=host.generation)
    client = signed_in(dana)
    assert f'<option value="{host.pk}" selected>' in client.get(f"/desk/gpus/{row.pk}/").content.decode()
    client.post(f"/desk/gpus/{row.pk}/", typed(lab, host=str(host.pk), count="4"))
    row.refresh_from_db()
    assert (row.host, row.count) == (host, 4)


def test_nothing_is_removed_without_a_reason(lab: Lab, dana: User) -> None:  # noqa: F811
    row = GpuHostFactory()
    page = signed_in(dana).post(f"/desk/gpus/{row.pk}/remove/", {}, follow=True)
    assert page.redirect_chain == [(f"/desk/gpus/{row.pk}/", 302)]
    assert "Give the reason." in page.content.decode()
    assert GpuHost.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "", "Give the machine’s name."),
        ("reason", "", "Give the reason."),
        ("count", "many", "Give a whole number from 1 to 16."),
        ("cuda_last", "twelve", "“twelve” is no version; give one such as 12.4."),
        ("cuda_last", "12.6", "CUDA 12.6 is not built for ppc64le, only 8.0 to 12.4."),
        ("returns_on", "soon", "Give a date such as 2026-03-31, or leave it empty."),
        ("generation", "0", "Choose the generation from the list."),
        ("generation", "", "Choose the generation."),
        ("model", "", "Give the GPU’s model."),
        ("driver_last", "", "Give a driver’s version, such as 440."),
        ("driver_last", "four", "Give a driver’s version, such as 440 or 440.33."),
        ("host", "0", "Choose a host from the list"),
        ("label", "a || b", "is no label"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_kept(lab: Lab, dana: User, field: str, value: str, told: str) -> None:  # noqa: F811
    answer = signed_in(dana).post("/desk/gpus/new/", typed(lab, owner="Typed before", **{field: value}))
    page = answer.content.decode()
    assert (answer.status_code, "Typed before" in page) == (422, True)
    wrong = page.partition(f'id="id_{field}"')[2].partition('<div class="field')[0]
    assert told in wrong
    assert not GpuHost.objects.exists()
