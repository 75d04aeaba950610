"""The simulated Jenkins lets in whom it knows, and refuses in the ways of the real one."""

import jenkins
import pytest
import requests

from tests.simulated import Simulated
from tests.simulators.jenkins.ci import Ci, Person

PASSWORD = ("portal", "password-of-portal")
OTHER_HOST = "http://localhost:{}"


def get(url: str, auth: tuple[str, str] | None = None, **headers: str) -> requests.Response:
    return requests.get(url, auth=auth, headers=headers, timeout=60)


def by_password(ci: Ci) -> jenkins.Jenkins:
    return jenkins.Jenkins(ci.url, *PASSWORD, timeout=60)


@pytest.mark.parametrize("path", ["/api/json", "/login", "/absent", "/jnlpJars/agent.jar", "/computer/none/config.xml"])
def test_f01_a_wrong_token_is_401_everywhere(ci: Ci, path: str) -> None:
    answer = get(ci.url + path, ("portal", "wrong"))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Jenkins"'


@pytest.mark.parametrize("header", ["Basic %%%", "Basic cG9ydGFs", "Bearer x"])
def test_f01_malformed_credentials_are_401(ci: Ci, header: str) -> None:
    assert get(f"{ci.url}/api/json", Authorization=header).status_code == 401


def test_f01_one_users_token_is_not_anothers(ci: Ci) -> None:
    assert get(f"{ci.url}/api/json", ("octocat", "token-of-mallory")).status_code == 401
    ci.sim("users", {"login": "octocat", "gone": True})
    assert ci.octocat.get("/api/json").status_code == 401


def test_f02_no_credentials_are_403_with_the_version(ci: Ci) -> None:
    answer = get(f"{ci.url}/api/json")
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["X-Jenkins"] == "2.579"
    assert answer.headers["X-You-Are-Authenticated-As"] == "anonymous"
    assert answer.headers["X-Required-Permission"] == "hudson.model.Hudson.Read"
    assert "WWW-Authenticate" not in answer.headers
    assert "/login?from=%2Fapi%2Fjson" in answer.text


@pytest.mark.parametrize("path", ["/login", "/jnlpJars/agent.jar"])
def test_f02_what_agents_and_people_need_first_is_open(ci: Ci, path: str) -> None:
    assert get(ci.url + path).status_code == 200


def test_f02_a_jenkins_that_is_open_shows_itself(ci: Ci) -> None:
    ci.sim("permissions", {"lines": ["USER:hudson.model.Hudson.Read:anonymous"]})
    assert get(f"{ci.url}/api/json").status_code == 200
    # what anonymous has, everybody has
    assert ci.mallory.get("/api/json").status_code == 200


def test_f03_the_version_is_told_after_the_first_call_by_name(ci: Ci) -> None:
    client = jenkins.Jenkins(ci.url, "portal", "token-of-portal", timeout=60)
    with pytest.raises(jenkins.BadHTTPException):
        client.get_version()
    assert client.get_whoami()["id"] == "portal"
    assert client.get_version() == "2.579"


def test_f04_making_an_agent_needs_agent_create(ci: Ci) -> None:
    answer = ci.mallory.post("/computer/doCreateItem", {"name": "x", "json": "{}"})
    assert answer.status_code == 403
    assert "mallory is missing the Agent/Create permission" in answer.text
    assert answer.headers["X-You-Are-Authenticated-As"] == "mallory"
    assert answer.headers["X-Required-Permission"] == "hudson.model.Computer.Create"
    assert "hudson.model.Hudson.Administer" in answer.headers["X-Permission-Implied-By"]


def test_f04_somebody_known_without_overall_read_gets_no_login_page(ci: Ci) -> None:
    ci.sim("permissions", {"lines": []})
    answer = ci.octocat.get("/api/json")
    assert (answer.status_code, "octocat is missing the Overall/Read permission" in answer.text) == (403, True)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("USER:hudson.model.Hudson.Read:octocat", 200),
        ("hudson.model.Hudson.Read:octocat", 200),
        ("GROUP:hudson.model.Hudson.Read:octo-org*Core Team", 200),
        ("GROUP:hudson.model.Hudson.Read:authenticated", 200),
        ("USER:hudson.model.Hudson.Administer:octocat", 200),
        ("GROUP:hudson.model.Hudson.Read:octocat", 403),
        ("USER:hudson.model.Hudson.Read:mallory", 403),
        ("USER:hudson.model.Hudson.Read:octo-org*Core Team", 403),
    ],
)
def test_f04_lines_are_for_users_and_for_groups(ci: Ci, line: str, status: int) -> None:
    ci.sim("permissions", {"lines": [line]})
    assert ci.octocat.get("/api/json").status_code == status


def test_f05_an_api_token_needs_no_crumb(ci: Ci) -> None:
    # past the crumb: there is no such agent
    assert ci.portal.post("/computer/none/toggleOffline").status_code == 404


