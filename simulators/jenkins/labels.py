"""Label expressions: which agents a job may run on.

An atom is a label or an agent's name; `!`, `&&`, `||`, `->` and `<->` bind in this order, parentheses go first.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

TOKEN: Final = re.compile(
    r"""\s*(?:(?P<operator>&&|\|\||<->|->|[!()])|"(?P<quoted>[^"]+)"|(?P<atom>(?:(?!->)[^&|!<>()\s"'])+))"""
)
# loosest first
BINARY: Final[tuple[tuple[str, Callable[[bool, bool], bool]], ...]] = (
    ("<->", lambda left, right: left == right),
    ("->", lambda left, right: not left or right),
    ("||", lambda left, right: left or right),
    ("&&", lambda left, right: left and right),
)


@dataclass(frozen=True, slots=True)
class Label:
    """An expression by its `name`, which is how Jenkins writes it: without spaces."""

    name: str
    meets: Callable[[Collection[str]], bool]
    level: int = len(BINARY)

    def within(self, level: int) -> str:
        """The name as a part of an expression of that level, in parentheses where it binds looser."""
        return f"({self.name})" if self.level < level else self.name


@lru_cache(maxsize=1024)
def label_of(expression: str) -> Label:
    """The meaning of an expression; one that cannot be read is a single atom, as Jenkins takes it."""
    try:
        tokens = tokens_of(expression)
        label = binary(tokens, 0)
        if tokens:
            raise ValueError(tokens[0])
    except (ValueError, IndexError):
        text = expression.strip()
        return Label(f'"{text}"', lambda atoms: text in atoms)
    return label


def tokens_of(expression: str) -> list[tuple[str, str]]:
    """Kind and text of each token. Raises ValueError."""
    text, place, found = expression.strip(), 0, []
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise ValueError(text[place:])
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        place = match.end()
    return found


def binary(tokens: list[tuple[str, str]], level: int) -> Label:
    """What stands between two operators looser than `level`. Raises ValueError or IndexError."""
    if level == len(BINARY):
        return unary(tokens)
    operator, combine = BINARY[level]
    left = binary(tokens, level + 1)
    while tokens and tokens[0] == ("operator", operator):
        tokens.pop(0)
        left = joined(left, operator, binary(tokens, level + 1), combine, level)
        if operator == "->":  # the one that cannot be chained
            break
    return left


def joined(left: Label, operator: str, right: Label, combine: Callable[[bool, bool], bool], level: int) -> Label:
    """Two labels with an operator between them."""
    name = left.within(level) + operator + right.within(level)
    return Label(name, lambda atoms: combine(left.meets(atoms), right.meets(atoms)), level)


def unary(tokens: list[tuple[str, str]]) -> Label:
    """An atom, something in parentheses, or `!` before one of them. Raises ValueError or IndexError."""
    kind, text = tokens.pop(0)
    if (kind, text) == ("operator", "!"):
        inner = primary(*tokens.pop(0), tokens)
        return Label(f"!{inner.within(len(BINARY))}", lambda atoms: not inner.meets(atoms))
    return primary(kind, text, tokens)


def primary(kind: str, text: str, tokens: list[tuple[str, str]]) -> Label:
    """An atom or something in parentheses. Raises ValueError or IndexError."""
    if (kind, text) == ("operator", "("):
        inner = binary(tokens, 0)
        if tokens.pop(0) != ("operator", ")"):
            raise ValueError(text)
        return inner
    if kind == "operator":
        raise ValueError(text)
    return Label(f'"{text}"' if kind == "quoted" else text, lambda atoms: text in atoms)
