"""What of an object `api/json` shows: by `depth`, or exactly by `tree`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

TOKEN = re.compile(r"\{[\d,]+\}|[,\[\]{}]|[^,\[\]{}]+")
EVERYTHING = slice(None)


class Bean(dict[str, Any]):
    """An exported object: property by property, `_class` among them where the real one says it.

    `levels` has the visibility of the properties whose visibility is not 1 (a label's name: 2, a job's: 999), `inline`
    names those that are as deep as the object itself. A value that can be called is called only where it is shown.
    A plain dict is a map instead: all its keys are shown, its values are as deep as the map.
    """

    def __init__(self, values: Mapping[str, Any], *, inline: Iterable[str] = (), **levels: int) -> None:
        super().__init__(values)
        self.inline, self.levels = frozenset(inline), levels


class Pruner(Protocol):
    """Decides on one object's properties."""

    @property
    def part(self) -> slice:
        """Which of a list's members are shown."""

    def accept(self, bean: Bean, name: str) -> "Pruner | None":
        """How the property's value is pruned; None where it is not shown."""


@dataclass(frozen=True, slots=True)
class ByDepth:
    """Shows what is visible enough; each step down asks for one more."""

    least: int
    part: slice = field(default_factory=lambda: EVERYTHING)

    def accept(self, bean: Bean, name: str) -> Pruner | None:
        if bean.levels.get(name, 1) < self.least:
            return None
        return self if name in bean.inline else ByDepth(self.least + 1)


@dataclass(slots=True)
class ByName:
    """Shows what is named; `*` stands for every name."""

    children: dict[str, "ByName"] = field(default_factory=dict)
    part: slice = field(default_factory=lambda: EVERYTHING)

    def accept(self, bean: Bean, name: str) -> Pruner | None:
        return self.children.get(name) or self.children.get("*")


def pruned(value: Any, query: Mapping[str, str]) -> Any:
    """`value` as JSON values, by the call's `tree` or else its `depth`. Raises ValueError where one is malformed."""
    tree = query.get("tree")
    return shown(value, parsed(tree) if tree else ByDepth(1 - int(query.get("depth", 0))))


def shown(value: Any, pruner: Pruner) -> Any:
    """A value as a pruner shows it."""
    if callable(value):
        value = value()
    if isinstance(value, Bean):
        chosen = ((name, item, pruner.accept(value, name)) for name, item in value.items())
        return {name: shown(item, below or pruner) for name, item, below in chosen if below or name == "_class"}
    if isinstance(value, dict):
        return {name: shown(item, pruner) for name, item in value.items()}
    if isinstance(value, list):
        return [shown(item, pruner) for item in value[pruner.part]]
    return value


def parsed(text: str) -> ByName:
    """`a,b[c]{0,5}` as a pruner. Raises ValueError where it is malformed."""
    tokens = [*TOKEN.findall(text), ""]
    root = ByName()
    if members(tokens, root)[0]:
        raise ValueError("the tree goes on after its end")
    return root


def members(tokens: list[str], into: ByName) -> list[str]:
    """Read names divided by commas; returns the tokens that follow."""
    while True:
        name, *tokens = tokens
        if not name or name in ",[]{}":
            raise ValueError("a name is missing in the tree")
        into.children[name] = child = ByName()
        if tokens[0] == "[":
            tokens = after("]", members(tokens[1:], child))
        if tokens[0].startswith("{"):
            child.part = part_of(tokens[0])
            tokens = tokens[1:]
        if tokens[0] != ",":
            return tokens
        tokens = tokens[1:]


def after(expected: str, tokens: list[str]) -> list[str]:
    """The tokens behind one that must be there."""
    if tokens[0] != expected:
        raise ValueError(f"{expected} is missing in the tree")
    return tokens[1:]


def part_of(text: str) -> slice:
    """A range: `{5}`, `{,5}`, `{5,}` or `{5,9}`."""
    found = re.fullmatch(r"\{(\d+)\}|\{(\d*),(\d*)\}", text)
    if found is None or text == "{,}":
        raise ValueError("a range of the tree has no number")
    only, first, end = found.groups()
    if only:
        return slice(int(only), int(only) + 1)
    return slice(int(first or 0), int(end) if end else None)