def crumb_of(session: requests.Session, url: str) -> dict[str, str]:
    body = session.get(f"{url}/crumbIssuer/api/json", auth=PASSWORD, timeout=60).json()
    assert len(body["crumb"]) == 64
    return {body["crumbRequestField"]: body["crumb"]}


def test_f06_a_password_needs_the_crumb_of_its_session(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    with requests.Session() as mine, requests.Session() as other:
        crumb, foreign = crumb_of(mine, ci.url), crumb_of(other, ci.url)
        address = f"{ci.url}/computer/p9/toggleOffline"
        answers = [
            mine.post(address, auth=PASSWORD, headers=sent, timeout=60, allow_redirects=False)
            for sent in ({}, foreign, crumb)
        ]
    assert [answer.status_code for answer in answers] == [403, 403, 302]
    assert "No valid crumb was included in the request" in answers[0].text


def test_f06_a_crumb_dies_with_the_session_and_the_client_keeps_it(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    client = by_password(ci)
    client.disable_node("p9", "drain")
    ci.sim("restart", {})
    for _again in range(2):
        with pytest.raises(jenkins.JenkinsException, match="403"):
            client.delete_node("p9")
    by_password(ci).delete_node("p9")


def test_f07_without_crumbs_the_client_goes_on(ci: Ci) -> None:
    ci.sim("controller", {"crumbs": False})
    ci.agent("p9", "ppc64le")
    assert ci.portal.get("/crumbIssuer/api/json").status_code == 404
    assert ci.portal.json("")["useCrumbs"] is False
    by_password(ci).delete_node("p9")


def test_f08_while_it_starts_everything_is_503(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    ci.sim("restart", {"starting": True})
    for path in ("/", "/api/json", "/login", "/wsagents/", "/absent"):
        answer = get(ci.url + path)
        assert (answer.status_code, "X-Jenkins" in answer.headers) == (503, False)
        assert "Please wait while Jenkins is getting ready to work" in answer.text
        assert answer.headers["Cache-Control"] == "no-cache,no-store,must-revalidate"
    assert ci.portal.client.node_exists("p9") is False
    ci.sim("controller", {"starting": False})
    assert ci.portal.client.node_exists("p9") is True


def test_f09_a_slow_answer_is_a_timeout_and_the_post_may_be_done(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    client = jenkins.Jenkins(ci.url, "portal", "token-of-portal", timeout=0.3)
    client.get_whoami()
    ci.sim("faults", {"path": "/computer/p9/", "delay": 1, "effect": True, "times": 2})
    assert client.node_exists("p9") is False
    with pytest.raises(jenkins.TimeoutException):
        client.reconfig_node("p9", CHANGED)
    assert ci.portal.client.get_node_info("p9")["description"] == "changed"


CHANGED = "<slave><name>p9</name><description>changed</description><numExecutors>1</numExecutors></slave>"


def test_f25_a_redirect_to_another_host_loses_the_credentials_and_the_post_is_done(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    ci.sim("controller", {"address": OTHER_HOST.format(ci.url.rpartition(":")[2])})
    with pytest.raises(jenkins.JenkinsException, match="403"):
        ci.portal.client.delete_node("p9")
    assert ci.portal.get("/computer/p9/api/json").status_code == 404


def test_every_answer_says_which_jenkins_it_is(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    answers = [ci.portal.get(path) for path in ("/api/json", "/absent")] + [get(ci.url), get(ci.url, ("x", "y"))]
    answers.append(ci.portal.post("/computer/p9/doDelete"))
    assert [answer.status_code for answer in answers] == [200, 404, 403, 401, 302]
    assert {answer.headers["X-Jenkins"] for answer in answers} == {"2.579"}
    sessions = {answer.headers["X-Jenkins-Session"] for answer in answers}
    assert len(sessions) == 1
    ci.sim("restart", {})
    assert get(ci.url).headers["X-Jenkins-Session"] not in sessions


def test_the_overview_is_json_of_its_own_kind(ci: Ci) -> None:
    answer = ci.portal.get("/api/json")
    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
    assert answer.headers["X-Frame-Options"] == "deny"
    body = answer.json()
    assert (body["_class"], body["numExecutors"], body["slaveAgentPort"]) == ("hudson.model.Hudson", 0, -1)
    assert body["assignedLabels"] == [{"name": "built-in"}]


def test_people_are_added_from_outside(ci: Ci) -> None:
    ci.sim("users", {"login": "hubot", "token": "token-of-hubot", "permissions": ["hudson.model.Computer.Create"]})
    hubot = Person(ci.url, "hubot")
    assert hubot.json("/me")["id"] == "hubot"
    # allowed, and so looked at: nothing was submitted
    assert hubot.post("/computer/doCreateItem?name=x").status_code == 400


def test_it_runs_as_a_process(jenkins: Simulated) -> None:
    assert get(f"{jenkins.url}/api/json", ("portico", "demo-token")).status_code == 200
    assert jenkins.calls()["totals"] == {"GET /api/json": 1}
