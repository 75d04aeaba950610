"""docker-compose.yml without an engine: Compose accepts it, and its very commands and health checks work."""

import os
import shlex
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml
from cryptography.fernet import Fernet

from tests.demo import free_port
from tests.processes import ROOT, child, until
from tests.unit.test_env import variables_read

APP = ("web", "worker", "beat")
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
KNOWN_BY_WORKERS_ONLY = {
    *("PORTAL_WORKER_KEYS", "OS_CLIENT_CONFIG_FILE", "JENKINS_TOKEN", "GITHUB_TOKEN", "EMAIL_HOST_PASSWORD"),
}
NEEDED_BY_WORKERS_ONLY = {
    *("PORTAL_CLOUDS", "CLOUD_DOMAIN", "JENKINS_TIMEOUT", "WORKER_THREADS"),
    *("MAIL_FROM", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_USE_TLS"),
}


@pytest.fixture
def production(child_env, tmp_path) -> dict[str, str]:
    """As .env would say it, beside this test's database and Redis."""
    return {
        **{name: value for name, value in child_env.items() if name != "PORTAL_WORKER_KEYS"},
        "DJANGO_SETTINGS_MODULE": "portal.settings.prod",
        "PORTAL_URL": "https://portal.example.org",
        "PORTAL_SECRET_KEYS": Fernet.generate_key().decode(),
        "STATIC_ROOT": str(tmp_path / "static"),
        "PORT": str(free_port()),
    }


def as_here(command: str, tmp_path: Path) -> list[str]:
    """The arguments of `command` for the interpreter that runs this test; the container's /tmp is ours."""
    program, *arguments = shlex.split(command.replace("/tmp/", f"{tmp_path}/"))
    return arguments if program == "python" else ["-m", program, *arguments]


def run(command: str, env: dict[str, str], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *as_here(command, tmp_path)], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def is_healthy(name: str, env: dict[str, str], tmp_path: Path) -> bool:
    check = SERVICES[name]["healthcheck"]["test"]
    return run(check, {**env, "PROBE_PORT": env["PORT"]}, tmp_path).returncode == 0


@pytest.mark.needs("docker-compose")
@pytest.mark.parametrize("options", [(), ("--profile", "demo")])
def test_compose_accepts_the_file(options):
    answer = subprocess.run(
        ["docker-compose", *options, "config", "--quiet"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stderr) == (0, "")


def test_each_command_runs_and_is_seen_healthy(production, tmp_path):
    for prepare in (SERVICES["migrate"]["command"], "python manage.py collectstatic --noinput"):
        answer = run(prepare, production, tmp_path)
        assert answer.returncode == 0, answer.stderr
    assert not any(is_healthy(name, production, tmp_path) for name in APP)
    with ExitStack() as stack:
        for name in APP:
            command = as_here(SERVICES[name]["command"], tmp_path)
            stack.enter_context(child(command, env=production, log=tmp_path / f"{name}.log"))
        for name in APP:
            until(lambda name=name: is_healthy(name, production, tmp_path), what=f"a healthy {name}")


def test_every_service_says_how_it_is_seen_healthy_and_none_runs_free():
    for name, service in SERVICES.items():
        assert "healthcheck" in service or name == "migrate"
        assert service["read_only"] or name == "redis"


def test_each_variable_that_settings_read_is_handed_on(repository):
    set_by_the_image = {"STATIC_ROOT", "PYTEST_XDIST_WORKER"}
    handed_on = set(SERVICES["worker"]["environment"])
    assert variables_read(repository) - set_by_the_image <= handed_on
    assert handed_on - set(SERVICES["web"]["environment"]) <= KNOWN_BY_WORKERS_ONLY | NEEDED_BY_WORKERS_ONLY


def test_web_and_beat_are_not_told_what_only_workers_use():
    assert set(SERVICES["worker"]["environment"]) >= KNOWN_BY_WORKERS_ONLY
    for name in ("web", "beat", "migrate"):
        assert not KNOWN_BY_WORKERS_ONLY & set(SERVICES[name]["environment"])
    assert os.sep in SERVICES["worker"]["environment"]["OS_CLIENT_CONFIG_FILE"]
