"""What a pass needs to know of one cloud, handed in by who starts it; and the database's clock."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from provisioning.models import Deployment
from provisioning.ports import Look, Snapshot, StepKind


class NotThisDeployment(Exception):
    """The database belongs to another installation: a restored copy must not touch anything."""


@dataclass(frozen=True, slots=True)
class Actions:
    """How actions on servers are carried out: `perform` makes the call, `done` reads the snapshot."""

    perform: Callable[..., Any]
    done: Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Site:
    """One cloud as the engine sees it.

    `look` answers the shared snapshot (at most once per ENGINE_LOOK seconds a new one) or raises a ProviderError.
    `begin_look` begins such a look, to be made beside other calls; None where it is too early or somebody else looks.
    `renew` gives others their turn while calls are in the air, and answers the site as it is then, or None.
    `creates_allowed` is False while the lab lets nothing new be made there.
    """

    name: str
    cloud: Any
    kinds: Mapping[str, StepKind]
    look: Callable[[], Snapshot]
    actions: Actions | None = None
    creates_allowed: bool = True
    begin_look: Callable[[], Look | None] = lambda: None
    renew: "Callable[[], Site | None]" = lambda: None


@dataclass(slots=True)
class Clock:
    """The database's clock, asked once and then counted on by the process's own: no skew between workers matters."""

    began: datetime = field(init=False)
    counted: float = field(init=False)

    def __post_init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            self.began = cursor.fetchone()[0]
        self.counted = time.monotonic()

    def now(self) -> datetime:
        return self.began + timedelta(seconds=time.monotonic() - self.counted)

    def after(self, seconds: float) -> datetime:
        return self.now() + timedelta(seconds=seconds)


def deployment() -> UUID:
    """Who we are to the clouds. Raises NotThisDeployment where the settings name another than the database."""
    ours = Deployment.objects.values_list("id", flat=True).first()
    if ours is None or ours != settings.PORTAL_DEPLOYMENT:
        raise NotThisDeployment(
            f"PORTAL_DEPLOYMENT is {settings.PORTAL_DEPLOYMENT or 'not set'}, but this database belongs to {ours}."
        )
    return ours
