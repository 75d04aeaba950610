"""What we ask of GitHub's API, and how: one host, a short timeout, a budget of calls, nothing followed elsewhere.

Only GITHUB_API_URL is ever called, by a path built from a parsed `owner/name` or login. Every process shares the budget
in Redis; what is not modified since the last answer (ETag) costs GitHub nothing.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings
from django.core.cache import cache

from projects.repositories import github_repository, is_login

LARGEST: Final = 1024 * 1024  # bytes of an answer
MOST_MOVES: Final = 3
REDIRECTS: Final = frozenset({301, 302, 307, 308})
HOUR: Final = 3600  # seconds
# Below GitHub's own limits (60 and 5000 an hour), so that a person at the same address can still call.
BUDGET: Final = 50
BUDGET_WITH_TOKEN: Final = 4500
CLOSED: Final = "github:closed"


class NoAnswer(Exception):
    """GitHub did not tell; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `facts` is None where nothing is there (404), and where nothing changed (`unchanged`)."""

    facts: Any = None
    etag: str = ""
    unchanged: bool = False


def repository_facts(full_name: str, etag: str = "") -> Answer:
    """What the request form needs of a repository by `owner/name`. Raises NoAnswer."""
    if github_repository(f"{settings.GITHUB_URL}/{full_name}", settings.GITHUB_URL) != full_name:
        return Answer()
    told = _get(f"/repos/{full_name}", etag)
    return Answer(_repository(told.facts), told.etag, told.unchanged) if told.facts else told


def login_facts(login: str, etag: str = "") -> Answer:
    """The numeric id and the present spelling of a login. Raises NoAnswer."""
    if not is_login(login):
        return Answer()
    told = _get(f"/users/{login}", etag)
    return Answer(_account(told.facts), told.etag, told.unchanged) if told.facts else told


def key_facts(login: str) -> Answer:
    """The public keys of a login together with its numeric id, since a login may be somebody else's tomorrow."""
    account = login_facts(login)
    if account.facts is None:
        return account
    keys = _get(f"/users/{login}/keys", "")
    if not isinstance(keys.facts, list):
        return Answer()
    lines = [str(one["key"]) for one in keys.facts if isinstance(one, dict) and "key" in one]
    return Answer({**account.facts, "keys": lines})


def _repository(told: Any) -> dict[str, Any]:
    _require(isinstance(told, dict) and isinstance(told.get("id"), int))
    licence, owner = told.get("license"), told.get("owner")
    return {
        "id": told["id"],
        "full_name": str(told.get("full_name", "")),
        "description": str(told.get("description") or "")[:2000],
        "homepage": str(told.get("homepage") or "")[:200],
        "licence": str(licence.get("spdx_id") or "") if isinstance(licence, dict) else "",
        "archived": told.get("archived") is True,
        "disabled": told.get("disabled") is True,
        "owner": str(owner.get("login") or "") if isinstance(owner, dict) else "",
        "stars": told["stargazers_count"] if isinstance(told.get("stargazers_count"), int) else 0,
    }


def _account(told: Any) -> dict[str, Any]:
    _require(isinstance(told, dict) and isinstance(told.get("id"), int))
    return {"id": told["id"], "login": str(told.get("login", ""))}


def _require(sound: bool) -> None:
    if not sound:
        raise NoAnswer("GitHub's answer was not understood.")


def _get(path: str, etag: str) -> Answer:
    url = settings.GITHUB_API_URL + path
    until = time.monotonic() + settings.GITHUB_TIMEOUT
    for _ in range(MOST_MOVES):
        _spend()
        response, body = _call(url, etag, until)
        _mind_limits(response)
        if response.status_code not in REDIRECTS:
            return _understood(response, body)
        url = _moved(url, response.headers.get("Location", ""))
    raise NoAnswer("GitHub sent us from one address to the next.")


def _call(url: str, etag: str, until: float) -> tuple[requests.Response, bytes]:
    """One GET within the time that is left and LARGEST bytes; redirects are not followed here."""
    left = until - time.monotonic()
    try:
        with requests.get(
            url, headers=_headers(etag), timeout=max(left, 0.1), allow_redirects=False, stream=True
        ) as response:
            body = b""
            for piece in response.iter_content(16_384):
                body += piece
                if len(body) > LARGEST or time.monotonic() > until:
                    raise NoAnswer("GitHub's answer was too long or too slow.")
            return response, body
    except (requests.RequestException, OSError) as error:
        raise NoAnswer("GitHub does not answer.") from error


def _headers(etag: str) -> Mapping[str, str]:
    headers = {
        "Accept": "application/vnd.github+json",
        "User-Agent": "portico",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    if settings.GITHUB_TOKEN:
        headers["Authorization"] = f"Bearer {settings.GITHUB_TOKEN}"
    return headers | ({"If-None-Match": etag} if etag else {})


def _understood(response: requests.Response, body: bytes) -> Answer:
    status = response.status_code
    if status == 304:
        return Answer(unchanged=True)
    if status in {404, 451}:  # private, absent and blocked are alike to us
        return Answer()
    if status != 200:
        raise NoAnswer(f"GitHub answered with an error ({status}).")
    try:
        facts = json.loads(body)
    except ValueError as error:
        raise NoAnswer("GitHub's answer was not understood.") from error
    return Answer(facts, response.headers.get("ETag", ""))


def _moved(url: str, location: str) -> str:
    """Where a renamed repository is now, on the same host only."""
    target = urljoin(url, location)
    here, there = urlsplit(settings.GITHUB_API_URL), urlsplit(target)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise NoAnswer("GitHub sent us to another host, which is not asked.")
    return target


def _spend() -> None:
    """Take one call from this hour's budget, which all processes share. Raises NoAnswer where none is left."""
    if cache.get(CLOSED):
        raise NoAnswer("GitHub's limit of calls is reached; it is asked again later.")
    key = f"github:calls:{int(time.time() // HOUR)}"
    cache.add(key, 0, 2 * HOUR)
    if cache.incr(key) > (BUDGET_WITH_TOKEN if settings.GITHUB_TOKEN else BUDGET):
        raise NoAnswer("Our own limit of calls to GitHub is reached; it is asked again within the hour.")


def _mind_limits(response: requests.Response) -> None:
    """Stay away as long as GitHub says, once it refuses for the number of calls. Raises NoAnswer then."""
    if response.status_code not in {403, 429}:
        return
    wait = response.headers.get("Retry-After", "")
    spent = response.headers.get("X-RateLimit-Remaining") == "0"
    if wait.isdigit() or spent:
        reset = response.headers.get("X-RateLimit-Reset", "")
        seconds = int(wait) if wait.isdigit() else int(reset) - int(time.time()) if reset.isdigit() else HOUR
        cache.set(CLOSED, 1, min(max(seconds, 1), HOUR))
        raise NoAnswer("GitHub's limit of calls is reached; it is asked again later.")
