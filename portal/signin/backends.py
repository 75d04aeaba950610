"""GitHub as a place to sign in: PKCE, hosts from the settings, strict about what comes back."""

from contextlib import suppress
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from social_core.backends.github import GithubOAuth2
from social_core.backends.oauth import BaseOAuth2PKCE
from social_core.exceptions import AuthConfigurationError, AuthProviderError, AuthResponseError

LONGEST_LOGIN = 39


class GithubPKCE(BaseOAuth2PKCE, GithubOAuth2):
    """GitHub with PKCE (S256), at GITHUB_URL and GITHUB_API_URL: github.com, an Enterprise host or the simulator."""

    name = "github"
    title = "GitHub"

    def authorization_url(self) -> str:
        return f"{settings.GITHUB_URL}/login/oauth/authorize"

    def access_token_url(self) -> str:
        return f"{settings.GITHUB_URL}/login/oauth/access_token"

    def api_url(self) -> str:
        return f"{settings.GITHUB_API_URL}/"

    def get_key_and_secret(self) -> tuple[str, str]:
        """Our registration at GitHub. Raises AuthConfigurationError where there is none, before anybody is sent off."""
        key, secret = super().get_key_and_secret()
        if not (key and secret):
            raise AuthConfigurationError(self, code="missing_setting", parameter="KEY", stage="begin")
        return key, secret

    def get_user(self, user_id: int) -> AbstractBaseUser | None:
        """The person of a session, None once the account is closed."""
        return get_user_model().objects.filter(pk=user_id, is_active=True).first()

    def user_data(self, access_token: str, *_args: Any, **_more: Any) -> dict[str, Any]:
        """The account, and its list of addresses where GitHub gives one. Raises what `_user_data` raises.

        Without the addresses a sign-in goes on: they may be hidden from us, and GitHub's trouble with them is no
        reason to send somebody away.
        """
        data: dict[str, Any] = self._user_data(access_token)
        with suppress(AuthProviderError, AuthResponseError):
            data["emails"] = self._user_data(access_token, "/emails")
        return data

    def _user_data(self, access_token: str, path: str | None = None) -> Any:
        """GET /user or /user/emails. Raises AuthProviderError, or AuthResponseError for what is no account."""
        try:
            data = super()._user_data(access_token, path)
        except AuthProviderError as error:
            raise self.told_apart(error) from error
        if path is None and not is_account(data):
            raise AuthResponseError(self, code="malformed_response", stage="user_info")
        return data

    def told_apart(self, error: AuthProviderError) -> AuthProviderError:
        """GitHub says 403 for a spent limit of calls too; only the headers tell it from a refusal."""
        headers = getattr(getattr(error.__cause__, "response", None), "headers", {})
        spent = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
        if error.status_code != HTTPStatus.FORBIDDEN or not spent:
            return error
        wait = headers.get("retry-after")
        return AuthProviderError(self, code="rate_limited", stage=error.stage, status_code=403, retry_after=wait)


def is_account(data: Any) -> bool:
    """Whether an answer has the two things we need of an account: a numeric id and a login."""
    if not isinstance(data, dict):
        return False
    number, login = data.get("id"), data.get("login")
    return type(number) is int and number > 0 and isinstance(login, str) and 0 < len(login) <= LONGEST_LOGIN
