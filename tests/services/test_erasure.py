"""An account that lived a whole life here is erased: no login, name or address of it is left in any table."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from portal.signin.pipeline import sign_in
from projects.grants import CiGrant, Grant
from projects.history import happenings, with_names
from projects.models import AccessRequest, Allocation, Event, Lookup, Member, Message, User
from projects.services import allocations, members, tickets
from projects.services import requests as verbs
from projects.services.account import erase_account, stored_about
from projects.services.keys import add_key, import_keys, remove_key
from projects.services.lookups import ask_keys, ask_login, record_answer
from projects.states import LookupState, MemberRole, TicketState
from provisioning.erasure import forget_erased
from provisioning.models import Step, Watch
from provisioning.people import mark_people
from provisioning.reconcile import write_plans
from tests.factories import (
    PUBLIC_KEY,
    AccessRequestFactory,
    AllocationFactory,
    MemberFactory,
    PartFactory,
    ProjectFactory,
    UserFactory,
    managed_grant,
)

pytestmark = pytest.mark.django_db
NUMBER, EMAIL = 640_001, "ada@example.org"
TRACES = ("%ada-porter%", "%ada-before%", "%ada porter%", f"%{EMAIL}%")
COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'json', 'jsonb')
"""


@pytest.fixture
def ada(lab, operator, staff, repository_found) -> User:
    """Somebody who signed in, was renamed, asked, was granted, shared, changed, gave back, and talked about it."""
    sign_in(None, NUMBER, "ada-before", EMAIL)
    for lookup in (ask_login("ada-before"), ask_keys("Ada-Before")):
        answer(lookup, id=NUMBER, login="Ada-Before")
    ada = sign_in(None, NUMBER, "ada-porter", EMAIL)
    add_key(user=ada, text=PUBLIC_KEY)
    import_keys(user=ada)
    answer(Lookup.objects.get(kind="keys", key="ada-porter"), id=NUMBER, keys=[PUBLIC_KEY])
    request = a_request(lab, ada)
    sent = verbs.submit_request(request=request, by=ada, rules_version="2026-01")
    repository_found(sent)
    verbs.claim_request(request=sent, by=operator)
    verbs.return_request(request=sent, by=operator, question="Which branch?")
    verbs.answer_request(request=sent, by=ada, text="The main one.")
    grants = {part: Grant.from_json(part.asked) for part in sent.parts.all()}
    verbs.approve_request(request=sent, by=staff, grants=grants, override_reason="Known here.")
    sent.refresh_from_db()
    share(sent.project, ada)
    Watch.objects.create(cloud=lab.cloud.name, marks={"places": {"network_id": "n1", "volume_type": "ceph"}})
    write_plans()
    use(sent.project, ada, staff)
    build(lab, sent.project, operator)
    write_plans()
    a_request(lab, ada)  # and another draft was begun
    AccessRequestFactory(requester=operator, ssh_keys=[])  # whose contacts name her too
    return ada


def a_request(lab, ada: User) -> AccessRequest:
    request = AccessRequestFactory(requester=ada, advocate="Ada Porter")
    PartFactory(request=request, cloud=lab.cloud, generation=lab.generations["power9"])
    return request


def answer(lookup: Lookup, **facts: object) -> None:
    record_answer(lookup=lookup, state=LookupState.FOUND, now=timezone.now(), answer=facts)


def share(project, ada: User) -> None:
    """Another owner comes, and she is taken into a project of others by her login alone, and out of it again."""
    ben = UserFactory(github_login="ben-builder")
    MemberFactory(project=project, user=ben, role=MemberRole.OWNER)
    other = ProjectFactory()
    MemberFactory(project=other, user=ben, role=MemberRole.OWNER)
    member = members.add_member(project=other, by=ben, login="ada-porter")
    answer(Lookup.objects.get(kind="login", key="ada-porter"), id=NUMBER)
    members.change_role(member=Member.objects.get(pk=member.pk), by=ben, role=MemberRole.MAINTAINER)
    members.remove_member(member=Member.objects.get(pk=member.pk), by=ben)
    members.add_member(project=other, by=ben, login="ada-porter")


def use(project, ada: User, staff: User) -> None:
    """What she does with what she was granted."""
    ticket = tickets.open_ticket(title="No network", text="It does not answer.", project=project, by=ada)
    tickets.post_message(ticket=ticket, by=ada, text="Now it does.")
    tickets.move_ticket(ticket=ticket, to=TicketState.RESOLVED, by=ada)
    lent = project.allocations.get()
    verbs.request_change(allocation=lent, by=ada, grant=managed_grant(count=2), note="One more, please.")
    allocations.release_allocation(allocation=lent, by=ada)
    allocations.resume_allocation(allocation=lent, by=ada)
    allocations.renew_allocation(allocation=lent, by=ada, until=lent.ends_at + timedelta(days=90))
    allocations.suspend_allocation(allocation=lent, by=staff, reason="New switches.")
    remove_key(key=ada.ssh_keys.get(), by=ada)
    add_key(user=ada, text=PUBLIC_KEY)


