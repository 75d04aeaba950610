"""From a draft to the desk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from projects.errors import AlreadyOpen, IllegalMove, Invalid, NameTaken, NotAllowed
from projects.models import AccessRequest, Decision, Event, Lookup, Mail, Ticket
from projects.services.requests import adopt_draft, begin_draft, forget_old_drafts, save_draft, submit_request
from projects.services.requests.content import CONTENT
from projects.states import LookupState, MemberRole, RequestState
from tests import factories

pytestmark = pytest.mark.django_db


def submit(request, by):
    return submit_request(request=request, by=by, rules_version="2026-01")


def twin_of(request, **changes):
    """Another draft with the same content."""
    fields = (*CONTENT, "requester")
    other = factories.AccessRequestFactory(**{name: getattr(request, name) for name in fields} | changes)
    for part in request.parts.all():
        factories.PartFactory(request=other, cloud=part.cloud, generation=part.generation, asked=part.asked)
    return other


def test_sending_moves_one_row_and_tells_everybody(draft, requester, operator, staff):
    sent = submit(draft, requester)
    sent.refresh_from_db()
    assert sent.status is RequestState.SUBMITTED
    assert sent.rules_version == "2026-01"
    decision = Decision.objects.get(request=sent)
    assert (decision.was, decision.now, decision.by) == ("draft", "submitted", requester)
    assert Ticket.objects.get(request=sent).messages.get().author == requester
    assert {mail.person for mail in Mail.objects.all()} == {requester, operator, staff}
    assert Event.objects.get(verb="request.submitted").actor_id == requester.github_id
    assert Lookup.objects.get().status is LookupState.ASKED


def test_a_double_click_sends_once(draft, requester):
    first, second = submit(draft, requester), submit(draft, requester)
    assert first.pk == second.pk
    assert Decision.objects.count() == 1
    assert Ticket.objects.count() == 1


def test_the_same_content_is_the_same_request(draft, requester):
    again = twin_of(draft)
    first = submit(draft, requester)
    assert submit(again, requester).pk == first.pk
    assert not AccessRequest.objects.filter(pk=again.pk).exists()


@pytest.mark.parametrize("name", ["OpenBLAS", "openblas", "OPENBLAS"])
def test_a_second_open_request_of_a_name_is_refused(draft, requester, name):
    other = twin_of(draft, usage="Something else.", name=name)
    submit(draft, requester)
    with pytest.raises(AlreadyOpen) as refused:
        submit(other, requester)
    assert refused.value.field == "name"
    other.refresh_from_db()
    assert other.status is RequestState.DRAFT


def test_two_people_may_ask_for_one_name(draft, requester):
    submit(draft, requester)
    other = twin_of(draft, requester=factories.UserFactory())
    assert submit(other, other.requester).pk == other.pk


@pytest.mark.parametrize("role", [None, MemberRole.MEMBER])
def test_a_name_that_stands_belongs_to_its_keepers(draft, requester, role):
    project = factories.ProjectFactory(name="OPENBLAS")
    if role:
        factories.MemberFactory(project=project, user=requester, role=role)
    with pytest.raises(NameTaken):
        submit(draft, requester)


def test_a_keeper_may_ask_for_another_part_but_not_for_the_same(draft, requester, lab):
    project = factories.ProjectFactory(name="OpenBLAS")
    factories.MemberFactory(project=project, user=requester, role=MemberRole.MAINTAINER)
    standing = {"project": project, "cloud": lab.cloud}
    factories.AllocationFactory(**standing, generation=lab.generations["power8"])
    again = twin_of(draft)
    sent = submit(draft, requester)
    assert sent.project == project
    factories.AllocationFactory(**standing, generation=lab.generations["power9"])
    AccessRequest.objects.filter(pk=sent.pk).update(state=RequestState.WITHDRAWN)
    with pytest.raises(NameTaken, match="POWER9"):
        submit(again, requester)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "name"),
        ("repository_url", "", "repository"),
        ("usage", "", "what you will do"),
        ("purpose", "", "used for"),
        ("purpose", "benchmarking", "shared cloud, results would mean nothing"),
        ("licence", "", "licence"),
        ("licence", "Proprietary", "Open Source Initiative"),
        ("ssh_keys", [], "SSH key"),
    ],
)
def test_what_is_missing_is_named_with_its_cure(draft, requester, field, value, words):
    setattr(draft, field, value)
    draft.save()
    with pytest.raises(Invalid) as refused:
        submit(draft, requester)
    assert words in refused.value.details["problems"][field]
    assert not Ticket.objects.exists()


def test_the_rules_must_be_accepted(draft, requester):
    with pytest.raises(Invalid) as refused:
        submit_request(request=draft, by=requester, rules_version="")
    assert refused.value.field == "rules"


def test_nothing_asked_for_is_nothing_to_send(draft, requester):
    draft.parts.all().delete()
    with pytest.raises(Invalid) as refused:
        submit(draft, requester)
    assert refused.value.field == "parts"


@pytest.mark.parametrize(
    ("state", "facts", "words"),
    [(LookupState.FOUND, {"archived": True}, "archived"), (LookupState.ABSENT, {}, "no public repository")],
)
def test_a_repository_known_to_be_of_no_use_is_refused(draft, requester, repository_found, state, facts, words):
    repository_found(draft, state, **facts)
    with pytest.raises(Invalid, match=words) as refused:
        submit(draft, requester)
    assert refused.value.field == "repository_url"


@pytest.mark.parametrize("state", [LookupState.ASKED, LookupState.FAILED])
def test_sending_never_waits_for_github(draft, requester, repository_found, state):
    repository_found(draft, state)
    assert submit(draft, requester).status is RequestState.SUBMITTED


def test_the_licence_that_github_knows_fills_the_empty_field(draft, requester, repository_found):
    draft.licence = ""
    draft.save()
    repository_found(draft, licence="BSD-3-Clause")
    assert submit(draft, requester).licence == "BSD-3-Clause"


def test_a_visitors_draft_goes_along_with_who_signs_in(requester, draft):
    visitor = begin_draft()
    save_draft(draft=visitor, name="  Libffi  ")
    adopted = adopt_draft(draft=visitor, user=requester)
    assert (adopted.requester, adopted.name) == (requester, "Libffi")
    assert adopt_draft(draft=visitor, user=factories.UserFactory()).requester == requester


def test_somebody_elses_draft_cannot_be_sent(draft):
    with pytest.raises(NotAllowed):
        submit(draft, factories.UserFactory())


def test_what_was_sent_is_not_changed(submitted):
    with pytest.raises(IllegalMove):
        save_draft(draft=submitted, name="Another")


def test_a_draft_that_no_browser_finds_any_more_is_forgotten(draft):
    left, now = begin_draft(), timezone.now()
    assert forget_old_drafts(now=now + timedelta(hours=47)) == 0
    assert forget_old_drafts(now=now + timedelta(hours=49)) == 1
    assert list(AccessRequest.objects.all()) == [draft]
    assert left.pk != draft.pk
