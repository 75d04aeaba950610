"""Agents as configured; the numbers are those of the behaviours that a Jenkins must show."""

import re
from xml.etree import ElementTree as ET

import jenkins as python_jenkins
import pytest

from provisioning.adapters.jenkins import Controller
from provisioning.errors import Busy, Failure, Rejected
from tests.contract.jenkins.server import Server, Thing, thing

HOW = {"about": "Ada’s port", "labels": ["ppc64le"], "executors": 1, "home": "/home/jenkins/agent", "exclusive": True}


def config(server: Server, name: str) -> ET.Element:
    return ET.fromstring(server.ask("GET", f"computer/{name}/config.xml").content)


def test_11_an_agent_is_made_to_connect_by_itself(server: Server, controller: Controller) -> None:
    it = thing("agent:gpu")
    made = controller.nodes.create(it.name, mark=it.mark, **HOW)
    assert (made.labels, made.description) == (frozenset({"ppc64le"}), f"Ada’s port\n{it.mark}")
    stored = config(server, it.name)
    assert stored.find("launcher").get("class") == "hudson.slaves.JNLPLauncher"
    assert stored.findtext("launcher/webSocket") == "true"
    assert (stored.findtext("mode"), stored.findtext("numExecutors")) == ("EXCLUSIVE", "1")
    assert (stored.findtext("remoteFS"), stored.findtext("label")) == ("/home/jenkins/agent", "ppc64le")
    assert controller.nodes.remove(it.name, it.mark)


def test_11_one_agents_launcher_does_not_leak_into_the_next(controller: Controller, agent: Thing) -> None:
    defaults = python_jenkins.Jenkins.create_node.__defaults__
    assert defaults[-1] == {}


def test_12_a_name_taken_meanwhile_is_left_as_it_is(server: Server, agent: Thing) -> None:
    """The race: nothing there when python-jenkins looks, something there when it posts."""
    before = server.ask("GET", f"computer/{agent.name}/config.xml").text
    absent = {"status": 404, "headers": {"X-Jenkins": "2.579", "Content-Type": "text/html"}}
    server.sim.fault(method="GET", path=f"/computer/{agent.name}/api/json", **absent)
    with pytest.raises(Rejected, match="already exists"):
        server.controller().nodes.create(agent.name, mark="another", **HOW)
    assert server.ask("GET", f"computer/{agent.name}/config.xml").text == before


def test_12_an_agent_of_ours_is_found_where_it_was_made_before(controller: Controller, agent: Thing) -> None:
    assert controller.nodes.create(agent.name, mark=agent.mark, **HOW).labels == {"ppc64le", "power9"}


def test_what_is_not_ours_is_never_touched(server: Server, controller: Controller, agent: Thing) -> None:
    other, nodes = thing("agent:p9").mark, controller.nodes
    before = server.ask("GET", f"computer/{agent.name}/config.xml").text
    for touch in (
        lambda: nodes.find(agent.name, other),
        lambda: nodes.create(agent.name, mark=other, **HOW),
        lambda: nodes.secret(agent.name, other),
        lambda: nodes.relabel(agent.name, other, ["x"]),
        lambda: nodes.drain(agent.name, other, "why"),
        lambda: nodes.undrain(agent.name, other),
        lambda: nodes.remove(agent.name, other),
    ):
        with pytest.raises(Rejected) as refused:
            touch()
        assert refused.value.code == Failure.NOT_OURS
    assert server.ask("GET", f"computer/{agent.name}/config.xml").text == before


@pytest.mark.parametrize("name", ["a?b", "..", "x.", "a|b", "a#b", ""])
def test_13_a_name_that_jenkins_refuses(controller: Controller, name: str) -> None:
    with pytest.raises(Rejected) as refused:
        controller.nodes.create(name, mark="mark", **HOW)
    assert refused.value.words.startswith("Jenkins: ")
    assert "<" not in refused.value.words


def test_14_an_agent_without_executors_is_nowhere(server: Server, controller: Controller) -> None:
    it = thing("agent:none")
    server.sim.control("DELETE", "calls")  # a real Jenkins would never get rid of it by REST
    with pytest.raises(Busy):
        controller.nodes.create(it.name, mark=it.mark, **HOW | {"executors": 0})
    assert controller.nodes.find(it.name, it.mark) is None


def test_14_a_launcher_that_is_not_installed_fails_there(server: Server, controller: Controller) -> None:
    form = {
        "name": "x",
        "type": python_jenkins.NODE_TYPE,
        "json": '{"launcher": {"stapler-class": "no.Such"}}',
    }
    assert server.ask("POST", "computer/doCreateItem", data=form).status_code == 500
    assert server.ask("POST", "computer/doCreateItem", data={"name": "x"}).status_code == 400
    assert controller.nodes.find("x", "mark") is None


def test_15_its_own_name_is_a_label_too(controller: Controller, agent: Thing) -> None:
    state = controller.nodes.state(agent.name)
    assert state.labels == {"ppc64le", "power9", agent.name}
    assert (state.executors, state.online, state.connected, state.marked, state.idle) == (2, False, False, False, True)
    assert (state.disk, state.cause, state.reason) == (None, "", "")
    assert agent.mark in state.description


