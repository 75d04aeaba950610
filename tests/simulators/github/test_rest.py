"""The simulated GitHub's REST calls."""

import http.client
import re
from urllib.parse import urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from simulators.common import serving
from simulators.github.app import GitHub
from simulators.github.demo import ACCOUNTS
from tests.simulators.github.site import Site


def test_addresses_are_for_tokens_that_may_read_them(site: Site) -> None:
    token = site.token("ada-porter")
    assert site.api("/user/emails", token).json()[0] == {
        "email": "ada-porter@example.org",
        "primary": True,
        "verified": True,
        "visibility": "private",
    }
    assert site.api("/user/emails", site.token("ada-porter", scope="")).status_code == 404
    assert site.api("/user/emails").status_code == 401


@pytest.mark.parametrize(
    ("case", "verified"),
    [("none", [True]), ("email_unverified", [False]), ("email_second_verified", [False, True])],
)
def test_which_addresses_are_verified(site: Site, case: str, verified: list[bool]) -> None:
    token = site.token("ada-porter")
    site.sim("case", case=case)
    emails = site.api("/user/emails", token).json()
    assert [one["verified"] for one in emails] == verified
    assert emails[0]["primary"] is True


def test_a_renamed_account_keeps_its_number_and_its_token(site: Site) -> None:
    token = site.token("ada-porter")
    assert site.sim("accounts/ada-porter/rename", login="ada-moved").json()["id"] == 4101
    me = site.api("/user", token).json()
    assert (me["login"], me["id"]) == ("ada-moved", 4101)
    assert site.api("/users/ada-porter").status_code == 404
    assert site.api("/repos/ada-moved/fastcodec").status_code == 200


def test_a_taken_login_cannot_be_taken_again(site: Site) -> None:
    assert site.sim("accounts/ada-porter/rename", login="Ben-Builder").status_code == 409
    assert site.sim("accounts/nobody/rename", login="x").status_code == 404
    assert site.sim("accounts", login="ada-porter").status_code == 409


def test_an_added_account_can_sign_in(site: Site) -> None:
    number = site.sim("accounts", login="newcomer", id=900).json()["id"]
    assert number == 900
    assert site.api("/user", site.token("newcomer")).json()["id"] == 900


def test_keys_come_as_text_and_as_json(site: Site) -> None:
    text = requests.get(f"{site.url}/ada-porter.keys", timeout=60)
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    rows = site.api("/users/ada-porter/keys").json()
    assert text.text.splitlines() == [row["key"] for row in rows]
    assert len({row["id"] for row in rows}) == 2
    assert requests.get(f"{site.url}/eve-outsider.keys", timeout=60).text == ""
    assert requests.get(f"{site.url}/nobody.keys", timeout=60).status_code == 404


def test_every_key_is_a_real_public_key() -> None:
    keys = [row["key"] for one in ACCOUNTS for row in one["keys"]]
    assert all(load_ssh_public_key(key.encode()) for key in keys)
    assert len(set(keys)) == len(keys) == 6


@pytest.mark.parametrize(
    ("name", "licence", "archived"),
    [
        ("ada-porter/fastcodec", "Apache-2.0", False),
        ("ada-porter/old-decoder", "MIT", True),
        ("ben-builder/mixed-terms", "NOASSERTION", False),
        ("ben-builder/scratchpad", None, False),
    ],
)
def test_repositories(site: Site, name: str, licence: str | None, archived: bool) -> None:
    facts = site.api(f"/repos/{name}").json()
    assert facts["full_name"] == name
    assert (facts["license"] or {}).get("spdx_id") == licence
    assert facts["archived"] is archived
    assert facts["owner"]["login"] == name.split("/", maxsplit=1)[0]


@pytest.mark.parametrize(("name", "status"), [("ada-porter/absent", 404), ("eve-outsider/taken-down", 451)])
def test_absent_and_blocked_repositories(site: Site, name: str, status: int) -> None:
    answer = site.api(f"/repos/{name}")
    assert answer.status_code == status
    assert answer.json()["status"] == str(status)


def test_a_renamed_repository_moves_to_its_number(site: Site) -> None:
    moved = site.api("/repos/ada-porter/quickcodec")
    assert moved.status_code == 301
    assert urlsplit(moved.headers["Location"]).path == "/api/v3/repositories/7001"
    assert requests.get(moved.headers["Location"], timeout=60).json()["full_name"] == "ada-porter/fastcodec"


def test_an_unchanged_answer_costs_nothing(site: Site) -> None:
    first = site.api("/repos/ada-porter/fastcodec")
    again = site.api("/repos/ada-porter/fastcodec", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"] == "59"


def test_an_address_without_a_token_has_a_small_budget_that_comes_back() -> None:
    with serving(GitHub(hourly=2)) as url:
        site = Site(url)
        left = [site.api("/users/ada-porter").headers["x-ratelimit-remaining"] for _ in range(2)]
        assert left == ["1", "0"]
        refused = site.api("/users/ada-porter")
        assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (403, "0")
        assert re.search("rate limit exceeded", refused.json()["message"])
        assert site.api("/user", site.token("ada-porter")).headers["x-ratelimit-limit"] == "5000"
        site.sim("time", seconds=3601)
        assert site.api("/users/ada-porter").status_code == 200


@pytest.mark.parametrize(
    ("case", "status", "header"),
    [
        ("bad_credentials", 401, ""),
        ("rate_limited", 403, "x-ratelimit-reset"),
        ("rate_limited_429", 429, "x-ratelimit-reset"),
        ("secondary_rate_limited", 403, "retry-after"),
    ],
)
def test_cases_at_the_calls(site: Site, case: str, status: int, header: str) -> None:
    token = site.token("ada-porter")
    site.sim("case", case=case)
    answer = site.api("/user", token)
    assert answer.status_code == status
    assert answer.json()["documentation_url"]
    assert header in {"", *map(str.lower, answer.headers)}
    if case.startswith("rate"):
        assert answer.headers["x-ratelimit-remaining"] == "0"


@pytest.mark.parametrize(("case", "status"), [("server_error", 502), ("not_json", 200)])
def test_html_where_json_was_expected(site: Site, case: str, status: int) -> None:
    token = site.token("ada-porter")
    site.sim("case", case=case)
    answer = site.api("/user", token)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_revoked_token_is_bad_credentials(site: Site) -> None:
    token = site.token("ada-porter")
    assert site.sim("accounts/ada-porter/revoke").json() == {"revoked": 1}
    answer = site.api("/user", token)
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_a_call_without_a_user_agent_is_forbidden(site: Site) -> None:
    link = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=60)
    link.request("GET", "/api/v3/users/ada-porter")
    assert link.getresponse().status == 403
    link.close()


def test_calls_answer_at_the_root_too(site: Site) -> None:
    assert requests.get(f"{site.url}/users/ada-porter", timeout=60).json()["id"] == 4101
