"""Agents are made, shown and changed over the remote API, as python-jenkins does it."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import jenkins
import pytest
import requests

from tests.simulators.jenkins.ci import Ci

FORM = {
    "nodeDescription": "ours",
    "numExecutors": 2,
    "remoteFS": "/home/jenkins/agent",
    "labelString": "ppc64le power9",
    "mode": "EXCLUSIVE",
    "retentionStrategy": {"stapler-class": "hudson.slaves.RetentionStrategy$Always"},
    "nodeProperties": {"stapler-class-bag": "true"},
    "launcher": {"stapler-class": jenkins.LAUNCHER_JNLP, "webSocket": True},
}


def submit(ci: Ci, name: str, **changed: Any) -> requests.Response:
    body = {"name": name, "type": "hudson.slaves.DumbSlave$DescriptorImpl", "json": json.dumps(FORM | changed)}
    return ci.portal.post("/computer/doCreateItem", body)


def names(ci: Ci) -> list[str]:
    return [row["displayName"] for row in ci.portal.json("/computer")["computer"]]


def calls(ci: Ci) -> list[tuple[str, str, int]]:
    """What was asked for under /computer, as method, path and status."""
    rows = requests.get(f"{ci.url}/_sim/calls", timeout=60).json()["calls"]
    return [(row["method"], row["path"], row["status"]) for row in rows if row["path"].startswith("/computer")]


def test_f10_an_absent_agent_is_404_in_html(ci: Ci) -> None:
    answer = ci.portal.get("/computer/none/api/json")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/html;charset=utf-8"
    assert "<title>Not Found" in answer.text
    assert ci.portal.client.node_exists("none") is False


def test_f11_an_agent_is_made_by_form_and_redirect(ci: Ci) -> None:
    ci.agent("p9", "ppc64le", connect=False)
    assert calls(ci) == [
        ("GET", "/computer/p9/api/json", 404),
        ("POST", "/computer/doCreateItem", 302),
        ("GET", "/computer/", 200),
        ("GET", "/computer/p9/api/json", 200),
    ]
    assert submit(ci, "p8").headers["Location"] == "/computer/"
    assert names(ci) == ["Built-In Node", "p8", "p9"]
    assert [row["displayName"] for row in ci.portal.json("/computer")["computer"]] == names(ci)


def test_f11_a_new_agent_waits_for_its_call(ci: Ci) -> None:
    submit(ci, "p9")
    seen = ci.portal.client.get_node_info("p9")
    expected = {
        "_class": "hudson.slaves.SlaveComputer",
        "absoluteRemotePath": None,
        "description": "ours",
        "idle": True,
        "jnlpAgent": True,
        "launchSupported": False,
        "numExecutors": 2,
        "offline": True,
        "offlineCause": None,
        "offlineCauseReason": "",
        "temporarilyOffline": False,
    }
    assert {name: seen[name] for name in expected} == expected
    assert set(seen["monitorData"].values()) == {None}


def test_f12_a_name_taken_between_look_and_post_is_400(ci: Ci) -> None:
    submit(ci, "p9")
    before = ci.portal.get("/computer/p9/config.xml").text
    answer = submit(ci, "p9", labelString="other")
    assert (answer.status_code, "Agent called ‘p9’ already exists" in answer.text) == (400, True)
    assert ci.portal.get("/computer/p9/config.xml").text == before
    # the client did not see it, because the answer to its look was lost
    ci.sim("faults", {"method": "GET", "path": "/computer/p9/api/json", "status": 404})
    with pytest.raises(requests.HTTPError, match="400"):
        ci.portal.client.create_node("p9", launcher=jenkins.LAUNCHER_JNLP, launcher_params={})
    # case counts
    assert submit(ci, "P9").status_code == 302


@pytest.mark.parametrize("name", ["a/b", "a?b", "..", ".", "x.", "", " ", "a\tb", "a:b", "a<b", "a%b"])
def test_f13_bad_names_are_400(ci: Ci, name: str) -> None:
    answer = submit(ci, name)
    assert answer.status_code == 400
    assert "X-Error" in answer.headers
    assert names(ci) == ["Built-In Node"]


@pytest.mark.parametrize("name", ["a b", "é", "a+b~c", "it's"])
def test_f13_odd_names_are_fine(ci: Ci, name: str) -> None:
    assert submit(ci, f" {name} ").status_code == 302
    assert ci.portal.client.get_node_info(name)["displayName"] == name


@pytest.mark.parametrize("launcher", ["hudson.slaves.CommandLauncher", "no.such.Launcher"])
def test_f14_an_unknown_launcher_is_500(ci: Ci, launcher: str) -> None:
    assert submit(ci, "p9", launcher={"stapler-class": launcher}).status_code == 500
    assert names(ci) == ["Built-In Node"]


def test_f14_the_clients_own_default_launcher_needs_its_plugin(ci: Ci) -> None:
    with pytest.raises(jenkins.JenkinsException, match="500"):
        ci.portal.client.create_node("p9", launcher_params={})
    ci.sim("plugins", {"plugins": ["command-launcher"]})
    ci.portal.client.create_node("p9", launcher_params={})
    seen = ci.portal.client.get_node_info("p9", depth=1)
    assert seen["offlineCause"]["_class"] == "hudson.slaves.OfflineCause$LaunchFailed"
    assert "failed to launch the agent process" in seen["offlineCauseReason"]


def test_f14_no_form_is_400(ci: Ci) -> None:
    answer = ci.portal.post("/computer/doCreateItem", {"name": "p9"})
    assert (answer.status_code, "This page expects a form submission" in answer.text) == (400, True)


def test_f14_without_executors_it_is_not_there_and_its_name_is_taken(ci: Ci) -> None:
    assert submit(ci, "p9", numExecutors=0).status_code == 302
    for path in ("api/json", "config.xml", "jenkins-agent.jnlp"):
        assert ci.portal.get(f"/computer/p9/{path}").status_code == 404
    assert ci.portal.post("/computer/p9/doDelete").status_code == 404
    assert names(ci) == ["Built-In Node"]
    assert submit(ci, "p9").status_code == 400


def test_f15_labels_are_the_given_ones_and_the_name(ci: Ci) -> None:
    submit(ci, "p9", labelString='ppc64le  "two words"')
    labels = {label["name"] for label in ci.portal.json("/computer/p9")["assignedLabels"]}
    assert labels == {"ppc64le", "two words", "p9"}


def test_f15_depth_and_tree_of_an_agent(ci: Ci) -> None:
    submit(ci, "p9")
    assert ci.portal.json("/computer/p9")["executors"] == [{}, {}]
    idle = {"currentExecutable": None, "idle": True, "likelyStuck": False, "number": 1, "progress": -1}
    assert ci.portal.json("/computer/p9", params={"depth": 1})["executors"][1] == idle
    tree = {"tree": "computer[displayName,executors[idle],offlineCause[*]],totalExecutors"}
    assert ci.portal.json("/computer", params=tree) == {
        "_class": "hudson.model.ComputerSet",
        "computer": [
            {
                "_class": "hudson.model.Hudson$MasterComputer",
                "displayName": "Built-In Node",
                "executors": [],
                "offlineCause": None,
            },
            {
                "_class": "hudson.slaves.SlaveComputer",
                "displayName": "p9",
                "executors": [{"idle": True}] * 2,
                "offlineCause": None,
            },
        ],
        "totalExecutors": 0,
    }


def test_f15_the_built_in_node_has_two_names_and_no_executors(ci: Ci) -> None:
    for name in ("(built-in)", "(master)"):
        assert ci.portal.json(f"/computer/{name}")["displayName"] == "Built-In Node"
    assert ci.portal.client.get_node_info("Built-In Node")["numExecutors"] == 0
    ci.sim("controller", {"controller": {"executors": 2}})
    assert ci.portal.json("/computer")["totalExecutors"] == 2


def test_f16_config_xml_has_its_fields_in_order(ci: Ci) -> None:
    submit(ci, "p9", nodeDescription="a & <b>")
    answer = ci.portal.get("/computer/p9/config.xml")
    assert answer.headers["Content-Type"] == "application/xml"
    assert answer.text.startswith('<?xml version="1.1" encoding="UTF-8"?>')
    ci.portal.client.disable_node("p9")
    ci.portal.post("/computer/p9/toggleOffline")
    root = ET.fromstring(ci.portal.get("/computer/p9/config.xml").content)
    assert [child.tag for child in root] == [
        "temporaryOfflineCause",
        "name",
        "description",
        "remoteFS",
        "numExecutors",
        "mode",
        "retentionStrategy",
        "launcher",
        "label",
        "nodeProperties",
    ]
    assert root.findtext("description") == "a & <b>"
    assert root.find("launcher").attrib == {"class": "hudson.slaves.JNLPLauncher"}
    assert root.findtext("launcher/webSocket") == "true"
    assert root.findtext("launcher/workDirSettings/internalDir") == "remoting"


def test_f16_no_description_is_no_element_and_no_labels_an_empty_one(ci: Ci) -> None:
    submit(ci, "p9", nodeDescription=None, labelString=None)
    config = ci.portal.get("/computer/p9/config.xml").text
    assert ("<description>" in config, "<label></label>" in config) == (False, True)
    assert ci.portal.json("/computer/p9")["description"] == ""


def relabel(ci: Ci, name: str, labels: str) -> None:
    root = ET.fromstring(ci.portal.client.get_node_config(name))
    root.find("label").text = labels
    ci.portal.client.reconfig_node(name, ET.tostring(root, encoding="unicode"))


def test_f17_a_relabelled_agent_has_exactly_the_new_labels(ci: Ci) -> None:
    ci.agent("p9", "ppc64le power9")
    relabel(ci, "p9", "ppc64le gpu")
    assert {label["name"] for label in ci.portal.json("/computer/p9")["assignedLabels"]} == {"ppc64le", "gpu", "p9"}
    assert ci.portal.json("/computer/p9")["offline"] is False
    root = ET.fromstring(ci.portal.client.get_node_config("p9"))
    assert (root.findtext("remoteFS"), root.findtext("mode")) == ("/var/lib/jenkins", "NORMAL")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("<slave><name>", 500),
        ("no xml", 500),
        ("<project/>", 400),
        ("<slave/>", 500),
        ("<slave><numExecutors>x</numExecutors></slave>", 500),
    ],
)
def test_f17_what_cannot_be_read_changes_nothing(ci: Ci, body: str, status: int) -> None:
    submit(ci, "p9")
    before = ci.portal.get("/computer/p9/config.xml").text
    assert ci.portal.post("/computer/p9/config.xml", body).status_code == status
    assert ci.portal.get("/computer/p9/config.xml").text == before


def test_f17_of_two_writers_the_last_one_wins_in_silence(ci: Ci) -> None:
    submit(ci, "p9")
    first = ci.portal.client.get_node_config("p9")
    relabel(ci, "p9", "second")
    ci.portal.client.reconfig_node("p9", first.replace("<mode>EXCLUSIVE", "<mode>NORMAL"))
    root = ET.fromstring(ci.portal.client.get_node_config("p9"))
    assert (root.findtext("label"), root.findtext("mode")) == ("ppc64le power9", "NORMAL")


def test_f17_another_name_renames(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    config = ci.portal.client.get_node_config("p9")
    ci.portal.client.reconfig_node("p9", config.replace("<name>p9", "<name>p10"))
    assert names(ci) == ["Built-In Node", "p10"]
    assert ci.portal.json("/computer/p10")["offline"] is True
