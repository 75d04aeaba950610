"""What a project holds, and how it ends."""

from contextlib import nullcontext
from datetime import UTC, timedelta

import pytest
from django.utils import timezone

from portal.mail import send_due
from projects.amounts import Amount
from projects.errors import DomainError, IllegalMove, Invalid, NotAllowed, StalePage
from projects.figures import committed_by_pool
from projects.models import Allocation, Event, Mail, Ticket
from projects.services import allocations as verbs
from projects.services.hooks import allocation_changed
from projects.states import Desired, MemberRole, Phase, TicketState, Who
from tests.factories import AllocationFactory, MemberFactory, ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(db):
    return ProjectFactory(name="OpenBLAS")


@pytest.fixture
def owner(project):
    return MemberFactory(project=project, user=UserFactory(), role=MemberRole.OWNER) and project_people(project)[0]


def project_people(project):
    from projects.models import User

    return list(User.objects.filter(github_id__in=project.members.values("github_id")))


@pytest.fixture
def held(project):
    return AllocationFactory(project=project)


def today():
    return timezone.now().date()


def fresh(allocation):
    return Allocation.objects.get(pk=allocation.pk)


def test_release_suspends_first_and_tells(held, owner, settings, django_capture_on_commit_callbacks):
    woken = []

    def wake(cloud):
        woken.append(cloud)

    allocation_changed.register(wake)
    with django_capture_on_commit_callbacks(execute=True):
        verbs.release_allocation(allocation=held, by=owner)
    allocation_changed.forget(wake)
    now = fresh(held)
    assert now.desired == Desired.SUSPENDED
    assert timedelta(days=settings.GRACE_DAYS - 1) < now.absent_at - timezone.now() <= timedelta(settings.GRACE_DAYS)
    assert now.noticed_at is not None
    assert Mail.objects.get(person=owner).subject.startswith("OpenBLAS: ")
    assert woken == ["simulated"]
    with pytest.raises(IllegalMove):
        verbs.release_allocation(allocation=held, by=owner)


@pytest.mark.parametrize("typed", ["", "openblas", "Another"])
def test_now_needs_the_projects_name(held, owner, typed):
    with pytest.raises(Invalid) as refused:
        verbs.release_allocation(allocation=held, by=owner, typed_name=typed, now=True)
    assert refused.value.field == "typed_name"
    assert fresh(held).desired == Desired.PRESENT


def test_now_by_an_owner_who_typed_the_name(held, owner):
    verbs.release_allocation(allocation=held, by=owner, typed_name=" OpenBLAS ", now=True)
    assert fresh(held).desired == Desired.ABSENT


def test_staff_need_not_type(held, staff):
    verbs.release_allocation(allocation=held, by=staff, now=True)
    assert fresh(held).desired == Desired.ABSENT


@pytest.mark.parametrize("verb", ["release", "renew", "resume", "suspend"])
@pytest.mark.parametrize("who", ["stranger", "member", "maintainer", "operator", "owner", "staff"])
def test_who_may_what(held, owner, operator, staff, verb, who):
    people = {"owner": owner, "operator": operator, "staff": staff, "stranger": UserFactory()}
    for role in (MemberRole.MEMBER, MemberRole.MAINTAINER):
        people[role.value] = UserFactory()
        MemberFactory(project=held.project, user=people[role.value], role=role)
    by = people[who]
    if verb == "resume":
        verbs.release_allocation(allocation=held, by=staff)
    calls = {
        "release": lambda: verbs.release_allocation(allocation=held, by=by),
        "renew": lambda: verbs.renew_allocation(allocation=held, by=by, until=verbs.suggested_end(held)),
        "resume": lambda: verbs.resume_allocation(allocation=held, by=by),
        "suspend": lambda: verbs.suspend_allocation(allocation=held, by=by, reason="Noise."),
    }
    may = who == "staff" or (who == "owner" and verb != "suspend")
    if may:
        calls[verb]()
    else:
        with pytest.raises(NotAllowed):
            calls[verb]()


