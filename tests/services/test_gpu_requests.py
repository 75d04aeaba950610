"""Requests for GPUs: held to the lab's machines, images and facts where they are sent and where they are approved."""

from datetime import timedelta

import pytest
from django.utils import timezone

from projects.admission import check_of_gpus
from projects.amounts import Amount
from projects.errors import Invalid
from projects.grants import CiGrant, Grant
from projects.models import AccessRequest, Decision, GpuHost
from projects.policies import Mark
from projects.review import checks_of
from projects.services.requests import approve_request, request_change, save_draft, submit_request
from projects.services.requests.content import content_hash
from projects.states import Kind, MemberRole, RequestState
from projects.text import day_words
from tests.factories import (
    AccessRequestFactory,
    AllocationFactory,
    FlavorFactory,
    GpuHostFactory,
    ImageFactory,
    MemberFactory,
    PartFactory,
    managed_grant,
)

pytestmark = pytest.mark.django_db
WITH_GPU = managed_grant("gpu.p100")
ACCESS = Amount(vcpus=8, ram_mib=16384, instances=2)


@pytest.fixture
def minsky(lab) -> GpuHost:
    """Two P100 on POWER8 for CUDA 9.2 to 10.2, and the flavor that has one."""
    power8 = lab.generations["power8"]
    FlavorFactory(cloud=lab.cloud, generation=power8, name="gpu.p100", gpus=1)
    pool = lab.pools["power8"]
    pool.capacity["gpus"] = 2
    pool.save()
    return GpuHostFactory(name="minsky", generation=power8, cuda_last="10.2")


@pytest.fixture
def asking(lab, requester):
    """A draft that asks for this on POWER8, and could be sent but for its GPUs."""

    def written(grant: Grant = WITH_GPU, kind: Kind = Kind.MANAGED, slug: str = "power8", **fields) -> AccessRequest:
        request = AccessRequestFactory(requester=requester, **fields)
        generation = lab.generations[slug]
        PartFactory(request=request, cloud=lab.cloud, generation=generation, kind=kind, asked=grant.as_json())
        return request

    return written


def send(request: AccessRequest) -> AccessRequest:
    return submit_request(request=request, by=request.requester, rules_version="2026-01")


def approve(request: AccessRequest, by, grant: Grant = WITH_GPU, **more) -> AccessRequest:
    part = request.parts.get()
    return approve_request(request=request, by=by, grants={part: grant}, **more)


def test_what_runs_is_sent_and_approved(minsky, asking, staff, repository_found):
    sent = send(asking(cuda="10.2"))
    repository_found(sent)
    check = checks_of(sent)[-1]
    assert (check.title, check.mark) == ("GPU and CUDA", Mark.OK)
    assert check.words == "CUDA 10.2 runs on the lab’s P100 on POWER8."
    approve(sent, staff)
    assert Decision.objects.get(now=RequestState.APPROVED).facts["checks"]["gpu"] == "ok"


@pytest.mark.parametrize(
    ("cuda", "words"),
    [
        ("12.6", "CUDA 12.6 is not built for ppc64le, only 8.0 to 12.4."),
        ("11.0", "The lab’s P100 on POWER8 has no CUDA 11.0: its driver runs 9.2 to 10.2."),
    ],
)
def test_what_does_not_run_is_not_sent(minsky, asking, cuda, words):
    draft = asking(cuda=cuda)
    with pytest.raises(Invalid) as refused:
        send(draft)
    assert refused.value.field == "cuda"
    assert str(refused.value) == f"{words} The nearest that works: CUDA 10.2 on POWER8 with debian-12-ppc64le."
    draft.refresh_from_db()
    assert draft.status is RequestState.DRAFT


