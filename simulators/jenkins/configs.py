"""config.xml of folders and jobs: read into facts, and written out again the way Jenkins does."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from xml.etree import ElementTree as ET

ROOTS: Final = {
    "folder": "com.cloudbees.hudson.plugins.folder.Folder",
    "freestyle": "project",
    "pipeline": "flow-definition",
}
CLASSES: Final = {
    "folder": "com.cloudbees.hudson.plugins.folder.Folder",
    "freestyle": "hudson.model.FreeStyleProject",
    "pipeline": "org.jenkinsci.plugins.workflow.job.WorkflowJob",
}
PLUGINS: Final = {"folder": "cloudbees-folder@6.1053.vd62fb_b_f7367b_", "pipeline": "workflow-job@1540.v295eccc9778f"}
# the fields in the order in which Jenkins writes them, with what it writes where they were not given; None: nothing
FIELDS: Final[dict[str, dict[str, str | None]]] = {
    "folder": {"actions": "", "description": None, "displayName": None, "properties": "", "healthMetrics": ""},
    "freestyle": {
        "actions": "",
        "description": None,
        "displayName": None,
        "keepDependencies": "false",
        "properties": "",
        "scm": "",
        "quietPeriod": None,
        "assignedNode": None,
        "canRoam": "true",
        "disabled": "false",
        "blockBuildWhenDownstreamBuilding": "false",
        "blockBuildWhenUpstreamBuilding": "false",
        "triggers": "",
        "concurrentBuild": "false",
        "builders": "",
        "publishers": "",
        "buildWrappers": "",
    },
    "pipeline": {
        "actions": "",
        "description": None,
        "displayName": None,
        "keepDependencies": "false",
        "properties": "",
        "quietPeriod": None,
        "definition": None,
        "triggers": "",
        "disabled": "false",
    },
}
MATRIX: Final = {
    "folder": "com.cloudbees.hudson.plugins.folder.properties.AuthorizationMatrixProperty",
    "freestyle": "hudson.security.AuthorizationMatrixProperty",
    "pipeline": "hudson.security.AuthorizationMatrixProperty",
}
STRATEGY: Final = "org.jenkinsci.plugins.matrixauth.inheritance.InheritParentStrategy"
PERMISSIONS: Final = frozenset(
    f"{group}.{name}"
    for group, names in {
        "hudson.model.Item": "Create Delete Configure Read Discover ExtendedRead Build Workspace WipeOut Cancel Move",
        "hudson.model.Run": "Delete Update Artifacts Replay",
        "hudson.model.View": "Create Delete Configure Read",
        "hudson.scm.SCM": "Tag",
        "com.cloudbees.plugins.credentials.CredentialsProvider": "View Create Update Delete ManageDomains UseItem",
    }.items()
    for name in names.split()
)
LINE: Final = re.compile(r"(?:(?:USER|GROUP):)?(?P<permission>[\w.]+):(?P<sid>.+)")
# `label 'x'` of a declarative pipeline, `node('x')` of a scripted one, `agent any`, `node {`
PLACE: Final = re.compile(
    r"""\blabel\s*(?:\(\s*)?(['"])(?P<label>.*?)\1|\bnode\s*\(\s*(['"])(?P<node>.*?)\3|\bagent\s+any\b|\bnode\s*\{"""
)
STEP: Final = re.compile(r"""\b(?:sh|echo)\s*\(?\s*(?P<quote>'''|\"""|'|")(?P<text>.*?)(?P=quote)""", re.DOTALL)
PARAMETERS: Final = "properties/hudson.model.ParametersDefinitionProperty/parameterDefinitions/*"
ALONE: Final = "properties/org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the simulator needs to know of an item; `quiet` in seconds, None where the lab's own holds."""

    description: str | None
    display_name: str | None
    label: str | None
    disabled: bool
    concurrent: bool
    quiet: float | None
    parameters: tuple[tuple[str, str, str], ...]  # class, name, default
    commands: tuple[str, ...]
    places: tuple[str | None, ...]  # of a pipeline: for which labels it takes executors, None for any


def parsed(body: bytes | str) -> ET.Element:
    """The root of a config.xml. Raises ValueError for what is no XML."""
    try:
        return ET.fromstring(body)  # noqa: S314 - what our own tests and demo send
    except ET.ParseError as error:
        raise ValueError(str(error)) from error


def kind_of(root: ET.Element) -> str:
    """folder, freestyle or pipeline. Raises ValueError for any other item."""
    for kind, name in ROOTS.items():
        if root.tag == name:
            return kind
    raise ValueError(root.tag)


def written(root: ET.Element, kind: str) -> str:
    """The document as Jenkins keeps it: known fields in its own order, defaults and plugins filled in."""
    for element in root.iterfind(f"properties/{MATRIX[kind]}"):
        clean_matrix(element)
    fields = FIELDS[kind]
    for name, default in fields.items():
        if default is not None and root.find(name) is None:
            ET.SubElement(root, name).text = default or None
    places = {name: place for place, name in enumerate(fields)}
    root[:] = sorted(root, key=lambda child: places.get(child.tag, len(places)))
    if kind in PLUGINS:
        root.set("plugin", PLUGINS[kind])
    ET.indent(root)
    return "<?xml version='1.1' encoding='UTF-8'?>\n" + ET.tostring(root, encoding="unicode")


def clean_matrix(element: ET.Element) -> None:
    """Leave the lines of permissions that items have, sorted; a strategy counts only as the first child."""
    first = element[0] if len(element) and element[0].tag == "inheritanceStrategy" else None
    strategy = first.get("class", STRATEGY) if first is not None else STRATEGY
    matches = (LINE.fullmatch((line.text or "").strip()) for line in element.iter("permission"))
    lines = {(found["permission"], found["sid"], found[0]) for found in matches if found}
    element[:] = [ET.Element("inheritanceStrategy", {"class": strategy})]
    element.set("plugin", "matrix-auth@3.2.9")
    for permission, _sid, line in sorted(lines):
        if permission in PERMISSIONS:
            ET.SubElement(element, "permission").text = line


def with_lines(config: str, kind: str, lines: list[str]) -> str:
    """The document with these lines added to its matrix property, which is made where it is missing."""
    root = parsed(config)
    properties = root.find("properties")
    if properties is None:
        properties = ET.SubElement(root, "properties")
    element = properties.find(MATRIX[kind])
    if element is None:
        element = ET.SubElement(properties, MATRIX[kind])
    for line in lines:
        ET.SubElement(element, "permission").text = line
    return written(root, kind)


def with_disabled(config: str, kind: str, *, disabled: bool) -> str:
    """The document of a job that is switched off or on."""
    root = parsed(config)
    element = root.find("disabled")
    if element is not None:
        element.text = str(disabled).lower()
    return written(root, kind)


@lru_cache(maxsize=8192)
def facts_of(config: str) -> Facts:
    """What a config.xml that we keep says."""
    root = parsed(config)
    script = root.findtext("definition/script") or ""
    quiet = root.findtext("quietPeriod", "")
    alone = root.find(ALONE) is not None or root.findtext("concurrentBuild") == "false"
    return Facts(
        description=root.findtext("description"),
        display_name=root.findtext("displayName") or None,
        label=(root.findtext("assignedNode") or None) if root.findtext("canRoam") == "false" else None,
        disabled=root.findtext("disabled") == "true",
        concurrent=not alone,
        quiet=float(quiet) if quiet.isdigit() else None,
        parameters=tuple(parameter_of(one) for one in root.iterfind(PARAMETERS)),
        commands=tuple(one.text or "" for one in root.iterfind("builders/hudson.tasks.Shell/command"))
        or tuple(match["text"] for match in STEP.finditer(script)),
        places=places_of(script) if root.find("definition/scm") is None else (None,),
    )


def parameter_of(element: ET.Element) -> tuple[str, str, str]:
    """A parameter's class, name and default; a choice's default is its first."""
    choice = element.findtext("choices/a/string") or element.findtext("choices/string") or ""
    return element.tag, element.findtext("name", ""), element.findtext("defaultValue") or choice


def places_of(script: str) -> tuple[str | None, ...]:
    """The label expressions for which a pipeline takes executors."""
    return tuple(match["label"] or match["node"] or None for match in PLACE.finditer(script))


def blank(kind: str) -> str:
    """The document of an item that was made by its name alone."""
    return written(ET.Element(ROOTS[kind]), kind)