def test_renewal_brings_back_within_the_grace_time(held, owner):
    verbs.release_allocation(allocation=held, by=owner)
    verbs.renew_allocation(allocation=held, by=owner, until=today() + timedelta(days=100))
    now = fresh(held)
    assert (now.desired, now.absent_at, now.noticed_at) == (Desired.PRESENT, None, None)
    assert now.ends_at.astimezone(UTC).date() == today() + timedelta(days=100)


@pytest.mark.parametrize("days", [-1, 800])
def test_a_renewal_ends_on_a_day_to_come(held, owner, days):
    with pytest.raises(Invalid):
        verbs.renew_allocation(allocation=held, by=owner, until=today() + timedelta(days=days))


def test_a_renewal_never_ends_earlier_than_what_is_granted(held, owner):
    granted = held.ends_at
    with pytest.raises(Invalid, match="or give it back instead"):
        verbs.renew_allocation(allocation=held, by=owner, until=granted.date() - timedelta(days=1))
    assert fresh(held).ends_at == granted
    verbs.renew_allocation(allocation=held, by=owner, until=granted.date())
    assert fresh(held).ends_at.date() == granted.date()


def test_a_year_more_ends_on_the_same_day(held, owner):
    held.ends_at = held.starts_at + timedelta(days=365)
    held.save()
    offered, last = verbs.suggested_end(held), held.ends_at.date()
    leaps = (last.month, last.day) == (2, 29)
    assert offered == (last - timedelta(days=leaps)).replace(year=last.year + 1)
    verbs.renew_allocation(allocation=held, by=owner, until=offered)


def test_what_is_gone_stays_gone(held, owner, staff):
    verbs.release_allocation(allocation=held, by=staff, now=True)
    for call in (
        lambda: verbs.renew_allocation(allocation=held, by=owner, until=today() + timedelta(days=9)),
        lambda: verbs.resume_allocation(allocation=held, by=staff),
        lambda: verbs.suspend_allocation(allocation=held, by=staff, reason="No."),
        lambda: verbs.release_allocation(allocation=held, by=owner),
    ):
        with pytest.raises(DomainError):
            call()
    assert fresh(held).desired == Desired.ABSENT


def test_what_staff_suspended_its_owner_does_not_resume_and_it_does_not_end_before_its_date(held, owner, staff, clock):
    verbs.suspend_allocation(allocation=held, by=staff, reason="It mines coins.")
    with pytest.raises(NotAllowed):
        verbs.resume_allocation(allocation=held, by=owner)
    assert verbs.make_absent_due(now=clock.move(days=100)) == 0
    verbs.resume_allocation(allocation=held, by=staff)
    assert fresh(held).desired == Desired.PRESENT


def test_what_staff_suspend_in_its_grace_time_its_owner_does_not_bring_back(held, owner, staff):
    verbs.release_allocation(allocation=held, by=owner)
    ends = fresh(held).absent_at
    verbs.suspend_allocation(allocation=held, by=staff, reason="It mines coins.")
    now = fresh(held)
    assert (now.desired, now.paused, now.absent_at, now.noticed_at is None) == (Desired.SUSPENDED, True, ends, False)
    assert "It mines coins." in Mail.objects.get(person=owner, key__contains=":suspended:").text
    with pytest.raises(NotAllowed):
        verbs.resume_allocation(allocation=held, by=owner)
    verbs.renew_allocation(allocation=held, by=owner, until=today() + timedelta(days=400))
    assert (fresh(held).desired, fresh(held).absent_at) == (Desired.SUSPENDED, None)
    verbs.resume_allocation(allocation=held, by=staff)
    assert (fresh(held).desired, fresh(held).paused) == (Desired.PRESENT, False)


def test_what_staff_suspend_in_its_grace_time_ends_on_its_day_all_the_same(held, owner, staff, clock):
    given_back([held], owner)
    verbs.suspend_allocation(allocation=held, by=staff, reason="It mines coins.")
    assert verbs.make_absent_due(now=clock.move(days=6)) == 0
    assert verbs.make_absent_due(now=clock.move(days=2)) == 1


