"""A requester's own pages: list, one request, answer, withdraw; and the tickets and mails that go with them."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from projects.models import AccessRequest, Allocation, Mail, Message, Ticket, User
from projects.services import requests as services
from projects.services.tickets import open_ticket
from projects.states import Desired, MemberRole, Phase, RequestState, TicketState
from projects.templatetags.shown import day
from projects.text import moment_words
from projects.web.days import business_days_after
from tests.factories import (
    AccessRequestFactory,
    AllocationFactory,
    Lab,
    MailFactory,
    MemberFactory,
    PartFactory,
    ProjectFactory,
    TicketFactory,
    UserFactory,
    at_the_desk,
    portico_lab,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab() -> Lab:
    return portico_lab()


@pytest.fixture
def ada() -> User:
    return UserFactory(github_login="ada-porter")


@pytest.fixture
def olga(settings) -> User:
    return at_the_desk(settings, UserFactory(github_login="olga-operator"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def sent(lab: Lab, ada: User) -> AccessRequest:
    return sent_by(ada, lab)


def sent_by(user: User, lab: Lab, **fields: object) -> AccessRequest:
    draft = AccessRequestFactory(requester=user, **fields)
    PartFactory(request=draft, cloud=lab.cloud, generation=lab.generations["power9"])
    return services.submit_request(request=draft, by=user, rules_version="2026-01")


def test_strangers_are_sent_to_sign_in(sent: AccessRequest) -> None:
    for path in ("/requests/", f"/requests/{sent.pk}/", "/tickets/", "/mail/", "/account/"):
        answer = Client().get(path)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/sign-in/")


@pytest.mark.parametrize("verb", ["", "resume/", "answer/", "withdraw/"])
def test_somebody_elses_request_is_absent(sent: AccessRequest, olga: User, verb: str) -> None:
    for person in (UserFactory(), olga):
        client = signed_in(person)
        path = f"/requests/{sent.pk}/{verb}"
        answer = client.post(path, {"text": "x"}) if verb else client.get(path)
        assert answer.status_code == 404
    sent.refresh_from_db()
    assert sent.state == RequestState.SUBMITTED


def test_only_posts_move(sent: AccessRequest, ada: User) -> None:
    for verb in ("resume", "answer", "withdraw"):
        assert signed_in(ada).get(f"/requests/{sent.pk}/{verb}/").status_code == 405


def test_the_page_shows_parts_and_thread(sent: AccessRequest, ada: User) -> None:
    page = signed_in(ada).get(f"/requests/{sent.pk}/").content.decode()
    for words in (
        "Managed servers, POWER9",
        "1 × p9.small, debian-12-ppc64le, volume of 50 GiB",
        "Waiting for the lab",
        "Sent to the lab",
    ):
        assert words in page


def next_of(user: User, request: AccessRequest) -> str:
    """What the page says comes next."""
    page = signed_in(user).get(f"/requests/{request.pk}/").content.decode()
    return page.split('aria-label="What comes next"', 1)[1].split("</section>", 1)[0]


def test_the_page_says_when_the_lab_answers_and_who_has_it(sent: AccessRequest, ada: User, olga: User) -> None:
    said = next_of(ada, sent)
    assert moment_words(sent.submitted_at) in said
    assert f"answers by {day(business_days_after(sent.submitted_at.date(), 3))}" in said
    assert "Nobody has taken it yet." in said
    services.claim_request(request=sent, by=olga)
    assert "olga-operator is looking at it." in next_of(ada, sent)
    AccessRequest.objects.update(submitted_at=datetime(2026, 11, 6, 16, 20, tzinfo=UTC))  # a Friday
    assert 'was due by <time datetime="2026-11-11">11 November 2026</time>' in next_of(ada, sent)


def test_an_answered_question_promises_no_first_answer_again(sent: AccessRequest, ada: User, olga: User) -> None:
    services.return_request(request=sent, by=olga, question="Which branch?")
    assert "answers by" not in next_of(ada, sent)
    services.answer_request(request=sent, by=ada, text="Main.")
    assert "The lab has your answer" in next_of(ada, sent)
    assert "answers by" not in next_of(ada, sent)


def test_an_approved_request_leads_to_each_grant(sent: AccessRequest, ada: User, lab: Lab) -> None:
    PartFactory(request=sent, kind="cloud", cloud=lab.cloud, generation=lab.generations["power8"], state="declined")
    project = ProjectFactory(slug="fastcodec")
    part = sent.parts.get(kind="managed")
    sent.parts.filter(pk=part.pk).update(state="approved", granted=part.asked)
    held = AllocationFactory(project=project, part=part, phase=Phase.READY)
    AccessRequest.objects.update(state=RequestState.APPROVED, project=project)
    said = next_of(ada, sent)
    assert f'href="/projects/fastcodec/#allocation-{held.pk}"' in said
    for words in ("Managed servers, POWER9", "Ready", "ssh line", "Renew it before"):
        assert words in said
    assert "Cloud access" not in said
    for desired, phase in ((Desired.SUSPENDED, Phase.SUSPENDED), (Desired.ABSENT, Phase.RELEASED)):
        Allocation.objects.update(desired=desired, phase=phase)
        said = next_of(ada, sent)
        assert f'href="/projects/fastcodec/#allocation-{held.pk}"' in said
        assert phase.words in said
        assert "ssh line" not in said
        assert "Renew it before" not in said


@pytest.mark.parametrize(
    ("verb", "words"),
    [("decline", "Not this &lt;time&gt;."), ("withdraw", "You withdrew it.")],
)
def test_an_ended_request_says_why_and_that_one_may_ask_again(
    sent: AccessRequest, ada: User, olga: User, verb: str, words: str
) -> None:
    if verb == "decline":
        services.decline_request(request=sent, by=olga, reason="Not this <time>.")
    else:
        services.withdraw_request(request=sent, by=ada)
    said = next_of(ada, sent)
    assert words in said
    assert 'href="/ask/"' in said


def test_a_question_is_answered(sent: AccessRequest, ada: User, olga: User) -> None:
    services.return_request(request=sent, by=olga, question="Which <branch>?")
    client = signed_in(ada)
    assert "Which &lt;branch&gt;?" in client.get(f"/requests/{sent.pk}/").content.decode()
    assert client.post(f"/requests/{sent.pk}/answer/", {"text": ""}).status_code == 422
    assert client.post(f"/requests/{sent.pk}/answer/", {"text": "bidi \u202e"}).status_code == 422
    assert client.post(f"/requests/{sent.pk}/answer/", {"text": "The main one."}).status_code == 302
    sent.refresh_from_db()
    assert sent.state == RequestState.SUBMITTED
    assert Message.objects.latest("pk").text == "The main one."


def test_a_returned_request_can_be_changed_first(sent: AccessRequest, ada: User, olga: User) -> None:
    services.return_request(request=sent, by=olga, question="Who are you?")
    client = signed_in(ada)
    assert client.post(f"/requests/{sent.pk}/resume/")["Location"] == "/ask/review/"
    project = {"name": sent.name, "repository_url": sent.repository_url, "licence": "MIT", "mission": "Another."}
    assert client.post("/ask/project/", project).status_code == 302
    sent.refresh_from_db()
    assert (sent.mission, sent.state) == ("Another.", RequestState.RETURNED)
    assert f"/requests/{sent.pk}/" in client.get("/ask/review/").content.decode()


def test_a_sent_request_cannot_be_changed(sent: AccessRequest, ada: User) -> None:
    client = signed_in(ada)
    client.post(f"/requests/{sent.pk}/resume/")
    client.post("/ask/project/", {"name": "Other", "repository_url": "https://github.com/a/b", "licence": "MIT"})
    sent.refresh_from_db()
    assert sent.name != "Other"


def test_withdraw_twice_says_that_it_is_done(sent: AccessRequest, ada: User) -> None:
    client = signed_in(ada)
    assert client.post(f"/requests/{sent.pk}/withdraw/").status_code == 302
    answer = client.post(f"/requests/{sent.pk}/withdraw/")
    assert (answer.status_code, "no longer possible" in answer.content.decode()) == (409, True)


def test_the_list_takes_as_many_queries_for_many(
    lab: Lab, ada: User, django_assert_max_num_queries, django_assert_num_queries
) -> None:
    client = signed_in(ada)
    sent_by(ada, lab)
    with django_assert_max_num_queries(10) as few:
        client.get("/requests/")
    for _ in range(60):
        request = AccessRequestFactory(requester=ada)
        PartFactory(request=request, cloud=lab.cloud, generation=lab.generations["power8"])
    with django_assert_num_queries(len(few)):
        page = client.get("/requests/").content.decode()
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    with django_assert_num_queries(len(few)):
        assert client.get(f"/requests/{older}").status_code == 200


def test_one_request_stays_within_ten_queries(sent: AccessRequest, ada: User, django_assert_max_num_queries) -> None:
    client = signed_in(ada)
    with django_assert_max_num_queries(10):
        assert client.get(f"/requests/{sent.pk}/").status_code == 200


class TestTickets:
    def test_other_peoples_and_the_desks_own_are_absent(self, sent: AccessRequest, ada: User, olga: User) -> None:
        internal = TicketFactory(internal=True, title="Secret leak")
        assert signed_in(UserFactory()).get(f"/tickets/{sent.ticket.pk}/").status_code == 404
        assert signed_in(ada).get(f"/tickets/{internal.pk}/").status_code == 404
        assert "Secret leak" not in signed_in(ada).get("/tickets/?all=1").content.decode()
        assert signed_in(olga).get(f"/tickets/{internal.pk}/").status_code == 200

    def test_saying_something(self, sent: AccessRequest, ada: User) -> None:
        client, path = signed_in(ada), f"/tickets/{sent.ticket.pk}/"
        assert client.post(path, {"text": ""}).status_code == 422
        assert client.post(path, {"text": "<b>Hello</b>"})["Location"] == path
        assert "&lt;b&gt;Hello&lt;/b&gt;" in client.get(path).content.decode()

    def test_only_the_desk_moves_it_and_only_as_the_table_says(
        self, sent: AccessRequest, ada: User, olga: User
    ) -> None:
        path = f"/tickets/{sent.ticket.pk}/"
        assert "Resolved</button>" in signed_in(olga).get(path).content.decode()
        assert signed_in(olga).post(f"{path}move/", {"to": TicketState.RESOLVED}).status_code == 302
        assert signed_in(olga).post(f"{path}move/", {"to": "nonsense"}).status_code == 422
        assert signed_in(UserFactory()).post(f"{path}move/", {"to": TicketState.OPEN}).status_code == 404
        sent.ticket.refresh_from_db()
        assert sent.ticket.state == TicketState.RESOLVED

    def test_a_maintainer_writes_one_about_their_project_alone(self, ada: User, settings) -> None:
        own, other = MemberFactory(user=ada, role=MemberRole.MAINTAINER).project, ProjectFactory()
        MemberFactory(user=ada, project=ProjectFactory(name="Only a member"))
        client = signed_in(ada)
        page = client.get("/tickets/new/").content.decode()
        assert own.name in page
        assert "Only a member" not in page
        said = {"title": "Help", "text": "The disk is full.", "project": own.slug}
        assert client.post("/tickets/new/", {**said, "project": other.slug}).status_code == 422
        assert client.post("/tickets/new/", {**said, "title": "a\x00b"}).status_code == 422
        assert client.post("/tickets/new/", said).status_code == 302
        assert Ticket.objects.get().project == own

    def test_the_list_stays_within_ten_queries(self, ada: User, olga: User, django_assert_max_num_queries) -> None:
        for number in range(60):
            open_ticket(title=f"Trouble {number}", text="x")
        client = signed_in(olga)
        with django_assert_max_num_queries(10):
            assert "Trouble" in client.get("/tickets/").content.decode()


class TestMail:
    def test_one_sees_ones_own_and_the_desk_all(self, ada: User, olga: User) -> None:
        MailFactory(person=ada, subject="For Ada")
        MailFactory(subject="For somebody else")
        assert "For somebody else" not in signed_in(ada).get("/mail/").content.decode()
        page = signed_in(olga).get("/mail/").content.decode()
        assert "For Ada" in page
        assert "For somebody else" in page

    def test_pages_are_walked_by_key_and_back(self, ada: User) -> None:
        for number in range(120):
            MailFactory(person=ada, subject=f"Mail {number:03}")
        client, seen, url = signed_in(ada), [], "/mail/"
        while url:
            page = client.get(url).content.decode()
            seen += [part[:8] for part in page.split("<h2>")[1:]]
            _, found, rest = page.partition('rel="next" href="')
            url = "/mail/" + rest.split('"')[0].replace("&amp;", "&") if found else ""
        assert sorted(seen) == sorted(mail.subject for mail in Mail.objects.all())
        back = page.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")
        assert client.get(f"/mail/{back}").content.decode().count("<article") == 50

    @pytest.mark.parametrize("cursor", ["x", "%00", "W10=", "WzEsMl0=", "WyIyMDI2IiwgIlx1MDAwMCJd", "a" * 5000, "e30="])
    def test_a_cursor_that_makes_no_sense_is_the_first_page(self, ada: User, cursor: str) -> None:
        MailFactory(person=ada, subject="For Ada")
        for side in ("after", "before"):
            assert "For Ada" in signed_in(ada).get(f"/mail/?{side}={cursor}").content.decode()


def returned(ada: User, olga: User, lab: Lab, **fields: object) -> AccessRequest:
    request = sent_by(ada, lab, **fields)
    return services.return_request(request=request, by=olga, question="Which branch?")


def test_a_returned_request_cannot_take_the_name_of_another_open_one(lab: Lab, ada: User, olga: User) -> None:
    sent_by(ada, lab, name="Fastcodec")
    second = returned(ada, olga, lab, name="Slowcodec")
    client = signed_in(ada)
    client.post(f"/requests/{second.pk}/resume/")
    typed = {"name": "FASTCODEC", "repository_url": "https://github.com/example/x", "licence": "MIT"}
    answer = client.post("/ask/project/", typed)
    assert answer.status_code == 422
    assert "There is an open request for this project already" in answer.content.decode()
    second.refresh_from_db()
    assert second.name == "Slowcodec"


def test_a_request_renamed_on_the_way_belongs_to_no_earlier_project(lab: Lab, ada: User, olga: User) -> None:
    project = ProjectFactory(name="Fastcodec", owner=ada)
    request = returned(ada, olga, lab, name="Fastcodec")
    assert request.project == project
    services.save_draft(draft=request, name="Something else")
    signed_in(ada).post(f"/requests/{request.pk}/answer/", {"text": "Another project, really."})
    request.refresh_from_db()
    assert (request.state, request.project) == (RequestState.SUBMITTED, None)


def test_an_answer_under_the_name_of_somebody_elses_project_is_told(lab: Lab, ada: User, olga: User) -> None:
    request = returned(ada, olga, lab, name="Fastcodec")
    ProjectFactory(name="Slowcodec")
    services.save_draft(draft=request, name="slowcodec")
    answer = signed_in(ada).post(f"/requests/{request.pk}/answer/", {"text": "Main."})
    assert answer.status_code == 422
    assert "A project with this name exists already." in answer.content.decode()


def test_messages_are_counted(ada: User, sent: AccessRequest) -> None:
    client, url = signed_in(ada), f"/tickets/{sent.ticket.pk}/"
    answers = [client.post(url, {"text": f"Word {number}"}).status_code for number in range(61)]
    assert (set(answers[:60]), answers[60]) == ({302}, 429)
