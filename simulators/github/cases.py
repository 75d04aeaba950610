"""The ways in which GitHub refuses, each switched on by name under /_sim/case until it is switched off."""

from dataclasses import dataclass, field
from typing import Any, Final

from werkzeug import Response

from simulators.common import json_response

DOCS: Final = "https://docs.github.com"
APP_ERRORS: Final = f"{DOCS}/apps/managing-oauth-apps/troubleshooting-authorization-request-errors"
TOKEN_ERRORS: Final = f"{DOCS}/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors"


@dataclass(frozen=True, slots=True)
class Case:
    """Where a case acts (authorize, token, api, user, emails) and what is answered there."""

    places: frozenset[str]
    says: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def _at(*places: str, **more: Any) -> Case:
    return Case(frozenset(places), **more)


CASES: Final[dict[str, Case]] = {
    "none": _at(),
    # at the consent page: back to the application at once, with an error
    "application_suspended": _at("authorize", says="Your application has been suspended. Contact support@github.com."),
    "redirect_uri_mismatch": _at(
        "authorize", says="The redirect_uri MUST match the registered callback URL for this application."
    ),
    # at the exchange of the code: status 200 all the same
    "bad_verification_code": _at("token", says="The code passed is incorrect or expired."),
    "incorrect_client_credentials": _at("token", says="The client_id and/or client_secret passed are incorrect."),
    "unverified_user_email": _at("token", says="The user must have a verified primary email."),
    # at the REST calls
    "bad_credentials": _at("api", says="Bad credentials", status=401),
    "rate_limited": _at("api", says="API rate limit exceeded for user ID 0.", status=403),
    "rate_limited_429": _at("api", says="API rate limit exceeded for user ID 0.", status=429),
    "secondary_rate_limited": _at(
        "api",
        says="You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        status=403,
        headers={"retry-after": "60"},
    ),
    "server_error": _at("token", "api", says="<html><body>Unicorn! We had issues.</body></html>", status=502),
    "not_json": _at("token", "api", says="<html><body>Sign in to the wireless network</body></html>"),
    # what an account shows of itself
    "email_private": _at("emails", says="Not Found", status=404),
    "email_unverified": _at("emails"),
    "email_second_verified": _at("emails"),
    "fewer_scopes": _at("token"),
}


def refused(message: str, status: int, headers: dict[str, str] | None = None) -> Response:
    """A REST call's refusal in GitHub's shape."""
    body = {"message": message, "documentation_url": f"{DOCS}/rest", "status": str(status)}
    return json_response(body, status, headers)


def page_instead(case: Case) -> Response:
    """HTML where JSON was expected: GitHub's own error page, or a portal of some network on the way."""
    return Response(case.says, case.status, content_type="text/html; charset=utf-8")