def test_a_system_that_does_not_run_there_is_not_sent(minsky, asking, lab):
    newer = {"cloud": lab.cloud, "distribution": "ubuntu", "generation": lab.generations["power9"]}
    ImageFactory(name="ubuntu-22.04-ppc64le", version="22.04", **newer)
    older = {**newer, "generation": None}
    ImageFactory(name="ubuntu-9.10-ppc64le", version="9.10", **older)
    ImageFactory(name="ubuntu-20.04-ppc64le", version="20.04", **older)
    ImageFactory(
        name="ubuntu-21.10-ppc64le", version="21.10", end_of_life=timezone.now().date() - timedelta(1), **older
    )
    with pytest.raises(Invalid) as refused:
        send(asking(managed_grant("gpu.p100", image="ubuntu-22.04-ppc64le"), cuda="10.2"))
    assert str(refused.value) == (
        "ubuntu-22.04-ppc64le does not run on POWER8. "
        "The nearest that works: CUDA 10.2 on POWER8 with ubuntu-20.04-ppc64le."
    )


@pytest.mark.parametrize(
    ("grant", "kind"),
    [
        (Grant(access=Amount(**{**ACCESS.as_json(), "gpus": 1})), Kind.CLOUD),
        (Grant(ci=CiGrant(("https://example.org/a",), (), gpu=True)), Kind.CI),
    ],
)
def test_access_and_ci_are_held_to_it_too(minsky, asking, grant, kind):
    assert check_of_gpus(asking(grant, kind, cuda="10.2")).mark is Mark.OK
    with pytest.raises(Invalid, match=r"The lab has no GPU on POWER9\. The nearest that works: CUDA 10\.2 on POWER8\."):
        send(asking(grant, kind, "power9"))


@pytest.mark.parametrize(
    ("grant", "kind"),
    [
        (managed_grant("p8.small"), Kind.MANAGED),
        (Grant(access=ACCESS), Kind.CLOUD),
        (Grant(ci=CiGrant(("https://example.org/a",))), Kind.CI),
    ],
)
def test_without_gpus_nothing_is_looked_at(minsky, asking, grant, kind, django_assert_num_queries):
    request = asking(grant, kind, cuda="13.0")
    with django_assert_num_queries(2):  # the flavors with GPUs, and the parts
        assert check_of_gpus(request) is None


def test_of_several_lines_the_worst_is_told(minsky, asking, lab):
    ImageFactory(cloud=lab.cloud, name="rocky-9-ppc64le", distribution="rocky", generation=lab.generations["power9"])
    line = WITH_GPU.lines[0]
    other = managed_grant("gpu.p100", image="rocky-9-ppc64le").lines[0]
    check = check_of_gpus(asking(Grant(lines=(line, other)), cuda="10.2"))
    assert check.mark is Mark.BAD
    assert check.words.startswith("rocky-9-ppc64le does not run on POWER8. ")
    assert check.words.count("The nearest that works") == 1


def test_a_loan_that_ends_before_is_told_and_needs_no_reason(minsky, asking, staff, repository_found):
    minsky.returns_on = timezone.now().date() + timedelta(days=100)
    minsky.save()
    sent = send(asking(cuda="10.2", duration_days=101))
    repository_found(sent)
    check = check_of_gpus(sent)
    assert check.mark is Mark.WARN
    assert f"The loan of the P100 ends on {day_words(minsky.returns_on)};" in check.words
    assert approve(sent, staff).status is RequestState.APPROVED
    assert check_of_gpus(asking(cuda="10.2", duration_days=100)).mark is Mark.OK


def test_a_machine_that_went_back_is_none(minsky, asking):
    minsky.returns_on = timezone.now().date() - timedelta(days=1)
    minsky.save()
    with pytest.raises(Invalid, match=r"The lab has no GPU on POWER8\. Nothing that the lab has comes near it\."):
        send(asking())


def test_a_machine_that_only_the_cloud_knows_is_looked_at(minsky, asking):
    minsky.delete()
    assert check_of_gpus(send(asking(cuda="12.4"))).mark is Mark.WARN
    assert check_of_gpus(asking(cuda="12.6")).mark is Mark.BAD


