"""A node's config.xml: its fields, in the order in which Jenkins writes them."""

from html import escape
from typing import Any, Final
from xml.etree import ElementTree as ET

from simulators.jenkins.configs import parsed
from simulators.jenkins.monitors import DISK_SPACE
from simulators.jenkins.nodes import Node

USER_CAUSE: Final = "hudson.slaves.OfflineCause$UserCause"
# the kinds of mark, with their fields and what stands where one is not given
MARKS: Final[dict[str, dict[str, Any]]] = {
    USER_CAUSE: {"timestamp": 0, "userId": "", "message": ""},
    DISK_SPACE: dict.fromkeys(("timestamp", "size", "totalSize", "threshold", "warningThreshold"), 0)
    | {"path": "", "trigger": ""},
}
DECLARATION: Final = '<?xml version="1.1" encoding="UTF-8"?>\n'


def written(node: Node) -> str:
    """The whole document."""
    described = "" if node["description"] is None else f"  <description>{escape(node['description'])}</description>\n"
    return (
        f"{DECLARATION}<slave>\n{mark_xml(node['mark'])}"
        f"  <name>{escape(node['name'])}</name>\n{described}"
        f"  <remoteFS>{escape(node['root'] or '')}</remoteFS>\n"
        f"  <numExecutors>{node['executors']}</numExecutors>\n"
        f"  <mode>{node['mode']}</mode>\n"
        f"  {node['retention']}\n  {node['launcher']}\n"
        f"  <label>{escape(node['label'] or '')}</label>\n"
        f"  {node['properties']}\n</slave>"
    )


def mark_xml(mark: dict[str, Any] | None) -> str:
    """Why and by whom the node is marked offline; nothing where it is not."""
    if mark is None:
        return ""
    values = {name: value for name, value in mark.items() if name != "class"}
    inside = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())
    if mark["class"] == USER_CAUSE:
        inside = inside.replace("</timestamp>", f"</timestamp>{words_xml(mark)}")
    return f'  <temporaryOfflineCause class="{mark["class"]}">{inside}</temporaryOfflineCause>\n'


def words_xml(mark: dict[str, Any]) -> str:
    """The description of a mark as Jenkins keeps it, to be said in any language."""
    message = f" : {mark['message']}" if mark["message"] else ""
    arguments = "".join(f"<string>{escape(str(text))}</string>" for text in (mark["userId"], message))
    return (
        "<description><holder><owner>hudson.slaves.Messages</owner></holder>"
        f"<key>SlaveComputer.DisconnectedBy</key><args>{arguments}</args></description>"
    )


def read(body: bytes) -> tuple[str, Node]:
    """The class of node that a document is of, and what it says. Raises ValueError where it cannot be read."""
    root = parsed(body)
    if root.tag == "slave" and not root.findtext("name"):
        raise ValueError("a node without a name")
    described = root.find("description")
    return root.tag, {
        "mark": mark_in(root.find("temporaryOfflineCause")),
        "name": root.findtext("name", ""),
        "description": None if described is None else described.text or "",
        "root": root.findtext("remoteFS", ""),
        "executors": int(root.findtext("numExecutors", "0")),
        "mode": root.findtext("mode", "NORMAL"),
        "retention": part(root, "retentionStrategy"),
        "launcher": part(root, "launcher"),
        "label": root.findtext("label", ""),
        "properties": part(root, "nodeProperties"),
    }


def mark_in(element: ET.Element | None) -> dict[str, Any] | None:
    """The mark that a document carries; of a kind that is not known, none."""
    kind = "" if element is None else element.get("class", "")
    if element is None or kind not in MARKS:
        return None
    found = {name: element.findtext(name) or first for name, first in MARKS[kind].items()}
    return {"class": kind} | {name: type(first)(found[name]) for name, first in MARKS[kind].items()}


def part(root: ET.Element, name: str) -> str:
    """An element with all that is in it, as text."""
    element = root.find(name)
    if element is None:
        element = ET.Element(name)
    element.tail = None
    # as Jenkins closes an empty element; in texts and attributes this cannot stand
    return ET.tostring(element, encoding="unicode").replace(" />", "/>")
