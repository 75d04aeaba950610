"""The desk: who gets in, the queue, checks and figures, and each way to decide."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from projects.grants import Grant, ServerLine
from projects.models import AccessRequest, Allocation, Decision, Flavor, Image, Lookup, Pool, User
from projects.services import requests as services
from projects.states import LookupState, RequestState
from projects.web.people import DESK_ONLY
from tests.factories import (
    AccessRequestFactory,
    Lab,
    PartFactory,
    UserFactory,
    at_the_desk,
    portico_lab,
)
from tests.web.asking import key_of
from tests.web.test_requests import sent_by, signed_in

pytestmark = pytest.mark.django_db
WHY = "Known to us."


@pytest.fixture
def lab() -> Lab:
    return portico_lab()


@pytest.fixture
def olga(settings) -> User:
    return at_the_desk(settings, UserFactory(github_login="olga-operator"))


@pytest.fixture
def dana(settings) -> User:
    return at_the_desk(settings, UserFactory(github_login="dana-director"), staff=True)


@pytest.fixture
def sent(lab: Lab) -> AccessRequest:
    request = sent_by(UserFactory(github_login="ada-porter"), lab)
    key = request.repository_url.removeprefix("https://github.com/")
    Lookup.objects.filter(key=key).update(
        state=LookupState.FOUND, answer={"licence": "MIT"}, answered_at=timezone.now()
    )
    return request


def form_of(client: Client, request: AccessRequest) -> dict[str, str]:
    """The decision's form as the page shows it."""
    page = client.get(f"/desk/requests/{request.pk}/decide/").content.decode()
    fields = dict(re.findall(r'<input type="(?:hidden|text|number)" name="([^"]+)"(?: value="([^"]*)")?', page))
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    part = request.parts.get()
    return {**fields, f"part-{part.pk}-fate": "asked", "do": "approve"}


def decide(client: Client, request: AccessRequest, **changes: str):
    return client.post(f"/desk/requests/{request.pk}/decide/", {**form_of(client, request), **changes})


@pytest.mark.parametrize("path", ["/desk/", "/desk/requests/{}/", "/desk/requests/{}/decide/"])
def test_the_desk_is_closed_to_others_in_words(sent: AccessRequest, path: str) -> None:
    address = path.format(sent.pk)
    assert Client().get(address).status_code == 302
    for other in (UserFactory(), sent.requester):
        answer = signed_in(other).get(address)
        assert (answer.status_code, DESK_ONLY in answer.content.decode()) == (403, True)
    assert signed_in(UserFactory()).get("/desk/requests/0/").status_code == 403, "nobody is told which ones exist"


@pytest.mark.parametrize("verb", ["decide", "return", "decline", "claim"])
def test_others_decide_nothing(sent: AccessRequest, verb: str) -> None:
    answer = signed_in(sent.requester).post(f"/desk/requests/{sent.pk}/{verb}/", {"words": "x", "do": "approve"})
    assert answer.status_code == 403
    sent.refresh_from_db()
    assert sent.state == RequestState.SUBMITTED


def test_drafts_are_not_the_desks_matter(olga: User) -> None:
    draft = AccessRequestFactory(name="Unsent")
    assert signed_in(olga).get(f"/desk/requests/{draft.pk}/").status_code == 404
    for shown in ("waiting", "mine", "asked", "decided", "nonsense"):
        assert "Unsent" not in signed_in(olga).get(f"/desk/?show={shown}").content.decode()


def test_the_queue_and_a_claim(sent: AccessRequest, olga: User, dana: User) -> None:
    client = signed_in(olga)
    assert sent.name in client.get("/desk/").content.decode()
    client.post(f"/desk/requests/{sent.pk}/claim/")
    assert sent.name in client.get("/desk/?show=mine").content.decode()
    second = signed_in(dana).post(f"/desk/requests/{sent.pk}/claim/", follow=True).content.decode()
    assert "olga-operator has claimed this request already" in second
    client.post(f"/desk/requests/{sent.pk}/claim/", {"back": "1"})
    sent.refresh_from_db()
    assert sent.claimed_by is None


def test_the_queue_takes_as_many_queries_for_many(
    lab: Lab, olga: User, django_assert_max_num_queries, django_assert_num_queries
) -> None:
    client = signed_in(olga)
    sent_by(UserFactory(), lab)
    with django_assert_max_num_queries(10) as few:
        client.get("/desk/")
    for _ in range(55):
        request = AccessRequestFactory(state=RequestState.SUBMITTED, submitted_at=timezone.now())
        PartFactory(request=request, cloud=lab.cloud, generation=lab.generations["power8"])
    with django_assert_num_queries(len(few)):
        client.get("/desk/")


