"""Approval: what it makes, and everything that it refuses without leaving anything behind."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from projects.amounts import Amount
from projects.errors import (
    DoesNotFit,
    DomainError,
    IllegalMove,
    Invalid,
    NameTaken,
    NotAllowed,
    StaleObservation,
    StalePage,
)
from projects.figures import pool_figures
from projects.grants import Grant
from projects.models import Allocation, Cloud, Decision, Event, Flavor, Generation, Image, Mail, Member, Pool, Project
from projects.services.hooks import allocation_changed
from projects.services.requests import approve_request, request_change, return_request, submit_request
from projects.services.requests.content import CONTENT
from projects.states import Desired, Kind, LookupState, MemberRole, PartState, Phase, RequestState
from tests.factories import (
    PUBLIC_KEY,
    AccessRequestFactory,
    AllocationFactory,
    FlavorFactory,
    MemberFactory,
    PartFactory,
    ProjectFactory,
    SubmittedRequestFactory,
    UserFactory,
    managed_grant,
)

pytestmark = pytest.mark.django_db


def as_asked(request):
    return {part: Grant.from_json(part.asked) for part in request.parts.all()}


def approve(request, by, **more):
    return approve_request(**{"request": request, "by": by, "grants": as_asked(request)} | more)


def free_ram(lab, slug="power9"):
    return pool_figures()[lab.cloud.pk, lab.generations[slug].pk].free.ram_mib


def nothing_was_made():
    return not (Project.objects.exists() or Allocation.objects.exists() or Member.objects.exists())


def test_each_part_becomes_an_allocation_and_the_requester_owns_the_project(submitted, operator, lab):
    before = free_ram(lab)
    approved = approve(submitted, operator, note="Welcome.")
    approved.refresh_from_db()
    allocation = Allocation.objects.get()
    assert approved.status is RequestState.APPROVED
    assert (allocation.desired, allocation.revision, allocation.phase) == (Desired.PRESENT, 1, Phase.BUILDING)
    assert Grant.from_json(allocation.grant) == managed_grant()
    assert Amount.from_json(allocation.granted) == Amount(2, 4096, volumes=1, volume_gib=50, instances=1)
    number = submitted.requester.github_id
    assert allocation.people == [{"login": "ada-porter", "github_id": number, "keys": [PUBLIC_KEY]}]
    assert (allocation.ends_at - allocation.starts_at).days == 365
    owner = approved.project.members.get()
    assert (owner.github_id, owner.role) == (submitted.requester.github_id, MemberRole.OWNER)
    assert free_ram(lab) == before - 4096


def test_an_approval_takes_few_statements_and_the_fewest_while_others_wait(
    submitted, operator, django_assert_max_num_queries
):
    with django_assert_max_num_queries(28) as ran:  # with the parts, and this test's savepoint and its release
        approve(submitted, operator)
    statements = [query["sql"] for query in ran.captured_queries]
    lock = next(number for number, sql in enumerate(statements) if "projects_pool" in sql and "FOR UPDATE" in sql)
    assert len(statements) - lock <= 14


def test_the_decision_keeps_what_it_was_taken_on(submitted, operator):
    approve(submitted, operator)
    decision = Decision.objects.get(now=RequestState.APPROVED)
    assert decision.facts["checks"]["licence"] == "ok"
    assert [part["amount"]["ram_mib"] for part in decision.facts["parts"].values()] == [4096]
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"request.approved", "project.made", "allocation.made"} <= verbs
    assert Mail.objects.filter(person=submitted.requester, subject__contains="approved").exists()
    assert "approved" in submitted.ticket.messages.last().text


def test_the_engine_is_woken_after_commit(submitted, operator, django_capture_on_commit_callbacks):
    woken = []

    def wake(cloud):
        woken.append(cloud)

    allocation_changed.register(wake)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            approve(submitted, operator)
            assert woken == []
    finally:
        allocation_changed.forget(wake)
    assert woken == ["simulated"]


def test_a_part_may_be_declined_and_another_granted_otherwise_with_reasons(draft, requester, operator, lab):
    PartFactory(
        request=draft, cloud=lab.cloud, generation=lab.generations["power8"], asked=managed_grant("p8.small").as_json()
    )
    submitted = submit_request(request=draft, by=requester, rules_version="2026-01")
    less, declined = submitted.parts.order_by("pk")
    grants = {less: managed_grant("p9.small", volume_gib=20), declined: None}
    with pytest.raises(Invalid, match="not what was asked"):
        approve(submitted, operator, grants=grants, override_reason="Known to us.")
    reasons = {less: "20 GiB are enough.", declined: "POWER8 goes away."}
    approve(submitted, operator, grants=grants, reasons=reasons, override_reason="Known to us.")
    less.refresh_from_db()
    declined.refresh_from_db()
    assert (less.status, declined.status) == (PartState.APPROVED, PartState.DECLINED)
    assert Allocation.objects.get().part == less
    assert "POWER8 goes away." in submitted.ticket.messages.last().text


def test_cloud_access_is_granted_as_an_amount(lab, requester, operator, repository_found):
    request = SubmittedRequestFactory(requester=requester)
    amount = Amount(8, 16_384, 4, 200, 4, 0)
    PartFactory(
        request=request,
        kind=Kind.CLOUD,
        cloud=lab.cloud,
        generation=lab.generations["power9"],
        asked=Grant(access=amount).as_json(),
    )
    repository_found(request)
    approve(request, operator)
    assert Amount.from_json(Allocation.objects.get().granted) == amount


@pytest.mark.parametrize("left", ["nothing decided", "all declined"])
def test_every_part_is_decided_and_one_is_granted(submitted, operator, left):
    part = submitted.parts.get()
    grants = {} if left == "nothing decided" else {part: None}
    with pytest.raises(Invalid):
        approve(submitted, operator, grants=grants, reasons={part: "No."})
    assert nothing_was_made()


@pytest.mark.parametrize("who", ["the requester", "an operator on their own"])
def test_nobody_decides_their_own_request(submitted, settings, who):
    if who == "an operator on their own":
        settings.PORTAL_OPERATORS = {submitted.requester.github_id: "ada-porter"}
    with pytest.raises(NotAllowed):
        approve(submitted, submitted.requester)
    assert nothing_was_made()


def test_above_the_operator_limit_only_staff_grants(submitted, operator, staff, settings):
    settings.OPERATOR_LIMIT = {**settings.OPERATOR_LIMIT, "ram_mib": 4095}
    with pytest.raises(NotAllowed, match="ram_mib by 1"):
        approve(submitted, operator)
    assert nothing_was_made()
    assert approve(submitted, staff).status is RequestState.APPROVED


@pytest.mark.parametrize("state", [LookupState.ASKED, LookupState.FAILED, LookupState.ABSENT])
def test_a_check_not_made_or_bad_needs_a_reason(submitted, operator, repository_found, state):
    repository_found(submitted, state)
    with pytest.raises(Invalid) as refused:
        approve(submitted, operator)
    assert refused.value.field == "override_reason"
    approve(submitted, operator, override_reason="I know the project.")
    assert Decision.objects.get(now="approved").facts["override_reason"] == "I know the project."


@pytest.mark.parametrize("age", [timedelta(minutes=11), None])
def test_old_figures_need_a_reason(submitted, operator, age):
    Pool.objects.update(observed_at=timezone.now() - age if age else None)
    with pytest.raises(StaleObservation):
        approve(submitted, operator)
    assert nothing_was_made()
    assert approve(submitted, operator, override_reason="The cloud is being moved.").status is RequestState.APPROVED


def test_what_does_not_fit_is_refused_and_stays_at_the_desk(submitted, operator, staff, lab):
    Pool.objects.filter(generation=lab.generations["power9"]).update(capacity=Amount(8, 4095).as_json())
    with pytest.raises(DoesNotFit, match="POWER9 is short of 1 MiB of RAM"):
        approve(submitted, staff, override_reason="Even so.")
    submitted.refresh_from_db()
    assert submitted.status is RequestState.SUBMITTED
    assert nothing_was_made()


def test_what_is_not_ours_counts(submitted, staff, lab):
    pool = lab.pools["power9"]
    Pool.objects.filter(pk=pool.pk).update(foreign=Amount(ram_mib=pool.capacity["ram_mib"] - 4095).as_json())
    with pytest.raises(DoesNotFit):
        approve(submitted, staff)


def test_storage_is_promised_one_and_a_half_times(submitted, staff, lab):
    Cloud.objects.update(storage_total_gib=100)
    AllocationFactory(cloud=lab.cloud, generation=lab.generations["power8"], granted={"volume_gib": 101})
    with pytest.raises(DoesNotFit, match="1 GiB for volumes"):
        approve(submitted, staff)
    Allocation.objects.update(granted={"volume_gib": 100})
    assert approve(submitted, staff).status is RequestState.APPROVED


def test_a_stale_tab_is_told(submitted, operator):
    seen = submitted.updated_at
    return_request(request=submitted, by=operator, question="Which branch?")
    with pytest.raises(StalePage):
        approve(submitted, operator, seen_updated_at=seen)
    assert nothing_was_made()


def test_the_second_of_two_reviewers_is_told(submitted, operator, staff):
    approve(submitted, operator)
    with pytest.raises(IllegalMove, match="Approved"):
        approve(submitted, staff)
    assert Allocation.objects.count() == 1


def test_a_name_taken_meanwhile_is_told(submitted, operator):
    ProjectFactory(name="OPENBLAS")
    with pytest.raises(NameTaken):
        approve(submitted, operator, override_reason="Known.")
    assert not Allocation.objects.exists()


def test_what_the_project_got_meanwhile_is_not_given_twice(submitted, operator, lab):
    project = ProjectFactory(name="OpenBLAS")
    MemberFactory(project=project, user=submitted.requester, role=MemberRole.OWNER)
    type(submitted).objects.filter(pk=submitted.pk).update(project=project)
    AllocationFactory(project=project, cloud=lab.cloud, generation=lab.generations["power9"])
    with pytest.raises(NameTaken, match="POWER9"):
        approve(submitted, operator)
    assert Allocation.objects.count() == 1


@pytest.mark.parametrize(
    ("grant", "field"),
    [
        (managed_grant("p8.small"), "flavor"),
        (managed_grant("no.such"), "flavor"),
        (managed_grant(image="debian-12-x86_64"), "image"),
        (managed_grant(image="no-such"), "image"),
        (managed_grant(count=0), "count"),
        (managed_grant(count=-1), "count"),
        (managed_grant(count=10**9), ""),
        (managed_grant(volume_gib=-1), "volume_gib"),
        (managed_grant(volume_gib=10**9), "volume_gib"),
        (managed_grant(ports=(0,)), "ports"),
        (managed_grant(ports=(65536,)), "ports"),
        (Grant(), ""),
        (Grant(access=Amount(vcpus=1)), ""),
    ],
)
def test_nonsense_is_not_granted(submitted, staff, grant, field):
    part = submitted.parts.get()
    with pytest.raises(Invalid) as refused:
        approve(submitted, staff, grants={part: grant}, reasons={part: "Because."})
    where = f"part-{part.pk}"
    assert refused.value.field == (f"{where}.lines.0.{field}" if field else where)
    assert nothing_was_made()


def test_slugs_are_unique_where_names_become_alike(operator, lab, repository_found):
    for name in ("C++", "C+", "???x", "日本"):
        request = SubmittedRequestFactory(name=name)
        PartFactory(request=request, cloud=lab.cloud, generation=lab.generations["power9"])
        repository_found(request)
        approve(request, operator)
    assert set(Project.objects.values_list("slug", flat=True)) == {"c", "c-2", "x", "project"}


@pytest.fixture
def standing(submitted, operator):
    approve(submitted, operator)
    return Allocation.objects.get()


def test_a_change_is_the_next_revision(standing, requester, operator, lab):
    before = free_ram(lab)
    change = request_change(allocation=standing, by=requester, grant=managed_grant(count=3), note="More tests.")
    assert change.status is RequestState.SUBMITTED
    approve(change, operator)
    standing.refresh_from_db()
    assert (standing.revision, standing.granted["instances"], standing.phase) == (2, 3, Phase.CHANGING)
    assert free_ram(lab) == before - 2 * 4096
    assert Allocation.objects.count() == 1


def test_only_the_difference_must_fit(standing, requester, staff, lab):
    change = request_change(allocation=standing, by=requester, grant=managed_grant(count=3), note="More tests.")
    pool = Pool.objects.filter(pk=lab.pools["power9"].pk)
    pool.update(capacity=Amount(vcpus=640, ram_mib=3 * 4096 - 1).as_json())
    with pytest.raises(DoesNotFit):
        approve(change, staff)
    pool.update(capacity=Amount(vcpus=640, ram_mib=3 * 4096).as_json())
    assert approve(change, staff).status is RequestState.APPROVED


def test_shrinking_always_fits_and_gives_back_late(standing, requester, staff, lab):
    Allocation.objects.update(observed=standing.granted)
    Pool.objects.update(capacity=Amount().as_json())
    grant = managed_grant("p9.small", volume_gib=0)
    before = pool_figures()[lab.cloud.pk, lab.generations["power9"].pk].committed
    approve(request_change(allocation=standing, by=requester, grant=grant, note="No volume."), staff)
    assert pool_figures()[lab.cloud.pk, lab.generations["power9"].pk].committed == before
    Allocation.objects.update(observed=Amount(2, 4096, instances=1).as_json())
    assert pool_figures()[lab.cloud.pk, lab.generations["power9"].pk].committed.volume_gib == 0


def test_what_is_no_longer_lent_does_not_grow(standing, requester, staff):
    Generation.objects.update(offered=False)
    asked = {"allocation": standing, "by": requester, "note": "Other needs."}
    for grant in (managed_grant(count=2), managed_grant("p9.medium"), managed_grant(volume_gib=80)):
        with pytest.raises(Invalid, match="no longer lent, so this cannot grow"):
            request_change(grant=grant, **asked)
    assert approve(request_change(grant=managed_grant(ports=(443,)), **asked), staff).status is RequestState.APPROVED


def test_the_same_change_twice_is_one_request(standing, requester):
    asked = {"allocation": standing, "by": requester, "grant": managed_grant(count=2), "note": "More."}
    assert request_change(**asked).pk == request_change(**asked).pk


def test_strangers_and_plain_members_change_nothing(standing):
    stranger, member = UserFactory(), UserFactory()
    MemberFactory(project=standing.project, user=member)
    for person in (stranger, member):
        with pytest.raises(NotAllowed):
            request_change(allocation=standing, by=person, grant=managed_grant(count=2), note="")
    assert AccessRequestFactory._meta.model.objects.filter(allocation=standing).count() == 0


def in_threads(*calls):
    """Run each call in a thread with a connection of its own, all at once; answers results or domain errors."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(timeout=60)
            return call()
        except DomainError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, call) for call in calls]]


