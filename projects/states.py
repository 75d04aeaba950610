"""What can move, and where to: tables of legal moves, with the words and the tone that pages show."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, Self

from projects.errors import IllegalMove


class Named(StrEnum):
    """A word of the domain that knows how it is shown: `words` for people, `tone` for the colour of its badge.

    Tones are good, info, warn, bad and muted.
    """

    words: str
    tone: str

    def __new__(cls, value: str, words: str = "", tone: str = "muted") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = words
        member.tone = tone
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """(value, words) pairs, as a Django field takes them."""
        return [(member.value, member.words) for member in cls]


class RequestState(Named):
    """Where an access request stands."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Waiting for the lab", "info"
    RETURNED = "returned", "A question for you", "warn"
    APPROVED = "approved", "Approved", "good"
    DECLINED = "declined", "Declined", "bad"
    WITHDRAWN = "withdrawn", "Withdrawn"
    LAPSED = "lapsed", "Lapsed, no answer came"


OPEN_REQUESTS: Final = frozenset({RequestState.SUBMITTED, RequestState.RETURNED})

REQUEST_MOVES: Final = frozenset(
    {
        (RequestState.DRAFT, RequestState.SUBMITTED),  # the requester sends it
        (RequestState.DRAFT, RequestState.WITHDRAWN),  # thrown away before it was sent
        (RequestState.SUBMITTED, RequestState.RETURNED),  # the desk has a question
        (RequestState.SUBMITTED, RequestState.APPROVED),  # the last needed key was turned
        (RequestState.SUBMITTED, RequestState.DECLINED),  # the desk says no, with the reason
        (RequestState.SUBMITTED, RequestState.WITHDRAWN),  # the requester no longer needs it
        (RequestState.RETURNED, RequestState.SUBMITTED),  # the requester answered
        (RequestState.RETURNED, RequestState.WITHDRAWN),  # the requester gives up
        (RequestState.RETURNED, RequestState.LAPSED),  # no answer for 60 days
    }
)


class PartState(Named):
    """What became of one part of a request."""

    ASKED = "asked", "Asked for", "info"
    APPROVED = "approved", "Approved", "good"
    DECLINED = "declined", "Declined", "bad"


class Kind(Named):
    """The kind of access that one part asks for and one allocation gives."""

    MANAGED = "managed", "Managed servers"
    CLOUD = "cloud", "Cloud access"
    CI = "ci", "CI"


class Desired(Named):
    """What an allocation is to be; the only thing about it that moves by hand."""

    PRESENT = "present", "In use", "good"
    SUSPENDED = "suspended", "Suspended", "warn"
    ABSENT = "absent", "Given back"


DESIRED_MOVES: Final = frozenset(
    {
        (Desired.PRESENT, Desired.SUSPENDED),  # release or expiry begins, or staff pause it
        (Desired.SUSPENDED, Desired.PRESENT),  # renewed within the grace time
        (Desired.SUSPENDED, Desired.ABSENT),  # the grace time is over
        (Desired.PRESENT, Desired.ABSENT),  # released at once, by its owner who typed the name, or by staff
    }
)


class Phase(Named):
    """How the world compares with what is desired, worked out from the steps."""

    BUILDING = "building", "Being built", "info"
    READY = "ready", "Ready", "good"
    CHANGING = "changing", "Being changed", "info"
    DEGRADED = "degraded", "Needs attention", "bad"
    SUSPENDED = "suspended", "Suspended", "warn"
    RELEASING = "releasing", "Being given back", "info"
    RELEASED = "released", "Given back"


class Who(Named):
    """Who must act next for an allocation or a step to get on."""

    NOBODY = "nobody", "Nobody", "good"
    YOU = "you", "You", "warn"
    LAB = "lab", "The lab", "warn"
    UPSTREAM = "upstream", "Upstream", "warn"


class TicketState(Named):
    """Where a conversation stands."""

    OPEN = "open", "Open", "info"
    WAITING = "waiting", "Waiting for an answer", "warn"
    RESOLVED = "resolved", "Resolved", "good"
    CLOSED = "closed", "Closed"


TICKET_MOVES: Final = frozenset(
    {
        (TicketState.OPEN, TicketState.WAITING),  # the desk asked something
        (TicketState.WAITING, TicketState.OPEN),  # the answer came
        (TicketState.OPEN, TicketState.RESOLVED),  # done
        (TicketState.WAITING, TicketState.RESOLVED),  # done without an answer
        (TicketState.RESOLVED, TicketState.OPEN),  # an answer shows that it was not done
        (TicketState.RESOLVED, TicketState.CLOSED),  # nobody answered any more
    }
)


class MemberRole(Named):
    """What a project member may do: owners manage people and dates, maintainers resources, members look and connect."""

    OWNER = "owner", "Owner"
    MAINTAINER = "maintainer", "Maintainer"
    MEMBER = "member", "Member"


class CloudState(Named):
    """Whether the lab lets new things be made on a cloud."""

    OPEN = "open", "Open", "good"
    MAINTENANCE = "maintenance", "In maintenance: nothing new is created", "warn"


class LookupKind(Named):
    """Which fact is asked of GitHub."""

    REPOSITORY = "repository", "Repository"
    LOGIN = "login", "Login"
    KEYS = "keys", "Public keys"


class LookupState(Named):
    """What is known of a fact that only GitHub can tell."""

    ASKED = "asked", "Being checked", "info"
    FOUND = "found", "Found", "good"
    ABSENT = "absent", "Not found", "bad"
    FAILED = "failed", "Not checked", "warn"


def ensure_move(table: Iterable[tuple[Named, Named]], was: Named, now: Named) -> None:
    """Pass silently when the table lists this move, else raise IllegalMove."""
    if (was, now) not in table:
        raise IllegalMove(was=was.words, now=now.words)