@pytest.mark.parametrize(
    ("desired", "paused", "may"),
    [
        (Desired.PRESENT, False, True),
        (Desired.SUSPENDED, False, True),  # its grace time
        (Desired.SUSPENDED, True, False),
        (Desired.ABSENT, False, False),
        (Desired.ABSENT, True, False),
    ],
)
def test_staff_suspend_once_what_is_not_gone(held, staff, desired, paused, may):
    Allocation.objects.update(desired=desired, paused=paused)
    with nullcontext() if may else pytest.raises(IllegalMove):
        verbs.suspend_allocation(allocation=held, by=staff, reason="It mines coins.")
    assert (fresh(held).desired, fresh(held).paused) == ((Desired.SUSPENDED, True) if may else (desired, paused))


def test_expiry_suspends_then_ends(held, owner, clock):
    Allocation.objects.filter(pk=held.pk).update(ends_at=clock())
    assert verbs.expire_due(now=clock.move(seconds=1)) == 1
    assert verbs.expire_due(now=clock()) == 0
    assert fresh(held).desired == Desired.SUSPENDED
    Mail.objects.update(sent_at=clock())
    assert verbs.make_absent_due(now=clock.move(days=6)) == 0
    assert verbs.make_absent_due(now=clock.move(days=2)) == 1
    assert fresh(held).desired == Desired.ABSENT


def test_what_staff_suspended_comes_to_its_end_like_anything_else(held, owner, staff, clock):
    verbs.suspend_allocation(allocation=held, by=staff, reason="It mines coins.")
    Allocation.objects.update(ends_at=clock())
    assert verbs.expire_due(now=clock.move(seconds=1)) == 1
    assert verbs.expire_due(now=clock()) == 0
    assert Mail.objects.filter(key__contains=":ends:").count() == 1
    Mail.objects.update(sent_at=clock())
    assert verbs.make_absent_due(now=clock.move(days=6)) == 0
    assert verbs.make_absent_due(now=clock.move(days=2)) == 1
    assert fresh(held).desired == Desired.ABSENT


def test_its_owner_cannot_get_round_the_labs_suspension_by_renewing_at_its_end(held, owner, staff, clock):
    verbs.suspend_allocation(allocation=held, by=staff, reason="It mines coins.")
    Allocation.objects.update(ends_at=clock())
    verbs.expire_due(now=clock.move(seconds=1))
    with pytest.raises(NotAllowed):
        verbs.resume_allocation(allocation=held, by=owner)
    verbs.renew_allocation(allocation=held, by=owner, until=today() + timedelta(days=100))
    kept = fresh(held)
    assert (kept.desired, kept.absent_at, kept.noticed_at) == (Desired.SUSPENDED, None, None)
    with pytest.raises(NotAllowed):
        verbs.resume_allocation(allocation=held, by=owner)
    verbs.resume_allocation(allocation=held, by=staff)
    assert (fresh(held).desired, fresh(held).paused) == (Desired.PRESENT, False)


def test_nothing_ends_before_its_people_were_told(held, owner, clock):
    verbs.release_allocation(allocation=held, by=owner)
    Allocation.objects.update(noticed_at=None)
    assert verbs.make_absent_due(now=clock.move(days=30)) == 0


def given_back(allocations, by):
    """Give them back, and have all who keep them told."""
    for allocation in allocations:
        verbs.release_allocation(allocation=allocation, by=by)
    Mail.objects.update(sent_at=timezone.now())


def test_too_many_endings_at_once_stop_and_ask_staff(project, owner, staff, operator, clock):
    many = AllocationFactory.create_batch(60, project=project)
    given_back(many[:11], staff)
    later = clock.move(days=8)
    assert verbs.make_absent_due(now=later) == 0
    assert verbs.make_absent_due(now=later + timedelta(days=1)) == 0
    assert Ticket.objects.get().internal
    assert not Allocation.objects.filter(desired=Desired.ABSENT).exists()
    due = verbs.held_back(now=later).many
    seen = {"typed": 11, "seen": verbs.mark_of(due), "now": later}
    with pytest.raises(NotAllowed):
        verbs.let_end(by=operator, **seen)
    with pytest.raises(Invalid, match="Type 11, as many as end"):
        verbs.let_end(by=staff, **seen | {"typed": 10})
    assert verbs.let_end(by=staff, **seen) == 11
    assert Allocation.objects.filter(desired=Desired.ABSENT).count() == 11
    event = Event.objects.get(verb="allocations.let_end")
    assert (event.actor_id, len(event.facts["ended"])) == (staff.github_id, 11)
    assert Ticket.objects.get().state == TicketState.RESOLVED


