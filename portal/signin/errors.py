"""Why a sign-in failed, in one plain sentence, and who must act; from social-auth's exceptions."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from social_core.exceptions import SocialAuthBaseException


class Acts(Enum):
    """Who must act next, in the words of the page."""

    YOU = "You can try again."
    WAIT = "Try again later; nothing is lost."
    LAB = "The people who run this portal must look at it; they find the cause in the log."


@dataclass(frozen=True, slots=True)
class Cause:
    """A failed sign-in as the page shows it."""

    key: str
    sentence: str
    acts: Acts


# What GitHub itself calls the error, in the address it sends the browser back with or in the answer for the token.
BY_GITHUB: Final = {
    "access_denied": ("You did not allow the sign-in, so nothing was changed.", Acts.YOU),
    "application_suspended": ("GitHub has suspended this portal’s registration.", Acts.LAB),
    "redirect_uri_mismatch": ("This portal is registered at GitHub under another address.", Acts.LAB),
    "bad_verification_code": ("This sign-in was used already or took longer than ten minutes.", Acts.YOU),
    "incorrect_client_credentials": ("GitHub does not accept this portal’s own password.", Acts.LAB),
    "unverified_user_email": (
        "GitHub wants you to verify your primary e-mail address in your GitHub settings first.",
        Acts.YOU,
    ),
}

# What social-auth calls it.
BY_CODE: Final = {
    "authorization_declined": BY_GITHUB["access_denied"],
    "missing_parameter": ("The answer from GitHub came incomplete.", Acts.YOU),
    "session_context_missing": ("This sign-in did not begin in this browser, or it was used already.", Acts.YOU),
    "state_mismatch": ("This sign-in is too old or was used already.", Acts.YOU),
    "authorization_code_rejected": BY_GITHUB["bad_verification_code"],
    "credential_rejected": ("GitHub took the permission for this sign-in back.", Acts.YOU),
    "authentication_disallowed": ("This account was closed here; the lab can open it again.", Acts.LAB),
    "identity_in_use": ("This GitHub account belongs to another account here.", Acts.LAB),
    "rate_limited": ("GitHub answers no more calls from here for now.", Acts.WAIT),
    "timeout": ("GitHub did not answer in time.", Acts.WAIT),
    "connection_failed": ("GitHub could not be reached.", Acts.WAIT),
    "unavailable": ("GitHub has trouble of its own just now.", Acts.WAIT),
    "tls_error": ("The connection to GitHub is not secure, so it was not used.", Acts.LAB),
    "malformed_response": ("What answered was not GitHub, or not as it should.", Acts.LAB),
    "missing_claim": ("What answered was not GitHub, or not as it should.", Acts.LAB),
    "invalid_setting": ("Sign-in is not set up correctly here.", Acts.LAB),
    "missing_setting": ("Sign-in is not set up correctly here.", Acts.LAB),
}

# Any other refusal of GitHub's, by its status.
BY_STATUS: Final = {
    401: ("GitHub took the permission for this sign-in back.", Acts.YOU),
    403: ("GitHub refused to say who you are.", Acts.LAB),
}

OTHER: Final = ("The sign-in failed for a reason that this page does not know.", Acts.LAB)


def cause_of(error: SocialAuthBaseException) -> Cause:
    """The sentence for an exception; nothing that came from outside is in it."""
    tables: tuple[tuple[Mapping[Any, tuple[str, Acts]], Any], ...] = (
        (BY_GITHUB, error.provider_code),
        (BY_CODE, error.code),
        (BY_STATUS, error.status_code),
    )
    for table, key in tables:
        if key in table:
            return Cause(str(key), *table[key])
    return Cause(error.code, *OTHER)
