"""Accounts and repositories in the shape that the REST API gives them."""

from typing import Any

from simulators.github.demo import LICENCES


def user_facts(account: dict[str, Any], base: str) -> dict[str, Any]:
    """An account as anybody sees it: the e-mail address stays private."""
    return {
        "login": account["login"],
        "id": account["id"],
        "node_id": f"U_{account['id']}",
        "avatar_url": "",
        "html_url": f"{base}/{account['login']}",
        "type": "User",
        "site_admin": False,
        "name": account["name"],
        "email": None,
        "created_at": "2015-03-01T09:00:00Z",
    }


def email_facts(account: dict[str, Any], case: str = "") -> list[dict[str, Any]]:
    """The addresses of an account, as a case wants them: none verified, or the second but not the primary one."""
    emails: list[dict[str, Any]] = [dict(one) for one in account["emails"]]
    if case:
        emails = [one | {"verified": False} for one in emails]
    if case == "email_second_verified":
        second = f"second.{account['login']}@example.org"
        emails.append({"email": second, "primary": False, "verified": True, "visibility": None})
    return emails


def repository_facts(repository: dict[str, Any], owner: dict[str, Any], base: str) -> dict[str, Any]:
    """A public repository."""
    full_name = f"{owner['login']}/{repository['name']}"
    stars = repository.get("stars", 0)
    copied = ("id", "name", "description", "homepage", "language", "topics", "archived", "disabled", "fork")
    return {name: repository[name] for name in copied} | {
        "full_name": full_name,
        "private": False,
        "visibility": "public",
        "owner": {"login": owner["login"], "id": owner["id"], "type": "User"},
        "html_url": f"{base}/{full_name}",
        "license": licence_facts(repository["spdx"], base),
        "stargazers_count": stars,
        "watchers_count": stars,
        "subscribers_count": stars // 10,
        "forks_count": stars // 5,
        "open_issues_count": stars // 20,
        "size": 2048,
        "default_branch": "main",
        "created_at": "2016-05-04T10:00:00Z",
        "pushed_at": "2026-10-01T12:00:00Z",
    }


def licence_facts(spdx: str | None, base: str) -> dict[str, Any] | None:
    """The licence, None where the repository has no licence file."""
    if spdx is None:
        return None
    key, name = LICENCES[spdx]
    url = None if key == "other" else f"{base}/licenses/{key}"
    return {"key": key, "name": name, "spdx_id": spdx, "url": url}
