"""What all tests stand on: a real PostgreSQL, a real Redis, simulators as processes of their own, a movable clock.

Where DATABASE_URL or REDIS_URL is not set, the first process of the run starts its own pair, before Django's settings
are read; the workers of pytest-xdist inherit the addresses and take a database of their own each.
"""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import django
import hypothesis
import pytest
import pytest_django
import redis as redis_client
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import connection

from portal.embedded import EmbeddedError, throwaway
from tests import parts
from tests.clock import Clock
from tests.processes import child_environment
from tests.simulated import Simulated, simulator

RUNNING = ExitStack()
TESTS = Path(__file__).resolve().parent
LONG = frozenset({"browser", "crash", "journeys"})

hypothesis.settings.register_profile(
    "portico",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],  # which a machine under load is, whatever the strategy
)
hypothesis.settings.load_profile("portico")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(parts)
    if hasattr(config, "workerinput"):  # a worker of pytest-xdist: the first process has started everything
        django.setup()
        return
    for name in ("PORTAL_SECRET_KEYS", "PORTAL_WORKER_KEYS"):
        os.environ.setdefault(name, Fernet.generate_key().decode())
    os.environ.setdefault("DJANGO_SECRET_KEY", secrets.token_urlsafe(48))
    try:
        os.environ |= RUNNING.enter_context(throwaway()).environment
    except EmbeddedError as error:
        raise pytest.UsageError(str(error)) from None
    # pytest-django looked for settings before this file named them; test modules import models at once.
    django.setup()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The suites with long tests first, so that the workers of a divided run end together on the short ones."""
    items.sort(key=lambda item: item.path.relative_to(TESTS).parts[0] not in LONG)


def pytest_unconfigure(config: pytest.Config) -> None:
    RUNNING.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: "pytest_django.DjangoDbBlocker") -> Iterator[None]:
    """At the end nobody is connected any more, or the database could not be dropped.

    Beside playwright's loop, and in a live server's threads, Django has connections that its own teardown cannot see.
    """
    yield
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.close()


@pytest.fixture
def clock() -> Clock:
    """The time as the code under test is told it; `clock.move(minutes=5)` lets it pass."""
    return Clock()


@pytest.fixture(scope="session")
def redis_connection() -> Iterator["redis_client.Redis"]:
    with redis_client.Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.fixture(autouse=True)
def empty_redis(redis_connection: "redis_client.Redis") -> None:
    """No test sees another's cache, locks or messages."""
    redis_connection.flushdb()


@pytest.fixture
def redis(redis_connection: "redis_client.Redis") -> "redis_client.Redis":
    """The Redis that is cache and broker in this test."""
    return redis_connection


@pytest.fixture
def child_env(transactional_db: None) -> dict[str, str]:
    """The environment of a real web, worker or beat beside this test: same database, same Redis, same keys."""
    return child_environment()


@pytest.fixture(scope="session")
def openstack_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    home = tmp_path_factory.mktemp("openstack")
    with simulator("openstack", home, "--clouds-yaml", home / "clouds.yaml") as running:
        yield running


@pytest.fixture(scope="session")
def github_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    options = ("--client-id", "demo", "--client-secret", "demo")
    with simulator("github", tmp_path_factory.mktemp("github"), *options) as running:
        yield running


@pytest.fixture(scope="session")
def jenkins_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    options = ("--user", "portico", "--password", "demo", "--token", "demo-token")
    with simulator("jenkins", tmp_path_factory.mktemp("jenkins"), *options) as running:
        yield running


@pytest.fixture
def openstack(openstack_process: Simulated) -> Simulated:
    """The simulated OpenStack, fresh; `openstack.home / "clouds.yaml"` leads to it."""
    openstack_process.reset()
    return openstack_process


@pytest.fixture
def github(github_process: Simulated) -> Simulated:
    """The simulated GitHub, fresh."""
    github_process.reset()
    return github_process


@pytest.fixture
def jenkins(jenkins_process: Simulated) -> Simulated:
    """The simulated Jenkins, fresh."""
    jenkins_process.reset()
    return jenkins_process


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the working tree."""
    return Path(__file__).resolve().parent.parent
