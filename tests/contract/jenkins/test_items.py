"""Folders and jobs; the numbers are those of the behaviours that a Jenkins must show."""

from xml.etree import ElementTree as ET

import pytest

from provisioning.adapters.jenkins import Controller
from provisioning.errors import Broken, Busy, Failure, Gone, Rejected
from tests.contract.jenkins.server import Server, Thing, thing

READER = "USER:hudson.model.Item.Read:octocat"
BUILDER = "USER:hudson.model.Item.Build:octocat"


def freestyle(command: str = "true", *, label: str = "", parameter: str = "", disabled: bool = False) -> ET.Element:
    """A job's configuration, as a template would have it."""
    project = ET.Element("project")
    if parameter:
        path = "properties/hudson.model.ParametersDefinitionProperty/parameterDefinitions"
        here = project
        for each in (*path.split("/"), "hudson.model.StringParameterDefinition"):
            here = ET.SubElement(here, each)
        ET.SubElement(here, "name").text = parameter
        ET.SubElement(here, "defaultValue").text = "x"
    if label:
        ET.SubElement(project, "assignedNode").text = label
        ET.SubElement(project, "canRoam").text = "false"
    ET.SubElement(project, "disabled").text = str(disabled).lower()
    ET.SubElement(project, "quietPeriod").text = "0"
    shell = ET.SubElement(ET.SubElement(project, "builders"), "hudson.tasks.Shell")
    ET.SubElement(shell, "command").text = command
    return project


def test_a_folder_is_made_with_mark_and_permissions_in_one_post(server: Server, controller: Controller) -> None:
    it, lines = thing("folder"), server.lines(READER, BUILDER)
    made = controller.folders.create(it.name, about="Ada’s <port> & more", mark=it.mark, lines=lines)
    assert made.lines == lines
    assert made.description == f"Ada’s <port> & more\n{it.mark}"
    assert controller.folders.find(it.name, it.mark) == made
    if server.simulated:
        posts = [call for call in server.simulated.calls()["calls"] if call["method"] == "POST"]
        assert [call["path"] for call in posts] == ["/createItem"]
    assert controller.folders.remove(it.name, it.mark)
    assert controller.folders.find(it.name, it.mark) is None
    assert controller.folders.remove(it.name, it.mark), "and once more, as a step may"


def test_what_is_not_ours_is_never_touched(server: Server, controller: Controller, folder: Thing) -> None:
    other = thing("folder").mark
    before = server.ask("GET", f"job/{folder.name}/config.xml").text
    for touch in (
        lambda: controller.folders.find(folder.name, other),
        lambda: controller.folders.permit(folder.name, other, server.lines(READER)),
        lambda: controller.folders.remove(folder.name, other),
        lambda: controller.folders.find(folder.name, folder.mark[:-1]),
    ):
        with pytest.raises(Rejected) as refused:
            touch()
        assert (refused.value.code, refused.value.system) == (Failure.NOT_OURS, "jenkins")
    assert server.ask("GET", f"job/{folder.name}/config.xml").text == before


def test_lines_are_replaced_and_the_rest_is_kept(server: Server, controller: Controller, folder: Thing) -> None:
    path = f"job/{folder.name}/config.xml"
    config = ET.fromstring(server.ask("GET", path).content)
    shown = config.find("displayName")
    assert shown is not None
    shown.text = "Ada’s <own> name"
    assert server.ask("POST", path, data=ET.tostring(config), headers={"Content-Type": "text/xml"}).status_code == 200
    controller.folders.permit(folder.name, folder.mark, server.lines(READER))
    left = controller.folders.permit(folder.name, folder.mark, server.lines(BUILDER))
    assert left.lines == server.lines(BUILDER)
    kept = ET.fromstring(server.ask("GET", path).content)
    assert kept.findtext("displayName") == "Ada’s <own> name"
    assert folder.mark in (kept.findtext("description") or "")
    assert kept.find("properties")[-1][0].tag == "inheritanceStrategy"


def test_a_folder_that_was_opened_to_what_is_above_is_closed_again(
    server: Server, controller: Controller, folder: Thing
) -> None:
    path = f"job/{folder.name}/config.xml"
    opened = server.ask("GET", path).text.replace("NonInheritingStrategy", "InheritParentStrategy")
    server.ask("POST", path, data=opened.encode(), headers={"Content-Type": "text/xml"})
    assert "InheritParentStrategy" in server.ask("GET", path).text
    controller.folders.permit(folder.name, folder.mark, server.lines())
    assert "NonInheritingStrategy" in server.ask("GET", path).text


def test_what_is_so_already_is_not_sent_again(server: Server, controller: Controller, folder: Thing) -> None:
    server.sim.control("DELETE", "calls")
    controller.folders.permit(folder.name, folder.mark, server.lines())
    assert [call["method"] for call in server.sim.calls()["calls"]] == ["GET"]


