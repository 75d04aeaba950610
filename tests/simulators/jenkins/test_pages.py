"""The pages of the simulated Jenkins as a browser sees them."""

import html
import re
from collections.abc import Iterator

import pytest
import requests

from simulators.common import serving
from simulators.jenkins.lab import Lab
from tests.simulators.jenkins.ci import MEMBER, PORTAL, Ci, folder, line, project

SCRIPT = "echo '<b>bold</b>'"


@pytest.fixture
def ci() -> Iterator[Ci]:
    with serving(app := Lab("portal", "password-of-portal", "token-of-portal")) as url:
        ci = Ci(url, app)
        ours = [line("portal", one) for one in PORTAL]
        lines = [*ours, *(line("ada-porter", one) for one in MEMBER), line("ben-builder", "Item.Read")]
        plain = folder(*lines, description="&lt;i&gt;ours&lt;/i&gt;")
        named = plain.replace("<properties>", "<displayName>Ours</displayName><properties>")
        ci.portal.post("/createItem?name=A", named)
        ci.portal.post("/job/A/createItem?name=B", project(SCRIPT, "power9"))
        ci.portal.post("/createItem?name=Secret", folder(*ours))
        yield ci


class Window:
    """A browser of somebody, which follows links and pushes buttons."""

    def __init__(self, ci: Ci, login: str) -> None:
        self.url, self.browser = ci.url, requests.Session()
        self.page = self.browser.post(f"{ci.url}/j_spring_security_check", {"j_username": login}, timeout=60)

    def open(self, path: str) -> requests.Response:
        self.page = self.browser.get(self.url + path, timeout=60)
        return self.page

    def follow(self, words: str) -> None:
        found = re.search(rf'<a href="([^"]+)">{re.escape(words)}</a>', self.page.text)
        assert found, self.page.text
        self.page = self.browser.get(html.unescape(found[1]), timeout=60)

    def push(self, words: str) -> None:
        form = rf'action="([^"]+)"><input type="hidden" name="([^"]+)" value="([^"]+)"><button>{words}</button>'
        found = re.search(form, self.page.text)
        assert found, self.page.text
        self.page = self.browser.post(html.unescape(found[1]), {found[2]: found[3]}, timeout=60)


def test_somebody_finds_the_job_builds_it_and_reads_its_log(ci: Ci) -> None:
    ada = Window(ci, "ada-porter")
    for words in ("Ours", "B"):  # by the name to be shown, where there is one
        ada.follow(words)
    assert "<h1>Ours » B</h1>" in ada.page.text
    assert "No builds yet" in ada.page.text
    ada.push("Build Now")
    assert ada.page.url == f"{ci.url}/job/A/job/B/"
    ada.follow("#1")
    assert "in progress" in ada.page.text
    assert "started by user ada-porter" in ada.page.text
    ci.move(20)
    ada.follow("Console Output")
    assert ada.page.url == f"{ci.url}/job/A/job/B/1/console"
    assert "&lt;b&gt;bold&lt;/b&gt;\nFinished: SUCCESS" in ada.page.text
    ada.open("/job/A/")
    assert "#1</a> SUCCESS" in ada.page.text


def test_a_build_is_stopped_and_stopped_builds_have_no_button(ci: Ci) -> None:
    ada = Window(ci, "ada-porter")
    ada.open("/job/A/job/B/")
    ada.push("Build Now")
    ada.follow("#1")
    ada.push("Stop")
    assert ada.page.url == f"{ci.url}/job/A/job/B/1/"
    assert "ABORTED" in ada.page.text
    assert "Stop" not in ada.page.text


def test_a_job_that_waits_says_for_what(ci: Ci) -> None:
    ci.portal.post("/job/A/createItem?name=C", project(label="power11"))
    ada = Window(ci, "ada-porter")
    ada.open("/job/A/job/C/")
    ada.push("Build Now")
    assert "Pending: There are no nodes with the label ‘power11’" in ada.page.text


def test_who_may_only_read_has_no_buttons(ci: Ci) -> None:
    ben = Window(ci, "ben-builder")
    ben.open("/job/A/job/B/")
    assert ben.page.status_code == 200
    assert "Build Now" not in ben.page.text
    ci.portal.post("/job/A/job/B/build?delay=0sec")
    assert "Stop" not in ben.open("/job/A/job/B/1/").text
    assert ben.browser.post(f"{ci.url}/job/A/job/B/build", timeout=60).status_code == 403


@pytest.mark.parametrize("path", ["/job/A/", "/job/A/job/B/", "/job/A/job/B/1/", "/job/A/job/B/1/console"])
def test_a_stranger_sees_nothing_of_it(ci: Ci, path: str) -> None:
    ci.portal.post("/job/A/job/B/build?delay=0sec")
    eve = Window(ci, "eve-outsider")
    assert "/job/" not in eve.page.text
    assert eve.open(path).status_code == 404
    assert requests.get(ci.url + path, timeout=60).status_code == 403


def test_the_dashboard_shows_what_may_be_read(ci: Ci) -> None:
    assert "Secret" not in Window(ci, "ada-porter").page.text
    assert "Secret" in Window(ci, "dana-director").page.text


def test_texts_of_others_are_no_markup(ci: Ci) -> None:
    assert "&lt;i&gt;ours&lt;/i&gt;" in Window(ci, "ada-porter").open("/job/A/").text


def test_agents_show_their_state_and_only_the_builds_that_one_may_see(ci: Ci) -> None:
    ci.portal.post("/job/A/job/B/build?delay=0sec")
    (agent,) = ci.app.state["builds"]["A/B"]["1"]["parts"]
    ci.portal.post("/computer/p8-docker-1/toggleOffline", params={"offlineMessage": "<b>moves</b>"})
    ada, eve = Window(ci, "ada-porter"), Window(ci, "eve-outsider")
    ada.follow("Nodes")
    assert "A » B #1" in ada.page.text
    assert "offline: &lt;b&gt;moves&lt;/b&gt;" in ada.page.text
    ada.follow(agent["node"])
    assert "A » B #1" in ada.page.text
    assert "Unknown Task" in eve.open(f"/computer/{agent['node']}/").text
    assert "A » B" not in eve.page.text
    assert eve.open("/computer/(built-in)/").status_code == 200
    assert eve.open("/computer/none/").status_code == 404


def test_an_agent_that_goes_is_seen_until_its_build_ends(ci: Ci) -> None:
    ci.portal.post("/job/A/job/B/build?delay=0sec")
    (agent,) = ci.app.state["builds"]["A/B"]["1"]["parts"]
    ci.portal.post(f"/computer/{agent['node']}/doDelete")
    assert "offline: Node is being removed" in Window(ci, "ada-porter").open(f"/computer/{agent['node']}/").text