def test_a_list_to_which_more_has_come_is_not_let_end(project, owner, staff, clock):
    many = AllocationFactory.create_batch(60, project=project)
    given_back(many[:11], staff)
    seen = verbs.mark_of(verbs.held_back(now=timezone.now() + timedelta(days=8)).rows)
    given_back([many[20]], staff)
    later = clock.move(days=8)
    with pytest.raises(StalePage, match="look at the list again"):
        verbs.let_end(by=staff, typed=11, seen=seen, now=later)
    assert not Allocation.objects.filter(desired=Desired.ABSENT).exists()
    verbs.renew_allocation(allocation=many[20], by=staff, until=today() + timedelta(days=9))
    assert verbs.mark_of(verbs.held_back(now=later).rows) == seen


def test_few_endings_are_not_held_back_and_nobody_can_let_them_end(held, owner, staff, clock):
    verbs.release_allocation(allocation=held, by=owner)
    Mail.objects.update(sent_at=timezone.now())
    later = clock.move(days=8)
    assert (verbs.held_back(now=later).rows, verbs.held_back(now=later).free) == ([], [held])
    with pytest.raises(StalePage):
        verbs.let_end(by=staff, typed=0, seen=verbs.mark_of([]), now=later)
    assert verbs.make_absent_due(now=later) == 1


def test_what_is_due_is_read_in_the_same_queries_however_much_it_is(
    project, owner, staff, clock, django_assert_num_queries
):
    given_back([*AllocationFactory.create_batch(12, project=project), *AllocationFactory.create_batch(8)], staff)
    later = clock.move(days=8)
    with django_assert_num_queries(3):
        held = verbs.held_back(now=later)
    assert (len(held.many), len(held.untold)) == (12, 8)


@pytest.mark.parametrize(
    ("ending", "live", "stops"), [(2, 2, False), (3, 14, True), (3, 15, False), (10, 50, False), (11, 1000, True)]
)
def test_how_many_are_too_many(ending, live, stops):
    from projects.services.allocations.ending import too_many

    assert too_many(ending, live) is stops


def test_a_phase_is_told_once(held, owner):
    told = {"allocation": held, "phase": Phase.READY, "who": Who.NOBODY, "words": "All is there."}
    assert verbs.mark_phase(**told)
    assert not verbs.mark_phase(**told)
    assert verbs.mark_phase(**told | {"words": "All is there, and well."})
    assert Mail.objects.count() == 1
    assert Event.objects.filter(verb="allocation.ready").count() == 1


def committed(allocation):
    return committed_by_pool().get((allocation.cloud_id, allocation.generation_id), Amount()).ram_mib


def test_what_is_promised_ends_only_when_the_cloud_shows_it_gone(held, staff):
    verbs.record_observed(allocation=held, amount=Amount(2, 4096, instances=1), at=timezone.now())
    verbs.release_allocation(allocation=held, by=staff, now=True)
    assert committed(held) == 4096
    verbs.mark_phase(allocation=held, phase="released", who="nobody", words="")
    assert committed(held) == 0
    verbs.record_observed(allocation=held, amount=Amount(ram_mib=512), at=timezone.now())
    assert committed(held) == 512


def test_only_changes_are_written(django_assert_num_queries):
    one, other = AllocationFactory(), AllocationFactory()
    amounts = {one.pk: Amount(2, 4096), other.pk: Amount()}
    assert verbs.record_observed_many(amounts=amounts, at=timezone.now()) == 1
    with django_assert_num_queries(3):  # a savepoint, one look, its release
        assert verbs.record_observed_many(amounts=amounts, at=timezone.now()) == 0


