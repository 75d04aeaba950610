"""Addresses of repositories: parsed, never fetched."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

OWNER: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}")
NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")


def github_repository(url: str, *hosts: str) -> str | None:
    """`owner/name` where `url` is an https address of a repository on the configured GitHub, else None.

    `hosts` are the settings GITHUB_URL and GITHUB_ALIASES; their own scheme counts, so that a GitHub on plain http can
    stand in for it.
    """
    try:
        parts = urlsplit(url.strip())
        at_home = any(_is_at(parts, urlsplit(host)) for host in hosts)
    except ValueError:  # a port that is no number, brackets that do not close
        return None
    if not at_home or parts.username or parts.password:
        return None
    owner, _, name = parts.path.strip("/").partition("/")
    name = name.split("/", 1)[0].removesuffix(".git")
    return f"{owner}/{name}" if OWNER.fullmatch(owner) and _is_name(name) else None


def is_login(login: str) -> bool:
    """Whether GitHub could have an account of this name."""
    return OWNER.fullmatch(login) is not None


def _is_at(parts: SplitResult, host: SplitResult) -> bool:
    return (parts.hostname, parts.port) == (host.hostname, host.port) and parts.scheme in {"https", host.scheme}


def _is_name(name: str) -> bool:
    return NAME.fullmatch(name) is not None and name not in {".", ".."}
