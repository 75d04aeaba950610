"""Sign-in against the simulated GitHub: who one is, what is kept, how it ends."""

import time
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from social_django.models import UserSocialAuth

from portal.signin.tidy import forget_old_sign_ins
from projects.models import Event, Member, Project, User
from projects.services.hooks import members_changed
from projects.services.lookups import ask_login, record_answer
from projects.states import LookupState
from provisioning.desired import builders
from tests.factories import AllocationFactory
from tests.simulated import Simulated
from tests.web.browser_by_hand import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_the_simulator(settings, github: Simulated) -> None:
    settings.GITHUB_URL = github.url
    settings.GITHUB_API_URL = f"{github.url}/api/v3"
    settings.SOCIAL_AUTH_GITHUB_KEY = settings.SOCIAL_AUTH_GITHUB_SECRET = "demo"
    settings.PORTAL_OPERATORS, settings.PORTAL_STAFF = {4301: "olga-operator"}, {4401: "dana-director"}


@pytest.fixture
def browser() -> Iterator[Browser]:
    return Browser()


def rename(github: Simulated, login: str, new: str) -> None:
    github.control("POST", f"accounts/{login}/rename", {"login": new})


def test_signing_in_makes_a_person_known_by_number(browser: Browser) -> None:
    answer = browser.sign_in("ada-porter")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user = User.objects.get()
    assert browser.user_id == user.pk
    assert (user.github_id, user.github_login, user.email) == (4101, "ada-porter", "ada-porter@example.org")
    assert not user.has_usable_password()


def test_the_way_to_github_carries_pkce_state_and_one_scope(browser: Browser, github: Simulated) -> None:
    consent = browser.begin()
    query = parse_qs(urlsplit(consent).query)
    assert consent.startswith(f"{github.url}/login/oauth/authorize?")
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) == 43
    assert len(query["state"][0]) == 32
    assert query["scope"] == ["user:email"]


def test_no_token_is_kept(browser: Browser) -> None:
    browser.sign_in("ada-porter")
    row = UserSocialAuth.objects.get()
    assert (row.provider, row.uid, row.extra_data) == ("github", "4101", {})
    assert "gho_" not in str(dict(browser.client.session))


def test_signing_in_again_is_the_same_person(browser: Browser) -> None:
    browser.sign_in("ada-porter")
    Browser().sign_in("ada-porter")
    assert User.objects.count() == UserSocialAuth.objects.count() == 1
    assert not Event.objects.exists()


def test_a_person_who_was_added_by_number_is_found(browser: Browser) -> None:
    known = User.objects.create_user("invited", github_id=4101)
    browser.sign_in("ada-porter")
    assert browser.user_id == known.pk
    assert User.objects.get().github_login == "ada-porter"


def test_the_session_gets_another_key(browser: Browser) -> None:
    browser.begin()
    before = browser.client.session.session_key
    browser.sign_in("ada-porter")
    assert browser.client.session.session_key != before


def test_what_a_visitor_had_in_the_session_comes_along(browser: Browser) -> None:
    session = browser.client.session
    session["draft"] = "words"
    session.save()
    browser.client.cookies["portico_session"] = session.session_key
    browser.sign_in("ada-porter")
    assert browser.client.session["draft"] == "words"


def test_one_goes_on_where_one_wanted_to_go(browser: Browser) -> None:
    assert browser.sign_in("ada-porter", "/requests/new/")["Location"] == "/requests/new/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_one_never_goes_on_to_another_site(browser: Browser, target: str) -> None:
    assert browser.sign_in("ada-porter", target)["Location"] == "/"


def test_a_renamed_login_is_the_same_person_and_is_recorded(browser: Browser, github: Simulated) -> None:
    browser.sign_in("ada-porter")
    rename(github, "ada-porter", "ada-moved")
    Browser().sign_in("ada-moved")
    user = User.objects.get()
    assert (user.github_id, user.github_login) == (4101, "ada-moved")
    event = Event.objects.get()
    assert (event.verb, event.actor_id) == ("account.renamed", 4101)
    assert "ada" not in f"{event.text}{event.facts}"  # it can never be changed, and the account may be erased


