"""The one typed reader of the environment.

Each method names a variable, reads it and answers a typed value; what cannot be read is refused at start with one
sentence that names the variable. Every variable read here is described in `.env.example`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})
REDIS_SCHEMES = frozenset({"redis", "rediss", "unix"})


@dataclass(frozen=True, slots=True)
class Env:
    """Typed reading of `source` (os.environ). Raises ImproperlyConfigured for what is malformed."""

    source: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        return self.source.get(name, "").strip() or default

    def required(self, name: str) -> str:
        if value := self.text(name):
            return value
        raise ImproperlyConfigured(f"{name} is not set; .env.example says what it is for.")

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name, str(default)).lower()
        if value not in TRUE | FALSE:
            raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
        return value in TRUE

    def number(self, name: str, default: float, *, least: float = 0) -> float:
        """A number, e.g. of seconds, that is not below `least`."""
        try:
            value = float(self.text(name, str(default)))
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a number.") from None
        if value < least:
            raise ImproperlyConfigured(f"{name} must be {least:g} or more.")
        return value

    def whole(self, name: str, default: int, *, least: int = 0) -> int:
        value = self.number(name, default, least=least)
        if not value.is_integer():
            raise ImproperlyConfigured(f"{name} must be a whole number.")
        return int(value)

    def url(self, name: str, default: str = "") -> str:
        """An http(s) address without a trailing slash; empty where neither it nor a default is set."""
        value = self.text(name, default).rstrip("/")
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ImproperlyConfigured(f"{name} must be an address that begins with http:// or https://.")
        return value

    def path(self, name: str) -> Path | None:
        value = self.text(name)
        return Path(value) if value else None

    def uuid(self, name: str) -> UUID | None:
        try:
            return UUID(value) if (value := self.text(name)) else None
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a UUID.") from None

    def words(self, name: str, default: str = "") -> tuple[str, ...]:
        """The parts of a list separated by commas, in order, without empty ones."""
        return tuple(word for part in self.text(name, default).split(",") if (word := part.strip()))

    def logins(self, name: str) -> dict[int, str]:
        """`login:id,login:id` as login by GitHub's numeric id: the id is the identity, the login only its label."""
        found: dict[int, str] = {}
        for entry in self.words(name):
            login, _, number = entry.partition(":")
            if not (login and number.isascii() and number.isdigit()):
                cure = f"`manage.py github_id {login or 'LOGIN'}` prints the id."
                raise ImproperlyConfigured(f"{name}: {entry!r} must be login:id; {cure}")
            found[int(number)] = login
        return found

    def amounts(self, name: str, default: str) -> dict[str, int]:
        """`vcpus=16,ram_mib=65536` as a dict of whole numbers."""
        pairs = dict(word.partition("=")[::2] for word in self.words(name, default))
        try:
            return {key.strip(): int(value) for key, value in pairs.items()}
        except ValueError:
            raise ImproperlyConfigured(f"{name} must look like {default}.") from None

    def database(self, name: str, default: str = "") -> dict[str, Any]:
        """A Django DATABASES entry from `postgresql://user:password@host:port/name?host=/socket/directory`."""
        parts = urlsplit(self.text(name, default))
        if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
            raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/name.")
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or query.pop("user", "")),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.pop("host", "") or unquote(parts.hostname or ""),
            "PORT": str(parts.port or query.pop("port", "")),
            "OPTIONS": dict(query),
        }

    def redis(self, name: str, default: str) -> str:
        """An address as redis-py reads it: `redis://host:6379/0` or `unix:///path/to/socket?db=0`."""
        value = self.text(name, default)
        if urlsplit(value).scheme not in REDIS_SCHEMES:
            raise ImproperlyConfigured(f"{name} must begin with redis://, rediss:// or unix://.")
        return value


def broker_url(redis_url: str) -> str:
    """The same Redis in the spelling of Celery, which names sockets in its own way."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = parse_qs(parts.query).get("db", ["0"])[-1]
    return f"redis+socket://{parts.path}?virtual_host={number}"


def redis_database(redis_url: str, number: int) -> str:
    """The same Redis, its database of that number."""
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={number}"
    return parts._replace(path=f"/{number}").geturl()


env = Env(os.environ)
