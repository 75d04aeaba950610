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
from tests.simulated import simulator

CLOUD = "simulated"


@dataclass
class Stage:
    """The parts of one measurement; `env` leads a child process to them."""

    home: Path
    cloud: Any  # Simulated; None where it is a real one
    env: dict[str, str]
    stack: ExitStack
    children: list[Child] = field(default_factory=list)

    def start_worker(self, until: ExitStack | None = None) -> Child:
        """A Celery worker and beat, as the demo has them, until the end of the stage or of something shorter."""
        stack, number = until or self.stack, len(self.children)
        running = stack.enter_context(worker(self.env, self.home / f"worker-{number}.log"))
        self.children.append(running)
        stack.enter_context(beat(self.env, self.home / f"beat-{number}.log"))
        running.await_line("ready", 60)
        return running


@contextmanager
def stage(*options: object) -> Iterator[Stage]:
    """A fresh stage with a migrated database and a catalog that was read; Django is set up in this process too."""
    with _home() as (home, stack):
        cloud = stack.enter_context(simulator("openstack", home, "--clouds-yaml", home / "clouds.yaml", *options))
        with _portal(home, stack, CLOUD, home / "clouds.yaml") as env:
            yield Stage(home, cloud, env, stack)


@contextmanager
def real_stage(name: str, config_file: Path) -> Iterator[Stage]:
    """The same on a real OpenStack, by its name in a clouds.yaml."""
    with _home() as (home, stack), _portal(home, stack, name, config_file) as env:
        yield Stage(home, None, env, stack)


@contextmanager
def _home() -> Iterator[tuple[Path, ExitStack]]:
    home = Path(tempfile.mkdtemp(prefix="portico-bench-"))
    try:
        with ExitStack() as stack:
            yield home, stack
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _portal(home: Path, stack: ExitStack, name: str, config_file: Path) -> Iterator[dict[str, str]]:
    """What leads a child process to a database and a Redis of its own, and to the cloud."""
    running = stack.enter_context(throwaway())
    env = os.environ | running.environment | _environment(config_file) | {"PORTAL_CLOUDS": name}
    os.environ.update(env)
    _django()
    env["PORTAL_DEPLOYMENT"] = _deployment(name)
    yield env
    _close()


def _environment(config_file: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(48),
        "PORTAL_SECRET_KEYS": Fernet.generate_key().decode(),
        "PORTAL_WORKER_KEYS": Fernet.generate_key().decode(),
        "OS_CLIENT_CONFIG_FILE": str(config_file),
        "PORTAL_OPERATORS": "olga-operator:4301",
        "PORTAL_STAFF": "dana-director:4401",
        "PYTHONUNBUFFERED": "1",
    }


def _django() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _deployment(cloud: str) -> str:
    from django.conf import settings

    from provisioning.catalog import refresh
    from provisioning.models import Deployment

    ours = Deployment.objects.get().pk
    settings.PORTAL_DEPLOYMENT = ours
    refresh(cloud)
    return str(ours)


def _close() -> None:
    from django.db import connections

    for connection in connections.all():
        connection.close()
        close_pool: Callable[[], Any] = getattr(connection, "close_pool", lambda: None)
        close_pool()
