"""Faults on order: an answer of another status, a delay, or a connection cut before or after the effect."""

import re
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from werkzeug import Request, Response

from simulators.common.answers import json_response


class Cut(Exception):
    """The connection is closed without an answer."""


@dataclass(slots=True)
class Fault:
    """One rule. It meets calls whose method and path match, lets `skip` of them pass, then acts `times` times.

    `path` is a regular expression matched from the start of the path, so that a plain prefix works too.
    `containing` narrows to calls whose body holds that text. `times` None means until the rules are deleted.
    `effect` with a `status`: the call is carried out, only its answer is replaced. `delay` seconds pass before the
    call is carried out; with `effect` or a cut `after` they pass between the effect and the answer.
    """

    method: str = "*"
    path: str = ""
    status: int | None = None
    delay: float = 0.0
    cut: Literal["before", "after"] | None = None
    times: int | None = 1
    skip: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    containing: str = ""
    effect: bool = False
    hits: int = 0

    def __post_init__(self) -> None:
        re.compile(self.path)
        if self.cut not in (None, "before", "after"):
            raise ValueError("cut is before or after")

    def meets(self, request: Request) -> bool:
        """Whether the rule speaks about this call at all."""
        return (
            self.method in ("*", request.method)
            and re.match(self.path, request.path) is not None
            and (not self.containing or self.containing in request.get_data(as_text=True))
        )

    @property
    def late(self) -> bool:
        """Whether the rule acts when the call has had its effect."""
        return self.effect or self.cut == "after"

    def before(self) -> Response | None:
        """What happens instead of the call. Raises Cut."""
        if self.cut == "before":
            raise Cut
        return None if self.late else self.answer()

    def after(self) -> Response | None:
        """What replaces the answer of a call that was carried out. Raises Cut."""
        if self.cut == "after":
            raise Cut
        return self.answer() if self.late else None

    def answer(self) -> Response | None:
        """The ordered answer, or None where the rule only delays or cuts."""
        if self.status is None:
            return None
        if self.body is None or isinstance(self.body, str):
            return Response(self.body or "", self.status, self.headers)
        return json_response(self.body, self.status, self.headers)


class Faults:
    """The rules in the order they were given; the first that meets a call and is not used up acts."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []

    def add(self, *rules: dict[str, Any]) -> None:
        """Add rules. Raises TypeError, ValueError or re.error where one cannot be understood, and adds none then."""
        self.rules += [Fault(**values) for values in rules]

    def take(self, request: Request) -> Fault | None:
        """The rule that acts on this call, counted as used."""
        for rule in self.rules:
            if (rule.times is None or rule.times > 0) and rule.meets(request):
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                rule.hits += 1
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None

    def clear(self) -> None:
        """Forget all rules."""
        self.rules.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """The rules with what is left of them."""
        return [asdict(rule) for rule in self.rules]