@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_make_one_allocation(submitted, operator, staff):
    results = in_threads(lambda: approve(submitted, operator), lambda: approve(submitted, staff))
    assert sorted(type(result).__name__ for result in results) == ["AccessRequest", "IllegalMove"]
    assert Allocation.objects.count() == 1
    assert Decision.objects.filter(now=RequestState.APPROVED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_cannot_both_take_the_last_room(lab, staff, repository_found):
    Pool.objects.filter(pk=lab.pools["power9"].pk).update(capacity=Amount(vcpus=640, ram_mib=3 * 4096).as_json())
    requests = SubmittedRequestFactory.create_batch(4)
    for request in requests:
        PartFactory(request=request, cloud=lab.cloud, generation=lab.generations["power9"])
        repository_found(request)
    results = in_threads(*[lambda request=request: approve(request, staff) for request in requests])
    assert sum(isinstance(result, DoesNotFit) for result in results) == 1
    assert Allocation.objects.count() == 3
    assert free_ram(lab) == 0


@pytest.mark.django_db(transaction=True)
def test_sending_twice_at_once_is_one_request(draft, requester):
    def send():
        return submit_request(request=draft, by=requester, rules_version="2026-01")

    results = in_threads(send, send, send)
    assert {result.pk for result in results} == {draft.pk}
    assert Decision.objects.filter(request=draft).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_content_sent_at_once_from_two_tabs_is_one_request(draft, requester, lab):
    copied = {name: getattr(draft, name) for name in CONTENT}
    twin = AccessRequestFactory(requester=requester, **copied)
    PartFactory(request=twin, cloud=lab.cloud, generation=lab.generations["power9"])

    def send(request):
        return submit_request(request=request, by=requester, rules_version="2026-01")

    results = in_threads(lambda: send(draft), lambda: send(twin))
    assert len({result.pk for result in results}) == 1


@pytest.mark.parametrize(
    ("grant", "field", "words"),
    [
        (managed_grant(volume_gib=49), "grant.lines.0.volume_gib", "cannot shrink: it has 50 GiB"),
        (managed_grant("p9.tiny"), "grant.lines.0.flavor", "smaller disk"),
        (managed_grant(image="fedora-40-ppc64le"), "grant.lines.0.image", "reinstall it on the project’s page"),
    ],
)
def test_what_would_cost_data_or_cannot_be_done_is_refused_with_the_cure(standing, requester, lab, grant, field, words):
    small = Flavor.objects.get(cloud=lab.cloud, name="p9.small")
    FlavorFactory(cloud=lab.cloud, generation=small.generation, name="p9.tiny", disk_gib=small.disk_gib - 1)
    with pytest.raises(Invalid, match=words) as refused:
        request_change(allocation=standing, by=requester, grant=grant, note="")
    assert refused.value.field == field


@pytest.fixture
def left_the_catalog(standing):
    """Flavor and image of what stands."""
    Flavor.objects.filter(name="p9.small").update(present=False)
    Image.objects.filter(name="debian-12-ppc64le").update(present=False)


def test_what_stands_keeps_what_left_the_catalog(standing, requester, operator, left_the_catalog):
    grant = managed_grant(volume_gib=80, ports=(443,))
    approve(request_change(allocation=standing, by=requester, grant=grant, note="More room."), operator)
    standing.refresh_from_db()
    assert Grant.from_json(standing.grant) == grant
    assert Amount.from_json(standing.granted) == Amount(2, 4096, volumes=1, volume_gib=80, instances=1)
    larger = managed_grant("p9.large", volume_gib=80)
    approve(request_change(allocation=standing, by=requester, grant=larger, note="A larger flavor."), operator)
    standing.refresh_from_db()
    assert Amount.from_json(standing.granted).ram_mib == 16 * 1024


@pytest.mark.parametrize(
    ("flavor", "words"),
    [("p9.small", "has no such flavor; choose"), ("p9.large", "no such image; put more servers into a line")],
)
def test_but_no_server_is_added_of_it(standing, requester, left_the_catalog, flavor, words):
    with pytest.raises(Invalid, match=words):
        request_change(allocation=standing, by=requester, grant=managed_grant(flavor, count=2), note="More.")


def test_nor_does_the_desk_grant_a_smaller_volume(standing, requester, staff):
    change = request_change(allocation=standing, by=requester, grant=managed_grant(count=2), note="More.")
    part = change.parts.get()
    with pytest.raises(Invalid, match="cannot shrink"):
        approve(change, staff, grants={part: managed_grant(count=2, volume_gib=10)}, reasons={part: "Less."})


@pytest.mark.parametrize(
    ("grant", "gone"),
    [
        (managed_grant(gone=(1,)), "server web-1 with its volume of 50 GiB"),
        (managed_grant(count=2, volume_gib=0), r"the volume of web-1 \(50 GiB\), the volume of web-2 \(50 GiB\)"),
    ],
)
def test_only_staff_has_what_a_project_holds_deleted(standing, requester, operator, staff, grant, gone):
    approve(request_change(allocation=standing, by=requester, grant=managed_grant(count=2), note="More."), operator)
    change = request_change(allocation=standing, by=requester, grant=grant, note="Less.")
    with pytest.raises(NotAllowed, match=f"This deletes {gone}; staff must decide it."):
        approve(change, operator)
    standing.refresh_from_db()
    assert standing.revision == 2
    approve(change, staff)
    facts = Decision.objects.filter(request=change, now=RequestState.APPROVED).get().facts
    assert facts["parts"][str(change.parts.get().pk)]["deleted"]