def test_a_login_that_somebody_else_has_now_leads_to_nobody_else(browser: Browser, github: Simulated) -> None:
    browser.sign_in("ada-porter")
    ada = browser.user_id
    rename(github, "ada-porter", "ada-moved")
    rename(github, "eve-outsider", "ada-porter")
    eve = Browser()
    eve.sign_in("ada-porter")
    assert eve.user_id != ada
    assert dict(User.objects.values_list("github_id", "github_login")) == {4101: "", 4201: "ada-porter"}


def test_a_membership_that_waits_for_a_number_waits_no_longer(browser: Browser) -> None:
    project = Project.objects.create(name="Fast codec", slug="fast-codec")
    waiting = Member.objects.create(project=project, github_login="Ada-Porter")
    browser.sign_in("ada-porter")
    waiting.refresh_from_db()
    assert waiting.github_id == 4101


def test_memberships_show_the_login_of_today(browser: Browser, github: Simulated) -> None:
    browser.sign_in("ada-porter")
    first, second = (Project.objects.create(name=name, slug=name) for name in ("one", "two"))
    for project in (first, second):
        Member.objects.create(project=project, github_login="ada-porter", github_id=4101)
    Member.objects.create(project=first, github_login="ada-moved")  # added once more, under the new login
    Member.objects.create(project=second, github_login="ada-moved", github_id=9)
    rename(github, "ada-porter", "ada-moved")
    browser.sign_in("ada-moved")
    labels = {(member.project.name, member.github_id): member.github_login for member in Member.objects.all()}
    assert labels == {("one", 4101): "ada-moved", ("two", 4101): "ada-moved", ("two", 9): "GitHub number 9"}


def test_who_takes_a_login_is_let_in_nowhere_by_it(
    browser: Browser, github: Simulated, django_capture_on_commit_callbacks
) -> None:
    """Jenkins knows people by login: who had it before is left out there until GitHub tells the new one."""
    ci, woken = AllocationFactory(), []
    Member.objects.create(project=ci.project, github_login="Ada-Porter", github_id=4101)
    asked = ask_login("ada-porter")
    record_answer(lookup=asked, state=LookupState.FOUND, now=timezone.now(), answer={"id": 4101})
    rename(github, "ada-porter", "ada-moved")
    rename(github, "eve-outsider", "ada-porter")

    def hook(*, project_id: int) -> None:
        woken.append(project_id)

    members_changed.register(hook)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            browser.sign_in("ada-porter")
    finally:
        members_changed.forget(hook)
    assert (builders(ci), woken) == ((), [ci.project_id])
    assert ask_login("ada-porter").status is LookupState.ASKED, "what GitHub said of the login before holds no more"
    Browser().sign_in("ada-moved")
    assert builders(ci) == (("ada-moved", 4101),)


def test_what_a_look_up_says_of_a_login_counts_the_same() -> None:
    ci = AllocationFactory()
    Member.objects.create(project=ci.project, github_login="ada-porter", github_id=4101)
    asked = ask_login("ada-porter")
    record_answer(lookup=asked, state=LookupState.FOUND, now=timezone.now(), answer={"id": 4101})
    assert builders(ci) == (("ada-porter", 4101),)
    record_answer(lookup=asked, state=LookupState.FOUND, now=timezone.now(), answer={"id": 4201})
    assert builders(ci) == ()


def test_who_was_renamed_is_let_in_elsewhere_by_the_new_login_at_once(
    browser: Browser, github: Simulated, django_capture_on_commit_callbacks
) -> None:
    """Jenkins knows people by login, and whoever takes the old one must not be let in."""
    browser.sign_in("ada-porter")
    project, woken = Project.objects.create(name="one", slug="one"), []
    Member.objects.create(project=project, github_login="ada-porter", github_id=4101)

    def hook(*, project_id: int) -> None:
        woken.append(project_id)

    members_changed.register(hook)
    try:
        rename(github, "ada-porter", "ada-moved")
        with django_capture_on_commit_callbacks(execute=True):
            browser.sign_in("ada-moved")
    finally:
        members_changed.forget(hook)
    assert woken == [project.pk]