def test_the_pages_of_a_request_stay_within_ten_queries(
    sent: AccessRequest, olga: User, django_assert_max_num_queries
) -> None:
    client = signed_in(olga)
    for path in (f"/desk/requests/{sent.pk}/", f"/desk/requests/{sent.pk}/decide/"):
        client.get(path)
        with django_assert_max_num_queries(10):
            assert client.get(path).status_code == 200


def test_checks_and_figures_are_shown(sent: AccessRequest, olga: User) -> None:
    client = signed_in(olga)
    page = client.get(f"/desk/requests/{sent.pk}/").content.decode()
    assert "MIT is accepted." in page
    figures = client.get(f"/desk/requests/{sent.pk}/decide/").content.decode()
    for words in ("1,008<span", "</span>1,004", "p9.xlarge", "within it", "fits"):
        assert words in figures


def test_approved_as_asked(sent: AccessRequest, olga: User) -> None:
    answer = decide(signed_in(olga), sent, note="Welcome!")
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/requests/{sent.pk}/")
    allocation = Allocation.objects.get()
    assert allocation.grant == sent.parts.get().asked
    assert Decision.objects.latest("pk").note == "Welcome!"


def test_something_else_needs_a_reason_and_is_granted(sent: AccessRequest, olga: User) -> None:
    client, part = signed_in(olga), sent.parts.get()
    other = {f"part-{part.pk}-fate": "other", f"lines-{part.pk}-0-volume_gib": "10"}
    refused = decide(client, sent, **other)
    assert (refused.status_code, "Say why this is not what was asked" in refused.content.decode()) == (422, True)
    assert decide(client, sent, **other, **{f"part-{part.pk}-reason": "Too large."}).status_code == 302
    (line,) = Grant.from_json(Allocation.objects.get().grant).lines
    assert (line.key, line.volume_gib) == ("web", 10)


def test_looking_shows_what_other_grants_leave_and_decides_nothing(sent: AccessRequest, olga: User) -> None:
    part = sent.parts.get()
    larger = {f"part-{part.pk}-fate": "other", f"lines-{part.pk}-0-count": "3"}
    page = decide(signed_in(olga), sent, **larger, do="look").content.decode()
    assert "</span>996" in page
    assert not Allocation.objects.exists()


def test_what_does_not_fit_is_refused_and_named(sent: AccessRequest, olga: User) -> None:
    pool = Pool.objects.get(generation__slug="power9")
    pool.capacity = {**pool.capacity, "ram_mib": 1024}
    pool.save()
    client = signed_in(olga)
    assert "does not fit" in client.get(f"/desk/requests/{sent.pk}/decide/").content.decode()
    answer = decide(client, sent)
    assert (answer.status_code, "short of" in answer.content.decode()) == (409, True)
    assert "Nearest that fits" in decide(client, sent, do="look").content.decode(), "which the page loads beside"
    sent.refresh_from_db()
    assert (sent.state, Allocation.objects.count()) == (RequestState.SUBMITTED, 0)


def test_old_figures_need_a_reason(sent: AccessRequest, olga: User) -> None:
    Pool.objects.update(observed_at=timezone.now() - timedelta(minutes=11))
    client = signed_in(olga)
    answer = decide(client, sent)
    assert (answer.status_code, "older than 10 minutes" in answer.content.decode()) == (409, True)
    assert decide(client, sent, override_reason=WHY).status_code == 302


def test_an_unchecked_repository_needs_a_reason(sent: AccessRequest, olga: User) -> None:
    Lookup.objects.update(state=LookupState.FAILED)
    answer = decide(signed_in(olga), sent)
    assert "Give a reason to approve all the same" in answer.content.decode()
    assert decide(signed_in(olga), sent, override_reason=WHY).status_code == 302


def test_above_the_limit_only_staff(sent: AccessRequest, olga: User, dana: User, settings) -> None:
    settings.OPERATOR_LIMIT = {**settings.OPERATOR_LIMIT, "instances": 0}
    assert "Staff must decide this" in signed_in(olga).get(f"/desk/requests/{sent.pk}/decide/").content.decode()
    answer = decide(signed_in(olga), sent)
    assert (answer.status_code, "ask staff" in answer.content.decode()) == (403, True)
    assert decide(signed_in(dana), sent).status_code == 302


def test_nobody_decides_their_own(lab: Lab, olga: User) -> None:
    own = sent_by(olga, lab)
    client = signed_in(olga)
    assert "somebody else decides it" in client.get(f"/desk/requests/{own.pk}/").content.decode()
    assert decide(client, own, override_reason=WHY).status_code == 403