def test_16_its_xml_is_read_as_utf_8(server: Server, controller: Controller) -> None:
    it = thing("agent:p9")
    controller.nodes.create(it.name, mark=it.mark, **HOW | {"about": "Ζωή’s pørt"})
    answer = server.ask("GET", f"computer/{it.name}/config.xml")
    assert answer.headers["Content-Type"] == "application/xml"
    assert re.match(rb"""<\?xml version=["']1\.1["']""", answer.content)
    assert controller.nodes.find(it.name, it.mark).description == f"Ζωή’s pørt\n{it.mark}"
    controller.nodes.relabel(it.name, it.mark, ["power9"])
    assert controller.nodes.find(it.name, it.mark).description == f"Ζωή’s pørt\n{it.mark}"
    assert controller.nodes.remove(it.name, it.mark)


def test_17_labels_are_exactly_the_new_ones(server: Server, controller: Controller, agent: Thing) -> None:
    wanted = {"ppc64le", "power9", "gpu", "gpu-p100"}
    assert controller.nodes.relabel(agent.name, agent.mark, wanted).labels == wanted
    assert controller.nodes.state(agent.name).labels == {*wanted, agent.name}
    server.ask("POST", f"computer/{agent.name}/config.xml", data="<broken", headers={"Content-Type": "text/xml"})
    assert controller.nodes.find(agent.name, agent.mark).labels == wanted


def test_17_of_two_writers_the_last_one_wins_whole(server: Server, controller: Controller, agent: Thing) -> None:
    before = server.ask("GET", f"computer/{agent.name}/config.xml").content
    controller.nodes.relabel(agent.name, agent.mark, ["new"])
    server.ask("POST", f"computer/{agent.name}/config.xml", data=before, headers={"Content-Type": "text/xml"})
    assert controller.nodes.find(agent.name, agent.mark).labels == {"ppc64le", "power9"}
    assert controller.nodes.relabel(agent.name, agent.mark, ["new"]).labels == {"new"}, "the next pass"


@pytest.mark.parametrize("label", ["a b", "a&&b", "!a", "a->b", "(a)", 'a"b', "a|b", ""])
def test_a_label_that_reads_as_an_operator_is_refused_before_any_call(
    controller: Controller, agent: Thing, label: str
) -> None:
    with pytest.raises(Rejected, match="is no label"):
        controller.nodes.relabel(agent.name, agent.mark, ["ppc64le", label])
    assert controller.nodes.find(agent.name, agent.mark).labels == {"ppc64le", "power9"}


def test_18_an_agent_that_is_away_is_drained_all_the_same(controller: Controller, agent: Thing) -> None:
    drained = controller.nodes.drain(agent.name, agent.mark, "its server goes")
    assert (drained.marked, drained.drained, drained.cause) == (True, True, "UserCause")
    assert controller.nodes.drain(agent.name, agent.mark, "and again").drained
    assert not controller.nodes.undrain(agent.name, agent.mark).marked


def test_a_mark_that_is_not_seen_afterwards_is_tried_again_later(server: Server, agent: Thing) -> None:
    server.sim.fault(method="POST", path="/computer", status=302, headers={"Location": "."})
    with pytest.raises(Busy):
        server.controller().nodes.drain(agent.name, agent.mark, "why")
    assert server.controller().nodes.drain(agent.name, agent.mark, "why").drained


def test_19_an_agent_that_is_away_is_not_marked_by_being_undrained(controller: Controller, agent: Thing) -> None:
    assert not controller.nodes.undrain(agent.name, agent.mark).marked
    assert not controller.nodes.undrain(agent.name, agent.mark).marked


def test_20_the_reason_is_plain_text(controller: Controller, agent: Thing) -> None:
    drained = controller.nodes.drain(agent.name, agent.mark, "disk : a & <b> ü")
    assert drained.reason.endswith("disk : a & <b> ü")


def test_21_relabelling_keeps_the_mark(server: Server, controller: Controller, agent: Thing) -> None:
    controller.nodes.drain(agent.name, agent.mark, "drain")
    controller.nodes.relabel(agent.name, agent.mark, ["power10"])
    assert controller.nodes.state(agent.name).drained
    stored = config(server, agent.name)
    stored.remove(stored.find("temporaryOfflineCause"))
    server.ask("POST", f"computer/{agent.name}/config.xml", data=ET.tostring(stored))
    assert not controller.nodes.state(agent.name).marked, "what a template without it would do"


def test_22_what_changes_something_is_no_get(server: Server, agent: Thing) -> None:
    answer = server.ask("GET", f"computer/{agent.name}/toggleOffline")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert server.ask("GET", "computer/doCreateItem").status_code == 404


def test_23_deleted_is_what_is_seen_to_be_gone(controller: Controller, agent: Thing) -> None:
    assert controller.nodes.remove(agent.name, agent.mark)
    assert controller.nodes.find(agent.name, agent.mark) is None
    assert controller.nodes.remove(agent.name, agent.mark)


def test_26_a_name_has_one_secret_for_ever(server: Server, controller: Controller, agent: Thing) -> None:
    secret = controller.nodes.secret(agent.name, agent.mark)
    assert re.fullmatch("[0-9a-f]{64}", secret)
    assert controller.nodes.remove(agent.name, agent.mark)
    controller.nodes.create(agent.name, mark=agent.mark, **HOW)
    assert controller.nodes.secret(agent.name, agent.mark) == secret
    assert server.ask("GET", f"computer/{agent.name}/jenkins-agent.jnlp", auth=None).status_code == 403


def test_26_an_agent_that_is_called_by_jenkins_has_no_secret(server: Server, agent: Thing) -> None:
    body = "<jnlp><application-desc/></jnlp>"
    server.sim.fault(method="GET", path="/computer/.*/jenkins-agent.jnlp", status=200, body=body)
    with pytest.raises(Rejected, match="no secret"):
        server.controller().nodes.secret(agent.name, agent.mark)
