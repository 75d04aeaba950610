"""GPUs on the request form, on the page before it is sent, and at the desk."""

import pytest
from django.test import Client

from projects.models import AccessRequest, GpuHost, User
from projects.states import RequestState
from tests.factories import PUBLIC_KEY, FlavorFactory, GpuHostFactory, Lab, UserFactory
from tests.web.asking import fill, need, send, server_row
from tests.web.test_desk import lab, olga  # noqa: F401 - fixtures
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db
FIELD = 'name="cuda"'


@pytest.fixture
def minsky(lab: Lab) -> GpuHost:  # noqa: F811
    power8 = lab.generations["power8"]
    FlavorFactory(cloud=lab.cloud, generation=power8, name="gpu.p100", gpus=1)
    return GpuHostFactory(generation=power8, cuda_last="10.2")


@pytest.fixture
def client(lab: Lab) -> Client:  # noqa: F811
    return signed_in(UserFactory(github_login="ada-porter"))


def with_gpu(cuda: str) -> dict[str, str]:
    return need(**server_row(flavor="gpu.p100"), cuda=cuda)


def test_where_no_flavor_has_gpus_and_there_is_no_ci_nothing_is_asked(client: Client, settings) -> None:
    settings.JENKINS_URL = ""
    assert FIELD not in client.get("/ask/need/").content.decode()
    settings.JENKINS_URL = "https://jenkins.example.org/"
    assert FIELD in client.get("/ask/need/").content.decode()


def test_the_version_is_kept_and_shown_again(client: Client, minsky: GpuHost) -> None:
    page = client.get("/ask/need/").content.decode()
    assert "NVIDIA builds 8.0 to 12.4 for ppc64le" in page
    assert client.post("/ask/need/", with_gpu("CUDA 10.2.89")).status_code == 302
    assert AccessRequest.objects.get().cuda == "10.2"
    assert 'name="cuda" value="10.2"' in client.get("/ask/need/").content.decode()
    assert client.post("/ask/need/", with_gpu("")).status_code == 302
    assert not AccessRequest.objects.get().cuda


@pytest.mark.parametrize("typed", ["twelve", "99", "12.7"])
def test_what_is_no_cuda_is_told_at_its_field_and_nothing_is_kept(client: Client, minsky: GpuHost, typed: str) -> None:
    answer = client.post("/ask/need/", with_gpu(typed))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#id_cuda">GPUs, CUDA version</a>: ' in page
    assert f'name="cuda" value="{typed}"' in page
    assert not AccessRequest.objects.get().parts.exists()


def test_a_row_more_keeps_what_was_typed_and_complains_about_nothing(client: Client, minsky: GpuHost) -> None:
    page = client.post("/ask/need/", {**with_gpu("twelve"), "edit": "add-servers"}).content.decode()
    assert 'name="cuda" value="twelve"' in page
    assert "is no version" not in page


def test_what_does_not_run_is_told_before_it_is_sent(client: Client, minsky: GpuHost) -> None:
    draft = fill(client, PUBLIC_KEY)
    client.post("/ask/need/", with_gpu("12.6"))
    for page in (client.get("/ask/review/"), send(client)):
        told = page.content.decode()
        assert "CUDA 12.6 is not built for ppc64le, only 8.0 to 12.4." in told
        assert "The nearest that works: CUDA 10.2 on POWER8 with debian-12-ppc64le." in told
    assert 'href="/ask/need/"' in told
    draft.refresh_from_db()
    assert draft.status is RequestState.DRAFT
    client.post("/ask/need/", with_gpu("10.2"))
    assert "<p>CUDA 10.2</p>" in client.get("/ask/review/").content.decode()
    send(client)
    draft.refresh_from_db()
    assert draft.status is RequestState.SUBMITTED


def test_the_desk_sees_how_it_came_out(
    client: Client,
    minsky: GpuHost,
    olga: User,  # noqa: F811
    django_assert_max_num_queries,
) -> None:
    draft = fill(client, PUBLIC_KEY)
    client.post("/ask/need/", with_gpu("10.2"))
    send(client)
    desk = signed_in(olga)
    address = f"/desk/requests/{draft.pk}/"
    assert "CUDA 10.2 runs on the lab’s P100 on POWER8." in desk.get(address).content.decode()
    for path in (address, f"{address}decide/"):
        with django_assert_max_num_queries(10):
            desk.get(path)
    minsky.cuda_last = "10.1"
    minsky.save()
    page = desk.get(address).content.decode()
    assert "Against the rules" in page.partition("<dt>GPU and CUDA</dt>")[2].partition("</dd>")[0]