def test_a_stale_tab_is_told(sent: AccessRequest, olga: User) -> None:
    client = signed_in(olga)
    old = form_of(client, sent)
    sent.save()
    answer = client.post(f"/desk/requests/{sent.pk}/decide/", old)
    assert (answer.status_code, "Somebody changed this" in answer.content.decode()) == (409, True)
    assert not Allocation.objects.exists()


@pytest.mark.parametrize("seen", ["", "nonsense", "2026-01-01", "2026-01-01T00:00:00", "9" * 40])
def test_a_form_that_does_not_say_when_it_was_made_decides_nothing(sent: AccessRequest, olga: User, seen: str) -> None:
    assert decide(signed_in(olga), sent, seen=seen).status_code in {409, 422}
    assert not Allocation.objects.exists()


def test_the_second_reviewer_is_told_who_was_first(sent: AccessRequest, olga: User, dana: User) -> None:
    late = form_of(signed_in(dana), sent)
    decide(signed_in(olga), sent)
    page = signed_in(dana).post(f"/desk/requests/{sent.pk}/decide/", late).content.decode()
    assert "olga-operator" in page
    assert Allocation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_make_one_allocation(sent: AccessRequest, olga: User, dana: User) -> None:
    clients = [signed_in(olga), signed_in(dana)]
    forms = [form_of(client, sent) for client in clients]
    answers: list[int] = []

    def click(client: Client, form: dict[str, str]) -> None:
        answers.append(client.post(f"/desk/requests/{sent.pk}/decide/", form).status_code)
        connection.close()

    threads = [threading.Thread(target=click, args=pair) for pair in zip(clients, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 409]
    assert Allocation.objects.count() == 1


def test_a_question_and_a_refusal(sent: AccessRequest, lab: Lab, olga: User) -> None:
    client = signed_in(olga)
    seen = sent.updated_at.isoformat()
    client.post(f"/desk/requests/{sent.pk}/return/", {"words": "Who?", "seen": "2026-01-01T00:00:00+00:00"})
    sent.refresh_from_db()
    assert sent.state == RequestState.SUBMITTED
    client.post(f"/desk/requests/{sent.pk}/return/", {"words": "Who?", "seen": seen})
    sent.refresh_from_db()
    assert sent.state == RequestState.RETURNED
    other = sent_by(UserFactory(), lab)
    client.post(f"/desk/requests/{other.pk}/decline/", {"words": "", "seen": other.updated_at.isoformat()})
    other.refresh_from_db()
    assert other.state == RequestState.SUBMITTED
    client.post(f"/desk/requests/{other.pk}/decline/", {"words": "No.", "seen": other.updated_at.isoformat()})
    other.refresh_from_db()
    assert other.state == RequestState.DECLINED


@pytest.mark.parametrize("field", ["-0-flavor", "-0-image", "-0-count", "-0-key"])
@pytest.mark.parametrize("typed", ["\x00", "9" * 300, "<script>alert(1)</script>"])
def test_hostile_rows_are_refused(sent: AccessRequest, olga: User, field: str, typed: str) -> None:
    part = sent.parts.get()
    changes = {f"part-{part.pk}-fate": "other", f"lines-{part.pk}{field}": typed, f"part-{part.pk}-reason": "x"}
    answer = decide(signed_in(olga), sent, **changes)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.content.decode()
    assert not Allocation.objects.exists()


def test_a_draft_that_was_never_sent_is_not_the_desks(olga: User) -> None:
    draft = AccessRequestFactory(name="Thrown away", state=RequestState.WITHDRAWN)
    client = signed_in(olga)
    assert "Thrown away" not in client.get("/desk/?show=decided").content.decode()
    assert client.get(f"/desk/requests/{draft.pk}/").status_code == 404


def test_a_row_that_is_added_has_a_key_of_its_own(lab: Lab, dana: User) -> None:
    draft = AccessRequestFactory()
    lines = tuple(ServerLine(key, "p9.small", "debian-12-ppc64le") for key in ("s1", "s2"))
    asked = Grant(lines=lines).as_json()
    part = PartFactory(request=draft, cloud=lab.cloud, generation=lab.generations["power9"], asked=asked)
    request = services.submit_request(request=draft, by=draft.requester, rules_version="2026-01")
    client, prefix = signed_in(dana), f"lines-{part.pk}"
    row = {"flavor": key_of(Flavor, "p9.small"), "image": key_of(Image, "debian-12-ppc64le"), "count": "1"}
    rows = {f"{prefix}-0-key": "s2", f"{prefix}-1-key": "", f"{prefix}-count": "2"}
    rows |= {f"{prefix}-{n}-{name}": value for n in (0, 1) for name, value in {**row, "volume_gib": "0"}.items()}
    fate = {f"part-{part.pk}-fate": "other", f"part-{part.pk}-reason": "One of them fresh."}
    decide_on = f"/desk/requests/{request.pk}/decide/"
    seen = {"seen": request.updated_at.isoformat(), "do": "approve", "override_reason": WHY}
    assert client.post(decide_on, {**rows, **fate, **seen}).status_code == 302
    assert [line["key"] for line in Allocation.objects.get().grant["lines"]] == ["s2", "s3"]


def test_a_refused_decision_shows_the_whole_request_and_what_is_wrong(sent: AccessRequest, olga: User) -> None:
    part = sent.parts.get()
    wrong = {f"part-{part.pk}-fate": "other", f"lines-{part.pk}-0-count": "0"}
    page = decide(signed_in(olga), sent, **wrong).content.decode()
    assert "Something in this form needs to be changed" in page
    assert f'<a href="#id_lines-{part.pk}-0-count">Row 1 of servers, How many</a>' in page
    assert "Managed servers, POWER9: Put the rows of this part right." in page
    assert [words for words in ("<h2>Checks</h2>", "<h2>Thread</h2>", "data-focus") if words not in page] == []


@pytest.mark.parametrize(
    ("count", "most"),
    [("0", 10), ("2", 14)],  # refused by the form; by the service, whose own are a savepoint, its end, and two looks
)
def test_the_page_of_a_refused_decision_stays_within_ten_queries(
    sent: AccessRequest, olga: User, count: str, most: int, django_assert_max_num_queries
) -> None:
    client, part = signed_in(olga), sent.parts.get()
    wrong = {f"part-{part.pk}-fate": "other", f"lines-{part.pk}-0-count": count}
    typed, address = {**form_of(client, sent), **wrong}, f"/desk/requests/{sent.pk}/decide/"
    with django_assert_max_num_queries(most):
        refused = client.post(address, typed)
    assert (refused.status_code, "What is free now" in refused.content.decode()) == (422, False)
    beside = client.post(address, {**typed, "do": "look"}, headers={"HX-Request": "true"}).content.decode()
    assert "What is free now" in beside.partition('<div id="figures">')[2]


def test_a_claim_leaves_each_decision_to_who_claimed_it_or_staff(
    sent: AccessRequest, olga: User, dana: User, settings
) -> None:
    services.claim_request(request=sent, by=olga)
    other = signed_in(at_the_desk(settings, UserFactory(github_login="otto-operator")))
    assert "only they, or staff, decide it" in other.get(f"/desk/requests/{sent.pk}/").content.decode()
    told = "olga-operator has claimed this request already."
    said = {"words": "Why?", "seen": sent.updated_at.isoformat()}
    for verb in ("return", "decline"):
        assert told in other.post(f"/desk/requests/{sent.pk}/{verb}/", said, follow=True).content.decode()
    assert told in decide(other, sent).content.decode()
    sent.refresh_from_db()
    assert sent.state == RequestState.SUBMITTED
    signed_in(dana).post(f"/desk/requests/{sent.pk}/return/", said)
    sent.refresh_from_db()
    assert sent.state == RequestState.RETURNED


def test_the_desk_reads_its_own_words_for_a_question(sent: AccessRequest, olga: User) -> None:
    client, seen = signed_in(olga), sent.updated_at
    services.return_request(request=sent, by=olga, question="Which branch?")
    for path in ("/desk/?show=asked", f"/desk/requests/{sent.pk}/"):
        page = client.get(path).content.decode()
        assert ('tone-warn">Waiting for an answer' in page, "A question for you" in page) == (True, False)
    said = {"words": "No.", "seen": seen.isoformat()}
    page = client.post(f"/desk/requests/{sent.pk}/decline/", said, follow=True).content.decode()
    assert "Last move: returned with a question, by olga-operator" in page


def test_home_leads_the_desk_to_what_waits(sent: AccessRequest, olga: User) -> None:
    page = signed_in(olga).get("/").content.decode()
    assert '<a class="btn btn-primary" href="/desk/">Go to the desk</a> 1 request waits for the lab.' in page
    for other in (Client(), signed_in(sent.requester)):
        assert "Go to the desk" not in other.get("/").content.decode()


@pytest.mark.parametrize(("path", "title"), [("/desk/trouble/", "Failed steps"), ("/desk/clouds/", "Clouds")])
def test_pages_below_the_desk_lead_back_to_it(olga: User, path: str, title: str) -> None:
    page = signed_in(olga).get(path).content.decode()
    assert f'<li><a href="/desk/">Desk</a></li><li aria-current="page">{title}</li>' in page
    assert f"<h1>{title}</h1>" in page
