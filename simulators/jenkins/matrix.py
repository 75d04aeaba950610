"""Who may do what: the permission lines of the whole Jenkins, of folders and jobs, and of nodes."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree as ET

PROPERTIES = frozenset(
    {
        "com.cloudbees.hudson.plugins.folder.properties.AuthorizationMatrixProperty",
        "hudson.security.AuthorizationMatrixProperty",
        "org.jenkinsci.plugins.matrixauth.AuthorizationMatrixNodeProperty",
    }
)
PARENT, GLOBAL, NONE = "InheritParentStrategy", "InheritGlobalStrategy", "NonInheritingStrategy"


@dataclass(frozen=True, slots=True)
class Matrix:
    """One property's lines, `USER:hudson.model.Item.Read:octocat`, and what it adds them to."""

    lines: tuple[str, ...]
    strategy: str = PARENT


@lru_cache(maxsize=8192)
def matrix_in(config: str) -> Matrix | None:
    """The matrix property in a config.xml (or a part of one); None where it has none."""
    for element in ET.fromstring(without_declaration(config)).iter():  # noqa: S314 - ours
        if element.tag in PROPERTIES:
            lines = tuple((line.text or "").strip() for line in element.iter("permission"))
            # the strategy is read where it comes first, and nowhere else
            first = element[0].get("class", "") if len(element) and element[0].tag == "inheritanceStrategy" else ""
            return Matrix(lines, first.rpartition(".")[2] or PARENT)
    return None


def without_declaration(xml: str) -> str:
    """The document as text that a parser takes: XML 1.1 is more than it knows, and text has no encoding."""
    return xml.partition("?>")[2] if xml.lstrip().startswith("<?xml") else xml


def lines_of(state: dict[str, Any], full_name: str) -> list[str]:
    """The lines in force for a folder or job, `A/B`; of the whole Jenkins where the name is empty or absent."""
    everywhere: list[str] = state["permissions"]
    item = state["items"].get(full_name) if full_name else None
    if item is None:
        return everywhere
    own, parent = matrix_in(item["config"]), full_name.rpartition("/")[0]
    if own is None:
        return lines_of(state, parent)
    above = {PARENT: lambda: lines_of(state, parent), GLOBAL: lambda: everywhere}.get(own.strategy, list)
    return [*above(), *own.lines]


def node_lines(state: dict[str, Any], name: str) -> list[str]:
    """The lines in force for a node."""
    everywhere: list[str] = state["permissions"]
    node = state["nodes"].get(name)
    own = matrix_in(node["properties"]) if node else None
    if own is None:
        return everywhere
    return list(own.lines) if own.strategy == NONE else [*everywhere, *own.lines]
