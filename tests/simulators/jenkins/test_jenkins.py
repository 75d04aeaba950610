"""The simulated Jenkins refuses and answers as the real one does."""

from collections.abc import Iterator

import pytest
import requests

from simulators.common import serving
from simulators.jenkins.app import Jenkins
from tests.simulated import Simulated

TOKEN, PASSWORD = ("portal", "made-up-token"), ("portal", "made-up-password")


@pytest.fixture
def url() -> Iterator[str]:
    with serving(Jenkins("portal", PASSWORD[1], TOKEN[1])) as address:
        yield address


def get(url: str, auth: tuple[str, str] | None = None, **headers: str) -> requests.Response:
    return requests.get(url, auth=auth, headers=headers, timeout=60)


@pytest.mark.parametrize("auth", [TOKEN, PASSWORD])
def test_right_credentials_see_the_overview(url: str, auth: tuple[str, str]) -> None:
    answer = get(f"{url}/api/json", auth)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
    assert answer.json()["_class"] == "hudson.model.Hudson"
    assert get(f"{url}/me/api/json", auth).json()["id"] == "portal"


@pytest.mark.parametrize("path", ["/api/json", "/login", "/absent"])
def test_wrong_credentials_are_401_everywhere(url: str, path: str) -> None:
    answer = get(url + path, ("portal", "wrong"))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Jenkins"'


@pytest.mark.parametrize("header", ["Basic %%%", "Basic cG9ydGFs", "Bearer x"])
def test_malformed_credentials_are_401(url: str, header: str) -> None:
    assert get(f"{url}/api/json", Authorization=header).status_code == 401


def test_no_credentials_are_403_with_the_version(url: str) -> None:
    answer = get(f"{url}/api/json")
    assert answer.status_code == 403
    assert answer.headers["X-Jenkins"] == "2.579"
    assert answer.headers["X-You-Are-Authenticated-As"] == "anonymous"
    assert "WWW-Authenticate" not in answer.headers
    assert "/login?from=%2Fapi%2Fjson" in answer.text


def test_the_login_page_is_open(url: str) -> None:
    assert get(f"{url}/login").status_code == 200


def test_what_is_absent_is_404_in_html(url: str) -> None:
    answer = get(f"{url}/computer/none/api/json", TOKEN)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def crumb_of(session: requests.Session, url: str) -> dict[str, str]:
    body = session.get(f"{url}/crumbIssuer/api/json", auth=PASSWORD, timeout=60).json()
    return {body["crumbRequestField"]: body["crumb"]}


def test_a_password_needs_the_crumb_of_its_session(url: str) -> None:
    with requests.Session() as mine, requests.Session() as other:
        crumb, foreign = crumb_of(mine, url), crumb_of(other, url)
        # nothing is there to post to yet: past the crumb it is 405
        statuses = [
            mine.post(f"{url}/api/json", auth=PASSWORD, headers=sent, timeout=60).status_code
            for sent in ({}, foreign, crumb)
        ]
    assert statuses == [403, 403, 405]


def test_a_token_needs_no_crumb(url: str) -> None:
    assert requests.post(f"{url}/api/json", auth=TOKEN, timeout=60).status_code == 405


def test_it_runs_as_a_process(jenkins: Simulated) -> None:
    assert get(f"{jenkins.url}/api/json", ("portico", "demo-token")).status_code == 200
    assert jenkins.calls()["totals"] == {"GET /api/json": 1}
