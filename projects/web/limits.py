"""How often somebody may send something, counted in Redis by address and by account."""

from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import ClassVar

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from projects.errors import DomainError

log = structlog.get_logger(__name__)


class TooOften(DomainError):
    """This was sent too often. Wait up to {minutes} minutes, then go back in your browser and send it again."""

    code = "too_often"
    status: ClassVar[HTTPStatus] = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, *, minutes: int) -> None:
        super().__init__(minutes=minutes)
        self.headers = {"Retry-After": str(minutes * 60)}


def limit(http: HttpRequest, what: str, *, most: int, minutes: int) -> None:
    """Count this try. Raises TooOften when address or account had `most` within `minutes` already."""
    who = [f"address:{address_of(http)}"]
    if http.user.is_authenticated:
        who.append(f"account:{http.user.pk}")
    for name in who:
        if _counted(f"limit:{what}:{name}", minutes * 60) > most:
            raise TooOften(minutes=minutes)


def address_of(http: HttpRequest) -> str:
    """Where the browser is: the peer's address, or what our own proxy says of it; of IPv6 the network of one line."""
    told = _told_address(http)
    try:
        address = ip_address(told)
    except ValueError:
        return told
    return told if address.version == 4 else str(ip_network((address.packed, 64), strict=False))


def _told_address(http: HttpRequest) -> str:
    forwarded = str(http.META.get("HTTP_X_FORWARDED_FOR", ""))
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None) and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()  # the last entry is our proxy's, the ones before are the sender's
    return str(http.META.get("REMOTE_ADDR", ""))


def _counted(key: str, seconds: int) -> int:
    """How often within `seconds`, this time included; without Redis nobody is counted, and pages go on."""
    try:
        cache.add(key, 0, seconds)
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two calls
        return 1
    except RedisError as error:
        log.warning("limits.uncounted", reason=type(error).__name__)
        return 0
