"""Who may do what, and what the lab checks before it lends: pure predicates and values, standard library only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from projects.amounts import Amount
from projects.errors import NotAllowed
from projects.licences import known_licence
from projects.states import LookupState, MemberRole, Named


class Person(Protocol):
    """What policies need to know of somebody."""

    @property
    def pk(self) -> Any: ...
    @property
    def is_staff(self) -> bool: ...
    @property
    def is_operator(self) -> bool: ...


class Asked(Protocol):
    """What policies need to know of an access request."""

    @property
    def requester_id(self) -> int | None: ...


OWNERS: Final = frozenset({MemberRole.OWNER})
KEEPERS: Final = frozenset({MemberRole.OWNER, MemberRole.MAINTAINER})
EVERYBODY: Final = frozenset(MemberRole)

# Which roles of a project may do what in it.
MEMBERS_MAY: Final[Mapping[str, frozenset[MemberRole]]] = {
    "see": EVERYBODY,
    "connect": EVERYBODY,
    "build": EVERYBODY,  # as Jenkins lets them
    "leave": EVERYBODY,
    "act": KEEPERS,  # start, stop, reboot, reinstall, rescue, open ports
    "console": KEEPERS,
    "tickets": KEEPERS,
    "request_change": KEEPERS,  # asks only; the desk decides
    "members": OWNERS,
    "tokens": OWNERS,
    "credential": OWNERS,
    "renew": OWNERS,
    "release": OWNERS,
}
# What the desk may do in every project; deleting data and people's memberships is not among it.
OPERATORS_MAY: Final = frozenset({"see", "tickets"})

PURPOSES: Final[Mapping[str, str]] = {
    "porting": "Porting",
    "ci": "Continuous integration (CI)",
    "builds": "Release builds",
    "packaging": "Packaging",
    "teaching": "Teaching",
    "benchmarking": "Benchmarking",
}
NO_BENCHMARKS: Final = "This is a shared cloud, results would mean nothing; choose another purpose if you have one."
NOT_OPEN: Final = (
    "This is not a licence that the Open Source Initiative approved; give its SPDX identifier, such as MIT or "
    "GPL-2.0-or-later, or “education”."
)


class Mark(Named):
    """How a check came out."""

    OK = "ok", "Fine", "good"
    WARN = "warn", "Look at this", "warn"
    BAD = "bad", "Against the rules", "bad"
    UNKNOWN = "unknown", "Not checked", "warn"


@dataclass(frozen=True, slots=True)
class Check:
    """One policy check: what was looked at, how it came out, and a sentence."""

    key: str
    title: str
    mark: Mark
    words: str

    @property
    def needs_reason(self) -> bool:
        """Whether an approval over it must say why."""
        return self.mark in {Mark.BAD, Mark.UNKNOWN}


def allowed(person: Person, role: MemberRole | None, verb: str) -> bool:
    """Whether somebody with this role in a project (None: no member) may do `verb` there."""
    if person.is_staff or (person.is_operator and verb in OPERATORS_MAY):
        return True
    return role is not None and role in MEMBERS_MAY[verb]


def can_manage(role: MemberRole | None, verb: str) -> bool:
    """Whether a project's role alone, without anything the lab gave, lets one do `verb`."""
    return role is not None and role in MEMBERS_MAY[verb]


def can_review(person: Person, request: Asked) -> bool:
    """Whether somebody may decide a request: the desk, but nobody their own unless they are staff."""
    return person.is_staff or (person.is_operator and request.requester_id != person.pk)


def can_delete(person: Person) -> bool:
    """Whether somebody at the desk may have a project's servers and volumes deleted: staff only."""
    return person.is_staff


def can_suspend(person: Person) -> bool:
    """Whether somebody may put a project's allocation to rest and bring it back: staff only."""
    return person.is_staff


def within_limit(person: Person, total: Amount, limit: Amount) -> bool:
    """Whether somebody may grant `total`: staff any amount, operators up to `limit`."""
    return person.is_staff or (person.is_operator and total.fits(limit))


def require(permitted: bool, sentence: str = "") -> None:
    """Raise NotAllowed unless `permitted`."""
    if not permitted:
        raise NotAllowed(sentence)


def check_licence(licence: str) -> Check:
    """An OSI-approved licence, or education."""
    if identifier := known_licence(licence):
        return Check("licence", "Licence", Mark.OK, f"{identifier} is accepted.")
    return Check("licence", "Licence", Mark.BAD, NOT_OPEN)


def check_purpose(purpose: str) -> Check:
    """What it is for; benchmarks on shared machines are not."""
    if purpose == "benchmarking":
        return Check("purpose", "Purpose", Mark.BAD, NO_BENCHMARKS)
    if purpose in PURPOSES:
        return Check("purpose", "Purpose", Mark.OK, f"{PURPOSES[purpose]}.")
    return Check("purpose", "Purpose", Mark.BAD, "Choose what it will be used for.")


def check_repository(full_name: str | None, state: LookupState | None, answer: Mapping[str, Any]) -> Check:
    """A repository that is there and alive. `full_name` is None where the address is not on our GitHub host."""
    mark, words = _repository(full_name, state, answer)
    return Check("repository", "Repository", mark, words)


def _repository(full_name: str | None, state: LookupState | None, answer: Mapping[str, Any]) -> tuple[Mark, str]:
    if full_name is None:
        return Mark.UNKNOWN, "The repository is not on GitHub; look at it yourself."
    if state is LookupState.ABSENT:
        return Mark.BAD, f"GitHub has no public repository {full_name}; correct the address."
    if state is not LookupState.FOUND:
        return Mark.UNKNOWN, "GitHub has not answered yet; this is checked again."
    if answer.get("archived"):
        return Mark.BAD, f"{full_name} is archived: nobody works on it; give the repository that is in use."
    if answer.get("disabled"):
        return Mark.BAD, f"{full_name} is disabled on GitHub; give one that is in use."
    return Mark.OK, f"{full_name} is there and not archived."


def check_stated_licence(stated: str, answer: Mapping[str, Any]) -> Check:
    """Whether GitHub knows the same licence as the form says. `answer` is the repository's, empty where unknown."""
    found = str(answer.get("licence") or "")
    title = "Licence on GitHub"
    if not answer:
        return Check("stated_licence", title, Mark.WARN, "Unknown: the repository was not checked.")
    if not known_licence(found):
        return Check("stated_licence", title, Mark.WARN, "GitHub names none that is known; look at the repository.")
    if _family(found) != _family(stated):
        return Check("stated_licence", title, Mark.WARN, f"GitHub says {found}, the form says {stated}.")
    return Check("stated_licence", title, Mark.OK, f"GitHub says {found} too.")


def _family(licence: str) -> str:
    return known_licence(licence).removesuffix("-only").removesuffix("-or-later")


def check_name(name: str, *, project_stands: bool, own_project: bool, others_open: int) -> Check:
    """Whether the name is free, or the requester's own project, and whether others ask for it too."""
    if project_stands and not own_project:
        return Check("name", "Project name", Mark.BAD, f"A project called {name} stands already.")
    if others_open:
        return Check("name", "Project name", Mark.WARN, f"{others_open} more open request(s) ask for this name.")
    words = f"{name} stands already and the requester belongs to it." if own_project else f"{name} is free."
    return Check("name", "Project name", Mark.OK, words)


def needing_reason(checks: Iterable[Check]) -> list[Check]:
    """The checks that an approval may only pass over with a reason."""
    return [check for check in checks if check.needs_reason]
