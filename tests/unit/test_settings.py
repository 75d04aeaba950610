"""Settings as processes meet them: what production refuses, and what web does without."""

import os
import subprocess
import sys

from cryptography.fernet import Fernet

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "portal.settings.prod",
    "DJANGO_SECRET_KEY": "k" * 30 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "PORTAL_SECRET_KEYS": Fernet.generate_key().decode(),
    "PORTAL_URL": "https://portal.example.org",
    "DATABASE_URL": "postgresql://portico@/portico?host=/nowhere",
    "REDIS_URL": "redis://nowhere/0",
    "SOCIAL_AUTH_GITHUB_KEY": "key",
    "SOCIAL_AUTH_GITHUB_SECRET": "secret",
    "PATH": os.environ["PATH"],
}


def manage(repository, *command, **changes):
    env = {**PRODUCTION, **changes}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=repository,
        env={name: value for name, value in env.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_is_clean_by_djangos_own_check_without_the_workers_settings(repository):
    answer = manage(repository, "check", "--deploy", "--fail-level", "WARNING")
    assert answer.returncode == 0, answer.stderr
    assert "no issues" in answer.stdout


def test_production_names_what_is_missing(repository):
    answer = manage(repository, "check", DJANGO_SECRET_KEY="")
    assert answer.returncode != 0
    assert "DJANGO_SECRET_KEY is not set" in answer.stderr


def test_a_role_without_an_id_stops_the_start(repository):
    answer = manage(repository, "check", PORTAL_STAFF="dana")
    assert answer.returncode != 0
    assert "must be login:id" in answer.stderr


def test_no_cloud_is_called_as_jenkins_is(repository):
    answer = manage(repository, "check", PORTAL_CLOUDS="lab,jenkins")
    assert answer.returncode != 0
    assert "PORTAL_CLOUDS: no cloud can be called jenkins" in answer.stderr


def test_a_call_to_jenkins_is_no_longer_than_the_lease_allows(repository):
    asked = ("shell", "--no-imports", "-c", "from django.conf import settings; print(settings.JENKINS_TIMEOUT)")
    assert manage(repository, *asked, ENGINE_TIMEOUT="4").stdout.strip() == "4.0"
    assert manage(repository, *asked, ENGINE_TIMEOUT="12").stdout.strip() == "10.0"