def build(lab, project, operator: User) -> None:
    """She is named in a request of others for CI, and CI of her project is open to her, or was and is given back."""
    asked = Grant(ci=CiGrant(("https://example.org/codec",), ("Ada-Porter",))).as_json()
    theirs = AccessRequestFactory(requester=operator, ssh_keys=[], contacts=[])
    place = {"cloud": lab.cloud, "generation": lab.generations["power9"], "kind": "ci"}
    kept = Grant.from_json(asked).lasting.as_json()
    lent = {**place, "project": project, "granted": {}, "people": []}
    PartFactory(request=theirs, asked=asked, granted=asked, **place)
    given_back, suspended, _ = (AllocationFactory(grant=kept, **lent) for _ in range(3))
    write_plans()
    Allocation.objects.filter(pk=given_back.pk).update(desired="absent")
    Allocation.objects.filter(pk=suspended.pk).update(desired="suspended")


def left() -> list[str]:
    """The columns of all tables that hold a trace of her."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        columns = cursor.fetchall()
        found = []
        for table, column in columns:
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE ANY(%s)', [list(TRACES)])
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    return found


def test_nothing_names_an_erased_person(ada):
    """What people wrote themselves stays as they wrote it (messages, reasons, titles, a project's own addresses).

    She signed nothing here, so that every trace that is found is one that the portal wrote.
    """
    assert {"projects_user.email", "projects_allocation.people", "provisioning_step.want"} <= set(left())
    erase_account(user=ada)
    mark_people()
    write_plans()
    forget_erased(now=timezone.now())
    assert left() == []


def test_the_audit_names_nobody_even_before(ada):
    """Events can never be changed, so nothing may stand in them that an erasure has to take out."""
    append_only = {"projects_event.text", "projects_event.facts", "projects_event.target", "projects_event.key"}
    assert not append_only & set(left())
    assert Event.objects.filter(actor_id=NUMBER).count() > 10


def test_the_history_shows_todays_login_and_none_of_an_erased_account(ada, django_assert_num_queries):
    events = with_names(Event.objects.filter(facts__github_id=NUMBER).order_by("id"))
    told = [one.text for one in happenings(events)]
    assert "ada-porter is maintainer now, was member" in told
    assert any(text.endswith("ada-porter owns it") for text in told)
    sign_in(None, NUMBER, "ada-again", EMAIL)
    with django_assert_num_queries(1):
        told = [one.text for one in happenings(events.all())]
    assert "ada-again is maintainer now, was member" in told
    erase_account(user=ada)
    told = happenings(events.all())
    assert "an erased account is maintainer now, was member" in [one.text for one in told]
    assert {one.who for one in told} >= {"ben-builder", "the portal"}


def test_who_is_asked_of_github_or_gone_without_an_account_is_somebody(operator):
    project = ProjectFactory()
    owner = UserFactory()
    MemberFactory(project=project, user=owner, role=MemberRole.OWNER)
    member = members.add_member(project=project, by=owner, login="not-known-yet")
    answer(Lookup.objects.get(kind="login"), id=77)
    added, effect = happenings(with_names(project.events.order_by("id")))
    assert (added.who, added.text) == (str(owner), "not-known-yet was added as member")
    assert effect.text == f"not-known-yet belongs to {project} now"
    members.remove_member(member=Member.objects.get(pk=member.pk), by=owner)
    assert happenings(with_names(project.events.order_by("id")))[-1].text == "a former member was removed"


def test_what_is_exported_is_readable(ada):
    texts = [event["text"] for event in stored_about(ada)["events"]]
    assert texts
    assert not any("{person}" in text for text in texts)


def test_her_words_stay_without_her_name(ada):
    erase_account(user=ada)
    message = Message.objects.get(text="Now it does.")
    assert str(message.author) == "an erased account"


def test_the_others_keep_their_accounts_on_servers(ada):
    step = Step.objects.get(kind="server")
    assert [login for login, _ in step.want["people"]] == ["ada-porter"]
    ben = ["ben-builder", [PUBLIC_KEY]]
    step.want |= {"people": [*step.want["people"], ben], "numbers": [*step.want["numbers"], 5]}
    step.save()
    erase_account(user=ada)
    assert forget_erased(now=timezone.now()) == 3  # a server, and the folders at rest and given back
    assert forget_erased(now=timezone.now()) == 0
    step.refresh_from_db()
    assert (step.want["people"], step.want["numbers"]) == ([ben], [5])
