"""config.xml, the whole truth of a folder, a job or an agent: read, changed where it is ours, and read again."""

import re
from collections.abc import Callable, Iterable
from typing import Final
from xml.etree import ElementTree as ET

from provisioning.adapters.jenkins.client import Client
from provisioning.adapters.jenkins.errors import SYSTEM, Absent, rejected, set_up
from provisioning.errors import Failure

Change = Callable[[ET.Element], bool]  # makes it as wanted; False where it was so already
STRATEGY: Final = "org.jenkinsci.plugins.matrixauth.inheritance.NonInheritingStrategy"
DECLARATION: Final = re.compile(rb"^\s*<\?xml.*?\?>")
UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Documents:
    """The documents of one kind of thing, by name; `path` says where a thing of that name is."""

    def __init__(self, client: Client, path: Callable[[str], str]) -> None:
        self.client, self.path = client, path

    def find(self, name: str, mark: str) -> ET.Element | None:
        """None where there is no such thing. Raises Rejected where it is not ours."""
        try:
            document = read(self.client.get(f"{self.path(name)}config.xml").content)
        except Absent:
            return None
        if mark not in text_of(document, "description").split():
            raise rejected(f"{name} in Jenkins is not the portal's; it is left as it is.", Failure.NOT_OURS)
        return document

    def change(self, name: str, mark: str, change: Change) -> ET.Element:
        """Make it as wanted and see that it is. Jenkins knows no lock: of two writers the last one wins.

        Raises Gone where it is not there, Broken where Jenkins takes the change and does not keep it.
        """
        document = self._there(name, mark)
        if change(document):
            self.client.post(f"{self.path(name)}config.xml", data=written(document))
            document = self._there(name, mark)
            if change(document):
                raise set_up("Jenkins did not keep what was set; has it the plugins Folders and Matrix Authorization?")
        return document

    def _there(self, name: str, mark: str) -> ET.Element:
        found = self.find(name, mark)
        if found is None:
            raise Absent(f"{name} is not in Jenkins.", system=SYSTEM)
        return found


def read(text: bytes) -> ET.Element:
    """UTF-8, which no header says. Raises Rejected for what is no XML 1.0: a job may hold characters of 1.1."""
    body = DECLARATION.sub(b"", text)  # of XML 1.1, which no parser here promises to know
    try:
        return ET.fromstring(body)  # noqa: S314  Jenkins wrote it anew, without any entity of its own
    except ET.ParseError as error:
        raise rejected("Jenkins's configuration of it cannot be read as XML.", Failure.UPSTREAM_BUG) from error


def written(document: ET.Element) -> bytes:
    """As XML, escaped; characters that no XML can hold are left out."""
    for element in document.iter():
        element.text = UNWRITABLE.sub("", element.text) if element.text else element.text
    text: bytes = ET.tostring(document, encoding="utf-8", xml_declaration=True)
    return text


def described(about: str, mark: str) -> str:
    """A description: words for people, and our mark."""
    return f"{about}\n{mark}"


def text_of(document: ET.Element, name: str) -> str:
    return document.findtext(name) or ""


def set_text(document: ET.Element, name: str, value: str) -> None:
    """Set the text of a child, made where it is missing."""
    child = document.find(name)
    (ET.SubElement(document, name) if child is None else child).text = value


def lines_of(document: ET.Element, matrix: str) -> frozenset[str]:
    """The permission lines of the thing's own matrix, a property of that name."""
    return frozenset(line.text or "" for line in document.findall(f"properties/{matrix}/permission"))


def inherits(document: ET.Element, matrix: str) -> bool:
    """Whether what is permitted above holds there, too."""
    strategy = document.find(f"properties/{matrix}/inheritanceStrategy")
    return strategy is None or strategy.get("class") != STRATEGY


def set_lines(document: ET.Element, matrix: str, lines: Iterable[str]) -> bool:
    """Put a matrix of exactly these lines, which inherits nothing, in place of the one that is there."""
    if not inherits(document, matrix) and lines_of(document, matrix) == frozenset(lines):
        return False
    properties = document.find("properties")
    if properties is None:
        properties = ET.SubElement(document, "properties")
    for old in properties.findall(matrix):
        properties.remove(old)
    fresh = ET.SubElement(properties, matrix)
    ET.SubElement(fresh, "inheritanceStrategy", {"class": STRATEGY})  # Jenkins looks for it first
    for line in sorted(set(lines)):
        ET.SubElement(fresh, "permission").text = line
    return True