def test_permissions_that_jenkins_does_not_keep_are_our_set_up(server: Server, controller: Controller) -> None:
    """It skips lines that it does not know and answers 200 all the same."""
    it, lines = thing("folder"), server.lines("USER:no.such.Permission:octocat")
    with pytest.raises(Broken, match="did not keep") as broken:
        controller.folders.create(it.name, about="", mark=it.mark, lines=lines)
    assert broken.value.code == Failure.SET_UP
    assert controller.folders.remove(it.name, it.mark)


def test_31_an_item_of_that_name_is_told_by_jenkins_itself(controller: Controller, folder: Thing) -> None:
    with pytest.raises(Rejected, match="already exists") as refused:
        controller.folders.create(folder.name, about="", mark=folder.mark, lines=())
    assert "<" not in refused.value.words
    assert controller.folders.find(folder.name, folder.mark), "a step looks, and finds it"


def test_31_a_job_needs_its_folder(controller: Controller) -> None:
    it = thing("job:build", folder=thing("folder").name)
    with pytest.raises(Gone):
        controller.jobs.create(it.name, freestyle(), about="", mark=it.mark)


def test_31_malformed_xml_changes_nothing(server: Server, controller: Controller, folder: Thing) -> None:
    before = controller.folders.find(folder.name, folder.mark)
    with pytest.raises(Busy) as refused:
        controller.client.post(f"job/{folder.name}/config.xml", data=b"<broken")
    assert "<" not in refused.value.words
    assert controller.folders.find(folder.name, folder.mark) == before


@pytest.mark.parametrize("name", ["a?b", "..", "x.", "a|b", "a%b", "*"])
def test_13_a_name_that_jenkins_refuses(controller: Controller, name: str) -> None:
    with pytest.raises(Rejected) as refused:
        controller.folders.create(name, about="", mark=thing("folder").mark, lines=())
    assert refused.value.who == "lab"
    assert refused.value.words.startswith("Jenkins: ")
    assert "<" not in refused.value.words


def test_a_job_is_closed_by_its_folder_or_by_lines_of_its_own(
    server: Server, controller: Controller, folder: Thing
) -> None:
    plain, closed = thing("job:build", folder.name), thing("job:test", folder.name)
    first = controller.jobs.create(plain.name, freestyle("echo 'a < b'"), about="Builds it", mark=plain.mark)
    second = controller.jobs.create(closed.name, freestyle(), about="", mark=closed.mark, lines=server.lines(READER))
    assert (first.lines, second.lines) == (frozenset(), server.lines(READER))
    config = ET.fromstring(server.ask("GET", f"job/{plain.name.replace('/', '/job/')}/config.xml").content)
    assert config.findtext("builders/hudson.tasks.Shell/command") == "echo 'a < b'"
    assert controller.jobs.remove(plain.name, plain.mark)
    assert controller.jobs.find(closed.name, closed.mark) == second


def test_a_job_is_changed_where_it_is_ours_alone(server: Server, controller: Controller, folder: Thing) -> None:
    it = thing("job:build", folder.name)
    controller.jobs.create(it.name, freestyle(label="power8"), about="", mark=it.mark)

    def move(config: ET.Element) -> bool:
        node = config.find("assignedNode")
        was, node.text = node.text, "power9"
        return was != "power9"

    controller.jobs.change(it.name, it.mark, move)
    config = ET.fromstring(server.ask("GET", f"job/{it.name.replace('/', '/job/')}/config.xml").content)
    assert config.findtext("assignedNode") == "power9"
    assert config.findtext("builders/hudson.tasks.Shell/command") == "true"


def test_a_folder_that_is_still_there_is_not_called_gone(server: Server, controller: Controller, folder: Thing) -> None:
    server.sim.fault(method="POST", path="/job/.*/doDelete", status=302, headers={"Location": "/"})
    assert not controller.folders.remove(folder.name, folder.mark)
    assert controller.folders.remove(folder.name, folder.mark)


def test_characters_that_no_xml_holds_are_left_out(controller: Controller, folder: Thing) -> None:
    it = thing("job:build", folder.name)
    made = controller.jobs.create(it.name, freestyle(), about="bell\x07 \ufffe ü 🐧", mark=it.mark)
    assert made.description == f"bell  ü 🐧\n{it.mark}"


def test_what_is_no_xml_to_us_is_one_things_trouble(server: Server, controller: Controller, folder: Thing) -> None:
    """XML 1.1, as Jenkins writes it, holds characters that no parser of 1.0 takes: anybody's job may have one."""
    body = "<?xml version='1.1' encoding='UTF-8'?>\n<project><description>&#x1b;</description></project>"
    headers = {"Content-Type": "application/xml", "X-Jenkins": "2.579"}
    server.sim.fault(method="GET", path=f"/job/{folder.name}", status=200, body=body, headers=headers)
    with pytest.raises(Rejected, match="cannot be read"):
        controller.folders.find(folder.name, folder.mark)
