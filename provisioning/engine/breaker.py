"""When a service does not answer, nobody calls it for a while; then one call tries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

# Which of a cloud's services the steps of a kind call first; a kind not named here is a service of its own.
SERVICES: Final[Mapping[str, str]] = {
    "project": "identity",
    "user": "identity",
    "role": "identity",
    "credential": "identity",
    "flavor": "compute",
    "server": "compute",
    "attachment": "compute",
    "suspension": "compute",
    "volume": "volume",
    "group": "network",
    "address": "network",
    "folder": "jenkins",
    "job": "jenkins",
}

# Services that are no part of the cloud: it does not share their maintenance, nor they its pauses.
ELSEWHERE: Final = frozenset({"jenkins"})


def service_of(key: str) -> str:
    """The service that a step of this key calls: `quota:volume` is volume's."""
    kind, _, name = key.partition(":")
    return name if kind == "quota" else SERVICES.get(kind, kind)


def name_of(service: str) -> str:
    """How people call a service: `Jenkins`, `the cloud’s compute service`."""
    return service.capitalize() if service in ELSEWHERE else f"the cloud’s {service} service"


@dataclass(slots=True)
class Breaker:
    """What is known of one service: failures in a row, and until when it is left alone."""

    failures: int = 0
    closed_until: datetime | None = None
    trying: bool = False

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Breaker":
        until = stored.get("closed_until")
        return cls(int(stored.get("failures", 0)), datetime.fromisoformat(until) if until else None)

    def as_json(self) -> dict[str, Any]:
        """The form that is stored."""
        until = self.closed_until.isoformat() if self.closed_until else None
        return {"failures": self.failures, "closed_until": until}

    def lets_pass(self, now: datetime) -> bool:
        """Whether a call may be made; the first one after the pause counts as the one that tries."""
        if self.failures < settings.ENGINE_BREAKER_FAILURES:
            return True
        if self.trying or (self.closed_until and now < self.closed_until):
            return False
        self.trying = True
        return True

    def wait(self, now: datetime) -> float:
        """Seconds until it is worth asking again."""
        return max(1.0, (self.closed_until - now).total_seconds()) if self.closed_until else 1.0

    def count(self, *, unavailable: bool, now: datetime) -> bool:
        """Take note of how a call ended; True where that changed something worth storing."""
        was = self.failures
        self.trying = False
        if not unavailable:
            self.failures, self.closed_until = 0, None
            return was > 0
        self.failures += 1
        if self.failures >= settings.ENGINE_BREAKER_FAILURES:
            self.closed_until = now + timedelta(seconds=settings.ENGINE_BREAKER_SECONDS)
        return True
