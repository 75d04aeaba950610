"""How often somebody may send something, counted in Redis by address and by account."""

from http import HTTPStatus
from typing import ClassVar

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from projects.errors import DomainError


class TooOften(DomainError):
    """That was too often in a short time; wait {minutes} minutes and try again."""

    code = "too_often"
    status: ClassVar[HTTPStatus] = HTTPStatus.TOO_MANY_REQUESTS


def limit(http: HttpRequest, what: str, *, most: int, minutes: int) -> None:
    """Count this try. Raises TooOften when address or account had `most` within `minutes` already."""
    who = [f"address:{address_of(http)}"]
    if http.user.is_authenticated:
        who.append(f"account:{http.user.pk}")
    for name in who:
        key = f"limit:{what}:{name}"
        cache.add(key, 0, minutes * 60)
        if _counted(key) > most:
            raise TooOften(minutes=minutes)


def address_of(http: HttpRequest) -> str:
    """Where the browser is: the peer's address, or what our own proxy says of it."""
    forwarded = str(http.META.get("HTTP_X_FORWARDED_FOR", ""))
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None) and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()  # the last entry is our proxy's, the ones before are the sender's
    return str(http.META.get("REMOTE_ADDR", ""))


def _counted(key: str) -> int:
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two calls
        return 1