def test_what_no_longer_runs_is_approved_with_a_reason_only(minsky, asking, staff, repository_found):
    sent = send(asking(cuda="10.2"))
    repository_found(sent)
    minsky.cuda_last = "10.1"
    minsky.save()
    with pytest.raises(Invalid, match=r"gpu and cuda: against the rules") as refused:
        approve(sent, staff)
    assert refused.value.field == "override_reason"
    approve(sent, staff, override_reason="They build their own.")
    facts = Decision.objects.get(now=RequestState.APPROVED).facts
    assert (facts["checks"]["gpu"], facts["override_reason"]) == ("bad", "They build their own.")


def test_what_is_granted_is_looked_at_not_what_was_asked(minsky, asking, staff, repository_found):
    sent = send(asking(cuda="10.2"))
    repository_found(sent)
    minsky.cuda_last = "10.1"
    minsky.save()
    without = managed_grant("p8.small")
    approve(sent, staff, without, reasons={sent.parts.get(): "No driver for that any more."})
    assert "gpu" not in Decision.objects.get(now=RequestState.APPROVED).facts["checks"]


def test_a_change_is_held_to_it_where_it_asks_for_more_gpus(minsky, lab, requester):
    held = WITH_GPU
    allocation = AllocationFactory(cloud=lab.cloud, generation=lab.generations["power8"], grant=held.as_json())
    MemberFactory(project=allocation.project, user=requester, role=MemberRole.OWNER)
    minsky.returns_on = timezone.now().date() - timedelta(days=1)
    minsky.save()
    more = managed_grant("gpu.p100", count=2)
    with pytest.raises(Invalid, match="The lab has no GPU on POWER8") as refused:
        request_change(allocation=allocation, by=requester, grant=more, note="One more.")
    assert refused.value.field == "grant"
    assert not AccessRequest.objects.exists()
    larger = managed_grant("gpu.p100", volume_gib=60)
    assert check_of_gpus(request_change(allocation=allocation, by=requester, grant=larger, note="Room.")) is None


def test_a_change_lasts_as_long_as_what_it_changes(minsky, lab, requester):
    first = AccessRequestFactory(requester=requester, cuda="10.2", state=RequestState.APPROVED)
    part = PartFactory(request=first, cloud=lab.cloud, generation=lab.generations["power8"])
    allocation = AllocationFactory(
        cloud=lab.cloud,
        generation=lab.generations["power8"],
        grant=WITH_GPU.as_json(),
        part=part,
        ends_at=timezone.now() + timedelta(days=10),
    )
    MemberFactory(project=allocation.project, user=requester, role=MemberRole.OWNER)
    minsky.returns_on = timezone.now().date() + timedelta(days=20)
    minsky.save()
    more = managed_grant("gpu.p100", count=2)
    change = request_change(allocation=allocation, by=requester, grant=more, note="One more.")
    assert check_of_gpus(change).words == "CUDA 10.2 runs on the lab’s P100 on POWER8."


@pytest.mark.parametrize(("typed", "kept"), [("", ""), ("12.4", "12.4"), ("CUDA 12.4.1", "12.4"), (" v10.2 ", "10.2")])
def test_the_version_is_kept_as_the_facts_spell_it(draft, typed, kept):
    assert save_draft(draft=draft, cuda=typed).cuda == kept


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("twelve", "“twelve” is no version; give one such as 12.4."),
        ("99", "“99” is no version"),
        ("99.0", "No CUDA 99.0 is known here"),
        ("12.7", "No CUDA 12.7 is known here"),
    ],
)
def test_what_is_no_cuda_is_not_kept(draft, typed, told):
    with pytest.raises(Invalid, match=told) as refused:
        save_draft(draft=draft, cuda=typed)
    assert refused.value.field == "cuda"


def test_another_cuda_is_another_request(draft):
    before = content_hash(draft)
    assert content_hash(save_draft(draft=draft, cuda="12.4")) != before