@pytest.mark.parametrize(
    ("case", "email"),
    [
        ("email_unverified", ""),
        ("email_second_verified", "second.ada-porter@example.org"),
        ("email_private", ""),
        ("fewer_scopes", ""),
    ],
)
def test_only_a_verified_address_is_kept(browser: Browser, github: Simulated, case: str, email: str) -> None:
    github.control("POST", "case", {"case": case})
    browser.sign_in("ada-porter")
    assert browser.user_id
    assert User.objects.get().email == email


def test_an_address_that_is_no_longer_verified_goes(browser: Browser, github: Simulated) -> None:
    browser.sign_in("ada-porter")
    github.control("POST", "case", {"case": "email_unverified"})
    Browser().sign_in("ada-porter")
    assert User.objects.get().email == ""


def test_a_hidden_list_says_nothing_about_the_address(browser: Browser, github: Simulated) -> None:
    browser.sign_in("ada-porter")
    github.control("POST", "case", {"case": "email_private"})
    Browser().sign_in("ada-porter")
    assert User.objects.get().email == "ada-porter@example.org"


def test_the_same_address_joins_no_accounts(browser: Browser, github: Simulated) -> None:
    browser.sign_in("ada-porter")
    emails = [{"email": "ada-porter@example.org", "primary": True, "verified": True}]
    github.control("POST", "accounts/eve-outsider/emails", {"emails": emails})
    eve = Browser()
    eve.sign_in("eve-outsider")
    assert eve.user_id != browser.user_id
    assert User.objects.count() == 2


def test_signing_in_as_somebody_else_changes_the_owner_of_the_session(browser: Browser) -> None:
    browser.sign_in("ada-porter")
    ada = browser.user_id
    session = browser.client.session
    session["draft"] = "of Ada"
    session.save()
    browser.sign_in("ben-builder")
    assert browser.user_id not in (None, ada)
    assert "draft" not in browser.client.session
    assert list(UserSocialAuth.objects.order_by("uid").values_list("uid", "user__github_id")) == [
        ("4101", 4101),
        ("4102", 4102),
    ]


def test_signing_out_ends_the_login_by_post_only(browser: Browser) -> None:
    browser.sign_in("ada-porter")
    assert browser.client.get("/sign-out/").status_code == 405
    assert browser.user_id
    assert browser.client.post("/sign-out/").status_code == 302
    assert browser.user_id is None


def test_signing_in_begins_by_post_only(browser: Browser) -> None:
    assert browser.client.get("/login/github/").status_code == 405


@pytest.mark.parametrize("path", ["/login/github/", "/sign-out/"])
def test_a_post_from_another_site_is_refused(path: str) -> None:
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403


@pytest.mark.parametrize("path", ["/login/gitlab/", "/disconnect/github/"])
def test_nothing_else_of_social_auth_is_served(browser: Browser, path: str) -> None:
    assert browser.client.post(path).status_code == 404


def test_the_page_offers_a_form_and_says_what_is_kept(browser: Browser) -> None:
    page = browser.client.get("/sign-in/", {"next": "/requests/new/"})
    assert page.status_code == 200
    assert 'action="/login/github/"' in page.text
    assert 'value="/requests/new/"' in page.text
    assert "evil" not in browser.client.get("/sign-in/", {"next": "//evil.example"}).text


def test_somebody_signed_in_needs_no_page(browser: Browser) -> None:
    browser.sign_in("ada-porter")
    assert browser.client.get("/sign-in/")["Location"] == "/"


def test_the_login_ends_by_itself(browser: Browser, settings) -> None:
    browser.sign_in("ada-porter")
    assert browser.client.session.get_expiry_age() == settings.SESSION_COOKIE_AGE == 12 * 3600


def test_a_closed_account_is_out_at_once(browser: Browser) -> None:
    browser.sign_in("ada-porter")
    User.objects.update(is_active=False)
    assert browser.client.get("/sign-in/").status_code == 200


