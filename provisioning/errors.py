"""The four kinds of error that a provider can meet us with; anything else raised is a bug.

`code` is one of Failure's values, `words` is the sentence that a person reads (never a response body with secrets), and
`who` must act: nobody, you, lab or upstream. `system` names who answered where it was not the cloud: `jenkins`.
"""

from enum import StrEnum
from typing import Any


class Failure(StrEnum):
    """The named failures of the product page."""

    NO_CAPACITY = "no_capacity"
    QUOTA = "quota"
    MISMATCH = "mismatch"
    NO_VALID_HOST = "no_valid_host"
    API_DOWN = "api_down"
    DISK_FULL = "disk_full"
    KEY_REJECTED = "key_rejected"
    CREDENTIAL_BROKEN = "credential_broken"
    UPSTREAM_BUG = "upstream_bug"
    SET_UP = "set_up"
    NOT_OURS = "not_ours"
    LOST = "lost"
    REFUSED = "refused"
    BUG = "bug"


class ProviderError(Exception):
    """Something went wrong at a provider."""

    code = Failure.REFUSED
    who = "lab"

    def __init__(self, words: str, *, code: Failure | None = None, who: str = "", system: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.code = code or self.code
        self.who = who or self.who
        self.system = system


class Rejected(ProviderError):
    """A person must change something before this can work; trying again does not help."""

    who = "you"


class Busy(ProviderError):
    """Later: down, overloaded, timed out, in maintenance. The call may have had its effect.

    `retry_after` is what the provider asked for, in seconds; 0 if it said nothing. `unavailable` marks what counts for
    the breaker: time-outs and refused connections.
    """

    code = Failure.API_DOWN

    def __init__(self, words: str, *, retry_after: float = 0, unavailable: bool = False, **more: Any) -> None:
        super().__init__(words, **more)
        self.retry_after = retry_after
        self.unavailable = unavailable


class Gone(ProviderError):
    """What was named does not exist (any more): success for an undo."""

    code = Failure.LOST


class Broken(ProviderError):
    """Our credentials or set-up are at fault: one operator ticket, and a pause for that cloud, or for `system`."""

    code = Failure.CREDENTIAL_BROKEN
