"""What happens to a request between sending and approval."""

from datetime import timedelta

import pytest
from django.utils import timezone

from projects.errors import IllegalMove, Invalid, NotAllowed, StalePage
from projects.models import AccessRequest, Decision, Mail
from projects.services.requests import (
    answer_request,
    claim_request,
    decline_request,
    lapse_requests,
    return_request,
    save_draft,
    unclaim_request,
    withdraw_request,
)
from projects.states import PartState, RequestState, TicketState
from tests.factories import AccessRequestFactory, OperatorFactory, UserFactory, at_the_desk

pytestmark = pytest.mark.django_db


def fresh(request):
    return AccessRequest.objects.get(pk=request.pk)


def test_question_and_answer_stand_in_the_thread(submitted, requester, operator):
    return_request(request=submitted, by=operator, question="Which branch?")
    assert fresh(submitted).status is RequestState.RETURNED
    assert fresh(submitted).ticket.status is TicketState.WAITING
    save_draft(draft=submitted, notes="The main branch.")
    answer_request(request=submitted, by=requester, text="See the notes.")
    assert fresh(submitted).status is RequestState.SUBMITTED
    assert [message.text for message in submitted.ticket.messages.all()][-2:] == ["Which branch?", "See the notes."]
    assert [decision.note for decision in Decision.objects.filter(request=submitted)][1:] == [
        "Which branch?",
        "See the notes.",
    ]
    assert Mail.objects.filter(person=requester, subject__contains="question").count() == 1


def test_an_answer_must_leave_the_request_whole(submitted, requester, operator):
    return_request(request=submitted, by=operator, question="Which branch?")
    AccessRequest.objects.filter(pk=submitted.pk).update(usage="")
    with pytest.raises(Invalid) as refused:
        answer_request(request=submitted, by=requester, text="Done.")
    assert refused.value.field == "usage"
    assert fresh(submitted).status is RequestState.RETURNED


def test_a_refusal_has_a_reason_and_reaches_all_parts(submitted, requester, operator):
    with pytest.raises(Invalid) as refused:
        decline_request(request=submitted, by=operator, reason="  ")
    assert refused.value.field == "reason"
    decline_request(request=submitted, by=operator, reason="No machines for this.")
    assert fresh(submitted).status is RequestState.DECLINED
    assert submitted.parts.get().status is PartState.DECLINED
    assert Mail.objects.filter(person=requester, text="No machines for this.").exists()


def test_a_stale_page_decides_nothing(submitted, operator):
    seen = submitted.updated_at - timedelta(seconds=1)
    for call in (
        lambda: return_request(request=submitted, by=operator, question="?", seen_updated_at=seen),
        lambda: decline_request(request=submitted, by=operator, reason="No.", seen_updated_at=seen),
    ):
        with pytest.raises(StalePage):
            call()
    assert fresh(submitted).status is RequestState.SUBMITTED


def test_a_claim_shows_who_looks_and_spoils_no_page(submitted, operator, settings):
    second = at_the_desk(settings, OperatorFactory())
    claim_request(request=submitted, by=operator)
    assert fresh(submitted).claimed_by == operator
    assert fresh(submitted).updated_at == submitted.updated_at
    with pytest.raises(NotAllowed, match=operator.github_login):
        claim_request(request=submitted, by=second)
    with pytest.raises(NotAllowed):
        unclaim_request(request=submitted, by=second)
    unclaim_request(request=submitted, by=operator)
    assert claim_request(request=submitted, by=second).claimed_by == second


def test_only_the_requester_withdraws_and_answers(submitted, operator, staff):
    return_request(request=submitted, by=operator, question="?")
    for person in (UserFactory(), operator, staff):
        with pytest.raises(NotAllowed):
            withdraw_request(request=submitted, by=person)
        with pytest.raises(NotAllowed):
            answer_request(request=submitted, by=person, text="Yes.")


def test_only_the_desk_asks_and_declines(submitted, requester):
    for person in (UserFactory(), requester):
        with pytest.raises(NotAllowed):
            return_request(request=submitted, by=person, question="?")
        with pytest.raises(NotAllowed):
            decline_request(request=submitted, by=person, reason="No.")
        with pytest.raises(NotAllowed):
            claim_request(request=submitted, by=person)


def test_withdrawn_is_final(submitted, requester, operator):
    withdraw_request(request=submitted, by=requester, note="We found another.")
    assert fresh(submitted).ticket.status is TicketState.RESOLVED
    for call in (
        lambda: return_request(request=submitted, by=operator, question="?"),
        lambda: decline_request(request=submitted, by=operator, reason="No."),
        lambda: withdraw_request(request=submitted, by=requester),
    ):
        with pytest.raises(IllegalMove):
            call()


def test_a_draft_thrown_away_is_nobody_elses_matter(requester, operator):
    draft = AccessRequestFactory(requester=requester)
    withdraw_request(request=draft, by=requester)
    assert fresh(draft).status is RequestState.WITHDRAWN
    assert not Mail.objects.exists()


def test_a_question_lapses_after_sixty_days(submitted, operator, clock):
    return_request(request=submitted, by=operator, question="Which branch?")
    assert lapse_requests(now=timezone.now() + timedelta(days=59)) == 0
    later = timezone.now() + timedelta(days=60, seconds=1)
    assert (lapse_requests(now=later), lapse_requests(now=later)) == (1, 0)
    assert fresh(submitted).status is RequestState.LAPSED
    assert Decision.objects.get(now=RequestState.LAPSED).by is None
