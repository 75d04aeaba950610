"""The simulated GitHub's sign-in: page, code, token, and each way of refusing."""

from html.parser import HTMLParser
from urllib.parse import parse_qs

import pytest
import requests

from simulators.common import serving
from simulators.github.app import GitHub
from simulators.github.demo import ACCOUNTS
from tests.simulators.github.site import APP, CALLBACK, Site, challenge_of, query_of

VERIFIER = "v" * 43


class Buttons(HTMLParser):
    """The values of a page's buttons."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "button":
            self.values.append(dict(attrs)["value"] or "")


def test_the_page_offers_every_account_and_a_refusal(site: Site) -> None:
    page = site.begin()
    assert page.status_code == 200
    assert Buttons(page.text).values == [one["login"] for one in ACCOUNTS] + [""]
    assert 'lang="en"' in page.text
    assert "127.0.0.1:1" in page.text


def test_the_page_is_shown_again_to_somebody_who_signed_in_before(site: Site) -> None:
    site.token("ada-porter")
    assert site.begin().status_code == 200


def test_what_is_asked_is_shown_harmless(site: Site) -> None:
    page = site.begin(state='"><script>alert(1)</script>')
    assert "<script>" not in page.text


def test_a_choice_becomes_a_code_and_a_token(site: Site) -> None:
    came = site.choose("ada-porter")
    assert came["state"] == "s-1"
    answer = site.exchange(came["code"])
    assert answer.status_code == 200
    assert answer.json()["scope"] == "user:email"
    assert answer.json()["token_type"] == "bearer"
    me = site.api("/user", answer.json()["access_token"]).json()
    assert (me["login"], me["id"], me["email"]) == ("ada-porter", 4101, None)


def test_the_token_comes_as_a_form_where_json_is_not_accepted(site: Site) -> None:
    form = APP | {"code": site.choose("ada-porter")["code"]}
    answer = requests.post(f"{site.url}/login/oauth/access_token", form, timeout=5)
    assert answer.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert parse_qs(answer.text)["access_token"][0].startswith("gho_")


def test_a_refusal_comes_back_as_access_denied(site: Site) -> None:
    came = site.choose("")
    assert (came["error"], came["state"]) == ("access_denied", "s-1")


def test_a_code_is_good_once(site: Site) -> None:
    code = site.choose("ada-porter")["code"]
    assert "access_token" in site.exchange(code).json()
    again = site.exchange(code)
    assert (again.status_code, again.json()["error"]) == (200, "bad_verification_code")


@pytest.mark.parametrize(("seconds", "key"), [(590, "access_token"), (610, "error")])
def test_a_code_is_good_for_ten_minutes(site: Site, seconds: int, key: str) -> None:
    code = site.choose("ada-porter")["code"]
    site.sim("time", seconds=seconds)
    assert key in site.exchange(code).json()


@pytest.mark.parametrize(("verifier", "key"), [(VERIFIER, "access_token"), ("w" * 43, "error"), ("", "error")])
def test_the_verifier_must_fit_the_challenge(site: Site, verifier: str, key: str) -> None:
    pkce = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}
    code = site.choose("ada-porter", **pkce)["code"]
    assert key in site.exchange(code, code_verifier=verifier).json()


def test_a_plain_challenge_is_refused(site: Site) -> None:
    assert site.begin(code_challenge=VERIFIER, code_challenge_method="plain").status_code == 400


def test_a_wrong_secret_is_refused_and_the_code_stays(site: Site) -> None:
    code = site.choose("ada-porter")["code"]
    assert site.exchange(code, client_secret="wrong").json()["error"] == "incorrect_client_credentials"
    assert "access_token" in site.exchange(code).json()


def test_another_redirect_uri_at_the_exchange_is_refused(site: Site) -> None:
    code = site.choose("ada-porter")["code"]
    assert site.exchange(code, redirect_uri="http://127.0.0.1:2/").json()["error"] == "redirect_uri_mismatch"


def test_an_unknown_application_gets_a_404(site: Site) -> None:
    assert site.begin(client_id="somebody-else").status_code == 404


def test_another_callback_goes_back_to_the_registered_one(site: Site) -> None:
    answer = site.begin(redirect_uri="http://127.0.0.1:1/elsewhere/")
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    assert query_of(answer)["error"] == "redirect_uri_mismatch"


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/complete/"])
def test_only_a_complete_web_address_is_gone_back_to(target: str) -> None:
    with serving(GitHub()) as url:
        assert Site(url).begin(redirect_uri=target).status_code == 400


@pytest.mark.parametrize("case", ["application_suspended", "redirect_uri_mismatch"])
def test_cases_at_the_page(site: Site, case: str) -> None:
    site.sim("case", case=case)
    came = query_of(site.begin())
    assert (came["error"], came["state"]) == (case, "s-1")


@pytest.mark.parametrize("case", ["bad_verification_code", "incorrect_client_credentials", "unverified_user_email"])
def test_cases_at_the_exchange_are_a_200_with_an_error(site: Site, case: str) -> None:
    site.sim("case", case=case)
    answer = site.exchange(site.choose("ada-porter")["code"])
    assert (answer.status_code, answer.json()["error"]) == (200, case)


def test_a_case_ends_by_itself_after_so_many_times(site: Site) -> None:
    site.sim("case", case="bad_verification_code", times=1)
    code = site.choose("ada-porter")["code"]
    assert "error" in site.exchange(code).json()
    assert "access_token" in site.exchange(code).json()


def test_an_unknown_case_is_refused_with_the_list(site: Site) -> None:
    answer = site.sim("case", case="typo")
    assert answer.status_code == 400
    assert "rate_limited" in answer.json()["error"]


def test_fewer_scopes_hide_the_addresses(site: Site) -> None:
    site.sim("case", case="fewer_scopes")
    token = site.token("ada-porter")
    assert site.api("/user", token).headers["X-OAuth-Scopes"] == ""
    assert site.api("/user/emails", token).status_code == 404


def test_reset_brings_the_first_state_back(site: Site) -> None:
    token = site.token("ada-porter")
    site.sim("case", case="bad_credentials")
    site.sim("accounts/ada-porter/rename", login="ada-moved")
    site.sim("reset")
    assert site.api("/users/ada-porter").status_code == 200
    assert site.api("/user", token).status_code == 401