def test_an_erased_account_begins_anew_under_its_number(browser: Browser, django_user_model) -> None:
    browser.sign_in("ada-porter")
    first = browser.user_id
    User.objects.update(is_active=False, erased_at="2026-01-01T00:00:00Z", email="", github_login="")
    browser.sign_in("ada-porter")
    user = User.objects.get()
    assert (user.pk, user.is_active, user.erased_at, user.github_login) == (first, True, None, "ada-porter")


@pytest.mark.parametrize(("login", "stays"), [("olga-operator", False), ("dana-director", False), ("ada-porter", True)])
def test_a_role_that_is_taken_away_ends_the_login(browser: Browser, settings, login: str, stays: bool) -> None:
    browser.sign_in(login)
    settings.PORTAL_OPERATORS, settings.PORTAL_STAFF = {}, {}
    answer = browser.client.get("/sign-in/")
    assert answer["Location"] == ("/" if stays else "/sign-in/")
    assert bool(browser.user_id) is stays


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(browser: Browser, settings) -> None:
    browser.sign_in("olga-operator")
    settings.PORTAL_OPERATORS = {}
    answer = browser.client.get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/sign-in/?next=%2F")


def test_staff_who_become_operators_sign_in_again(browser: Browser, settings) -> None:
    browser.sign_in("dana-director")
    settings.PORTAL_OPERATORS, settings.PORTAL_STAFF = {4401: "dana-director"}, {}
    browser.client.get("/sign-in/")
    assert browser.user_id is None


def test_an_operator_who_becomes_staff_stays(browser: Browser, settings) -> None:
    browser.sign_in("olga-operator")
    settings.PORTAL_STAFF = {4301: "olga-operator"}
    browser.client.get("/sign-in/")
    assert browser.user_id


def test_the_simulator_was_spoken_to_as_github_is(browser: Browser, github: Simulated) -> None:
    browser.sign_in("ada-porter")
    assert github.calls()["totals"] == {
        "GET /login/oauth/authorize": 1,
        "POST /login/oauth/authorize": 1,
        "POST /login/oauth/access_token": 1,
        "GET /api/v3/user": 1,
        "GET /api/v3/user/emails": 1,
    }
    assert requests.get(f"{github.url}/_sim/health", timeout=5).json()["name"] == "github"


def test_what_sign_ins_leave_behind_goes(browser: Browser) -> None:
    browser.sign_in("ada-porter")
    Browser().begin()
    Session.objects.create(session_key="ended", expire_date=timezone.now() - timedelta(seconds=1))
    assert forget_old_sign_ins(time.time()) == 0
    assert forget_old_sign_ins(time.time() + 1802) == 1
    assert not Session.objects.filter(pk="ended").exists()
    assert browser.user_id


@pytest.mark.parametrize(
    ("method", "headers", "sent_to"),
    [
        ("get", {"HX-Request": "true", "HX-Current-URL": "http://testserver/account/?a=1"}, "/account/?a=1"),
        ("get", {"HX-Request": "true", "HX-Current-URL": "https://evil.example/account/"}, "/"),
        ("get", {"HX-Request": "true"}, "/"),
        ("post", {"Referer": "http://testserver/account/"}, "/account/"),
        ("post", {"Referer": "https://evil.example/"}, "/"),
        ("post", {}, "/"),
    ],
)
def test_who_was_signed_out_comes_back_to_a_page(method: str, headers: dict[str, str], sent_to: str) -> None:
    answer = getattr(Client(), method)("/account/keys/" if method == "post" else "/account/", headers=headers)
    target = answer["HX-Redirect"] if "HX-Request" in headers else answer["Location"]
    assert parse_qs(urlsplit(target).query)["next"] == [sent_to]


def test_what_was_not_sent_is_told_at_sign_in() -> None:
    client = Client()
    answer = client.post(
        "/account/keys/", {"text": "x"}, headers={"Referer": "http://testserver/account/"}, follow=True
    )
    assert "Sign in and send it again" in answer.content.decode()
