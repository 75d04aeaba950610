"""How people sign in to the simulated Jenkins with a browser."""

from collections.abc import Iterator

import pytest
import requests

from simulators.common import serving
from simulators.jenkins.lab import PEOPLE, Lab

DOOR = "j_spring_security_check"


@pytest.fixture
def url() -> Iterator[str]:
    with serving(Lab("portal", "password-of-portal", "token-of-portal")) as url:
        yield url


def enter(url: str, login: str, **more: str) -> requests.Session:
    browser = requests.Session()
    browser.answer = browser.post(f"{url}/{DOOR}", {"j_username": login, **more}, allow_redirects=False, timeout=60)
    return browser


def who(url: str, browser: requests.Session) -> str:
    answer = browser.get(f"{url}/me/api/json", timeout=60)
    return answer.json()["id"] if answer.ok else str(answer.status_code)


def test_the_page_offers_those_without_a_password_and_leads_on(url: str) -> None:
    page = requests.get(f"{url}/login", {"from": '/job/A/"><b>'}, timeout=60).text
    assert [f'value="{login}"' in page for login in PEOPLE] == [True] * len(PEOPLE)
    assert "portal" not in page
    assert 'value="/job/A/&quot;&gt;&lt;b&gt;"' in page


def test_who_was_chosen_is_signed_in_until_he_leaves_or_jenkins_restarts(url: str) -> None:
    browser = enter(url, "ada-porter", **{"from": "/job/A/"})
    assert browser.answer.status_code == 302
    assert browser.answer.headers["Location"] == "/job/A/"
    assert who(url, browser) == "ada-porter"
    assert browser.get(f"{url}/logout", allow_redirects=False, timeout=60).headers["Location"] == "/login"
    assert who(url, browser) == "403"
    browser = enter(url, "ada-porter")
    requests.post(f"{url}/_sim/restart", json={}, timeout=60)
    assert who(url, browser) == "403"


@pytest.mark.parametrize("login", ["portal", "nobody", ""])
def test_nobody_else_gets_in(url: str, login: str) -> None:
    browser = enter(url, login)
    assert browser.answer.status_code == 401
    assert who(url, browser) == "403"


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_the_way_on_leads_nowhere_else(url: str, target: str) -> None:
    assert enter(url, "ada-porter", **{"from": target}).answer.headers["Location"] == "/"


def test_a_session_by_password_signs_nobody_in(url: str) -> None:
    browser = requests.Session()
    browser.get(f"{url}/crumbIssuer/api/json", auth=("portal", "password-of-portal"), timeout=60)
    assert browser.cookies
    assert who(url, browser) == "403"


def test_a_browser_needs_the_crumb_of_its_session_in_header_or_field(url: str) -> None:
    browser = enter(url, "dana-director")
    crumb = browser.get(f"{url}/crumbIssuer/api/json", timeout=60).json()["crumb"]
    other = enter(url, "dana-director").get(f"{url}/crumbIssuer/api/json", timeout=60).json()["crumb"]

    def measure(**more: dict[str, str]) -> int:
        return browser.post(f"{url}/computer/updateNow", allow_redirects=False, timeout=60, **more).status_code

    assert measure() == 403
    assert measure(data={"Jenkins-Crumb": other}) == 403
    assert measure(data={"Jenkins-Crumb": crumb}) == 302
    assert measure(headers={"Jenkins-Crumb": crumb}) == 302
