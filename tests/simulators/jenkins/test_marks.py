"""Agents are marked offline, deleted, and kept from those who may not, as python-jenkins meets it."""

import jenkins
import pytest

from tests.simulators.jenkins.ci import Ci, line, matrix, project
from tests.simulators.jenkins.test_computers import calls, submit


def test_f18_disabling_a_disconnected_agent_sends_nothing(ci: Ci) -> None:
    ci.agent("p9", "ppc64le", connect=False)
    ci.portal.client.disable_node("p9", "drain")
    assert [method for method, *_ in calls(ci)][-2:] == ["GET", "GET"]
    assert ci.portal.json("/computer/p9")["temporarilyOffline"] is False


def test_f19_enabling_a_disconnected_agent_marks_it_offline(ci: Ci) -> None:
    ci.agent("p9", "ppc64le", connect=False)
    ci.portal.client.enable_node("p9")
    seen = ci.portal.json("/computer/p9", params={"depth": 1})
    assert (seen["temporarilyOffline"], seen["offlineCauseReason"]) == (True, "")
    assert seen["offlineCause"]["description"] == "Disconnected by portal"


def test_f20_a_reason_is_escaped_and_its_description_raw(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    ci.portal.client.disable_node("p9", "a & <b>")
    seen = ci.portal.json("/computer/p9", params={"depth": 1})
    assert (seen["offline"], seen["temporarilyOffline"]) == (True, True)
    assert seen["offlineCauseReason"] == "a &amp; &lt;b&gt;"
    assert seen["offlineCause"]["_class"] == "hudson.slaves.OfflineCause$UserCause"
    assert seen["offlineCause"]["description"] == "Disconnected by portal : a & <b>"
    assert abs(seen["offlineCause"]["timestamp"] / 1000 - ci.app.clock.now()) < 60
    # connected while drained: to be seen by this alone
    assert seen["absoluteRemotePath"] == "/var/lib/jenkins"
    assert ci.portal.json("/computer/p9")["offlineCause"] == {"_class": "hudson.slaves.OfflineCause$UserCause"}


def test_f20_of_a_reason_with_a_colon_only_the_end_is_left(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    ci.portal.client.disable_node("p9", "kernel : update : 6.1")
    assert ci.portal.json("/computer/p9")["offlineCauseReason"] == "6.1"


def test_f20_a_mark_wins_over_a_broken_connection(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    ci.cut("p9")
    seen = ci.portal.json("/computer/p9")
    assert (seen["offline"], seen["temporarilyOffline"], seen["absoluteRemotePath"]) == (True, False, None)
    assert seen["offlineCause"] == {"_class": "hudson.slaves.OfflineCause$ChannelTermination"}
    assert seen["offlineCauseReason"] == "Connection was broken"
    ci.portal.post("/computer/p9/toggleOffline?offlineMessage=drain")
    assert ci.portal.json("/computer/p9")["offlineCauseReason"] == "drain"


def test_f21_a_config_without_the_mark_puts_the_agent_back_in_service(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    template = ci.portal.client.get_node_config("p9")
    ci.portal.client.disable_node("p9", "drain a & <b> 2024")
    marked = ci.portal.client.get_node_config("p9")
    ci.portal.client.reconfig_node("p9", marked.replace("ppc64le", "power9"))
    seen = ci.portal.json("/computer/p9", params={"depth": 1})
    assert seen["temporarilyOffline"] is True
    assert seen["offlineCause"]["description"] == "Disconnected by portal : drain a & <b> 2024"
    assert ci.portal.client.get_node_config("p9") == marked.replace("ppc64le", "power9")
    ci.portal.client.reconfig_node("p9", template)
    assert ci.portal.json("/computer/p9")["offline"] is False


@pytest.mark.parametrize(
    ("cause", "marked"),
    [
        ('<temporaryOfflineCause class="hudson.slaves.OfflineCause$UserCause"/>', True),
        ('<temporaryOfflineCause class="no.such.Cause"><message>x</message></temporaryOfflineCause>', False),
    ],
)
def test_f21_a_mark_may_be_written_into_the_config(ci: Ci, cause: str, marked: bool) -> None:
    ci.agent("p9", "ppc64le")
    config = ci.portal.client.get_node_config("p9")
    ci.portal.client.reconfig_node("p9", config.replace("<slave>", f"<slave>{cause}"))
    seen = ci.portal.json("/computer/p9")
    assert (seen["temporarilyOffline"], seen["offlineCauseReason"]) == (marked, "")


def test_f22_get_on_what_needs_post(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    for action in ("toggleOffline", "doDelete"):
        answer = ci.portal.get(f"/computer/p9/{action}")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
        assert "This URL requires POST" in answer.text
    assert ci.portal.get("/computer/doCreateItem").status_code == 404


def test_f23_an_idle_agent_is_deleted_once(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    ci.portal.client.delete_node("p9")
    assert calls(ci)[-4:] == [
        ("GET", "/computer/p9/api/json", 200),
        ("POST", "/computer/p9/doDelete", 302),
        ("GET", "/computer/", 200),
        ("GET", "/computer/p9/api/json", 404),
    ]
    with pytest.raises(jenkins.JenkinsException, match="does not exist"):
        ci.portal.client.delete_node("p9")
    submit(ci, "p9")
    assert ci.portal.post("/computer/p9/doDelete").headers["Location"] == "/computer/p9/.."


def test_f24_an_agent_that_builds_lingers_after_its_deletion(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    ci.portal.client.create_job("job", project(label="ppc64le"))
    ci.portal.client.build_job("job")
    ci.move(6)
    with pytest.raises(jenkins.JenkinsException, match=r"delete\[p9\] failed"):
        ci.portal.client.delete_node("p9")
    seen = ci.portal.json("/computer/p9", params={"depth": 1})
    assert (seen["offline"], seen["temporarilyOffline"], seen["idle"]) == (True, False, False)
    assert seen["offlineCause"]["_class"] == "hudson.slaves.OfflineCause$SimpleOfflineCause"
    assert seen["offlineCause"]["description"] == "Node is being removed"
    assert ci.portal.get("/computer/p9/config.xml").status_code == 404
    ci.move(10)
    assert ci.portal.client.node_exists("p9") is False


def test_f30_a_marked_agent_is_not_idle_until_its_build_ends(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    ci.portal.client.create_job("job", project(label="ppc64le"))
    ci.portal.client.build_job("job")
    ci.move(6)
    ci.portal.client.disable_node("p9", "drain")
    assert ci.portal.json("/computer/p9")["idle"] is False
    executor = ci.portal.json("/computer/p9", params={"depth": 1})["executors"][0]
    assert executor["currentExecutable"]["url"] == f"{ci.url}/job/job/1/"
    ci.move(60)
    assert ci.portal.json("/computer/p9")["idle"] is True


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", "/computer/p9/config.xml", "Agent/ExtendedRead"),
        ("POST", "/computer/p9/config.xml", "Agent/Configure"),
        ("POST", "/computer/p9/toggleOffline", "Agent/Disconnect"),
        ("POST", "/computer/p9/doDelete", "Agent/Delete"),
        ("POST", "/computer/updateNow", "Overall/Manage"),
    ],
)
def test_each_action_needs_its_permission(ci: Ci, method: str, path: str, permission: str) -> None:
    ci.agent("p9", "ppc64le")
    answer = ci.octocat.call(method, path)
    assert (answer.status_code, f"octocat is missing the {permission} permission" in answer.text) == (403, True)
    seen = ci.octocat.json("/computer/p9")
    assert (seen["offline"], seen["monitorData"], seen["absoluteRemotePath"]) == (False, {}, None)


@pytest.mark.parametrize(
    ("strategy", "portal", "octocat"),
    [("InheritParentStrategy", 200, 200), ("InheritGlobalStrategy", 200, 200), ("NonInheritingStrategy", 403, 200)],
)
def test_an_agents_own_matrix_says_who_may(ci: Ci, strategy: str, portal: int, octocat: int) -> None:
    submit(ci, "p9")
    own = "org.jenkinsci.plugins.matrixauth.AuthorizationMatrixNodeProperty"
    lines = matrix(line("octocat", "Computer.Configure"), strategy=strategy, element=own)
    config = ci.portal.client.get_node_config("p9")
    ci.portal.client.reconfig_node(
        "p9", config.replace("<nodeProperties/>", f"<nodeProperties>{lines}</nodeProperties>")
    )
    # who may configure may read the configuration; an administrator always may
    path = "/computer/p9/config.xml"
    assert [person.get(path).status_code for person in (ci.portal, ci.octocat, ci.mallory, ci.admin)] == [
        portal,
        octocat,
        403,
        200,
    ]
