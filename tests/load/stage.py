"""What a measurement runs on: PostgreSQL, Redis, the simulated OpenStack and a real worker, all of our own starting."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from portal.embedded import throwaway
from tests.processes import Child, beat, worker
from tests.simulated import Simulated, simulator

CLOUD = "simulated"


@dataclass
class Stage:
    """The parts of one measurement; `env` leads a child process to them."""

    home: Path
    cloud: Simulated
    env: dict[str, str]
    stack: ExitStack
    children: list[Child] = field(default_factory=list)

    def start_worker(self) -> Child:
        """A Celery worker and beat, as the demo has them."""
        running = self.stack.enter_context(worker(self.env, self.home / "worker.log"))
        self.children.append(running)
        self.stack.enter_context(beat(self.env, self.home / "beat.log"))
        running.await_line("ready", 60)
        return running


@contextmanager
def stage(*options: object) -> Iterator[Stage]:
    """A fresh stage with a migrated database and a catalog that was read; Django is set up in this process too."""
    home = Path(tempfile.mkdtemp(prefix="portico-bench-"))
    try:
        with ExitStack() as stack:
            running = stack.enter_context(throwaway())
            cloud = stack.enter_context(simulator("openstack", home, "--clouds-yaml", home / "clouds.yaml", *options))
            env = os.environ | running.environment | _environment(home)
            os.environ.update(env)
            _django()
            env["PORTAL_DEPLOYMENT"] = _deployment()
            yield Stage(home, cloud, env, stack)
            _close()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _environment(home: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(48),
        "PORTAL_SECRET_KEYS": Fernet.generate_key().decode(),
        "PORTAL_WORKER_KEYS": Fernet.generate_key().decode(),
        "OS_CLIENT_CONFIG_FILE": str(home / "clouds.yaml"),
        "PORTAL_OPERATORS": "olga-operator:4301",
        "PORTAL_STAFF": "dana-director:4401",
        "PYTHONUNBUFFERED": "1",
    }


def _django() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _deployment() -> str:
    from django.conf import settings

    from provisioning.catalog import refresh
    from provisioning.models import Deployment

    ours = Deployment.objects.get().pk
    settings.PORTAL_DEPLOYMENT = ours
    refresh(CLOUD)
    return str(ours)


def _close() -> None:
    from django.db import connections

    for connection in connections.all():
        connection.close()
        close_pool: Callable[[], Any] = getattr(connection, "close_pool", lambda: None)
        close_pool()