def test_its_owner_cannot_get_round_the_labs_suspension_by_giving_it_back(held, owner, staff):
    verbs.suspend_allocation(allocation=held, by=staff, reason="It mines coins.")
    for how in ({}, {"typed_name": "OpenBLAS", "now": True}):
        with pytest.raises(NotAllowed, match="ask them in a ticket"):
            verbs.release_allocation(allocation=held, by=owner, **how)
    assert fresh(held).desired == Desired.SUSPENDED
    verbs.release_allocation(allocation=held, by=staff, now=True)
    assert fresh(held).desired == Desired.ABSENT


def test_nothing_ends_before_the_notices_went_out(held, owner, clock):
    verbs.release_allocation(allocation=held, by=owner)
    later = clock.move(days=30)
    Mail.objects.update(tries=3)
    assert verbs.make_absent_due(now=later) == 0
    Mail.objects.update(sent_at=later)
    assert verbs.make_absent_due(now=later) == 1


def test_one_whom_no_mail_reaches_does_not_keep_it_for_ever_where_others_were_told(held, owner, clock, project):
    MemberFactory(project=project, user=UserFactory(), role=MemberRole.MAINTAINER)
    verbs.release_allocation(allocation=held, by=owner)
    later = clock.move(days=30)
    first, second = Mail.objects.filter(key__contains=":ends:")
    Mail.objects.filter(pk=first.pk).update(tries=20)
    Mail.objects.filter(pk=second.pk).update(tries=20)
    assert verbs.make_absent_due(now=later) == 0
    Mail.objects.filter(pk=second.pk).update(sent_at=later)
    assert verbs.make_absent_due(now=later) == 1


def nobody(project):
    pass


def somebody_who_never_signed_in(project):
    MemberFactory(project=project, role=MemberRole.OWNER)


def somebody_without_an_address(project):
    MemberFactory(project=project, user=UserFactory(email=""), role=MemberRole.OWNER)


@pytest.mark.parametrize("keepers", [nobody, somebody_who_never_signed_in, somebody_without_an_address])
def test_what_nobody_could_be_told_of_waits_for_staff(held, project, staff, clock, keepers):
    keepers(project)
    verbs.release_allocation(allocation=held, by=staff)
    for _ in range(12):
        send_due(clock.move(hours=6))
    later = clock.move(days=5)
    assert verbs.make_absent_due(now=later) == 0
    assert verbs.make_absent_due(now=later) == 0
    ticket = Ticket.objects.get()
    assert (ticket.internal, ticket.title) == (True, "Nobody could be told of 1 ending")
    due = verbs.held_back(now=later)
    assert (due.untold, due.many, due.free) == ([held], [], [])
    assert verbs.let_end(by=staff, typed=1, seen=verbs.mark_of(due.rows), now=later) == 1
    assert fresh(held).desired == Desired.ABSENT
    ticket.refresh_from_db()
    assert ticket.state == TicketState.RESOLVED


def test_what_is_renewed_asks_staff_no_more_and_the_next_of_which_nobody_is_told_asks_anew(held, staff, clock):
    def nobody_is_told(allocation):
        verbs.release_allocation(allocation=allocation, by=staff)
        Mail.objects.all().delete()
        verbs.make_absent_due(now=clock.move(days=8))
        return Ticket.objects.get()

    def asked():
        return Mail.objects.filter(person=staff, kind="ticket").count()

    ticket = nobody_is_told(held)
    assert (ticket.state, asked()) == (TicketState.OPEN, 1)
    verbs.renew_allocation(allocation=held, by=staff, until=today() + timedelta(days=99))
    verbs.make_absent_due(now=clock.move(minutes=1))
    ticket.refresh_from_db()
    assert ticket.state == TicketState.RESOLVED
    ticket = nobody_is_told(AllocationFactory())
    assert (ticket.state, ticket.messages.count(), asked()) == (TicketState.OPEN, 2, 1)


def test_what_nobody_could_be_told_of_keeps_nothing_else_from_its_end(held, owner, staff, clock):
    given_back([held, AllocationFactory()], staff)
    assert verbs.make_absent_due(now=clock.move(days=8)) == 1
    assert fresh(held).desired == Desired.ABSENT
