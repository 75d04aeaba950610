"""What a step's look at the world comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from provisioning.errors import Failure


@dataclass(frozen=True, slots=True)
class Ready:
    """It is as wanted (or, for an undo, gone). `id` is the provider's, `facts` are what pages and other steps read."""

    id: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pending:
    """On its way; look again after `seconds`. `words` tell people what it waits for."""

    seconds: float
    words: str = ""
    id: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Missing:
    """A look found what was ready no longer there, or in a state that it cannot leave by itself.

    `proven` is False while the proof of absence (a full listing and two answers 404 by id, a minute apart) stands out.
    `errored` says that it is there but in ERROR; `failure` and `who` then name why, for when a rebuild does not help.
    `ran` says that it has been running once, whether we saw it or not, so that it may hold data.
    """

    words: str = ""
    errored: bool = False
    proven: bool = False
    failure: Failure | None = None
    who: str = "lab"
    ran: bool = False


Outcome = Ready | Pending | Missing
