"""For tests: tests/conftest.py has put the embedded PostgreSQL and Redis into the environment before this is read."""

import os

from cryptography.fernet import Fernet

from portal.settings.env import env, redis_database

if worker := env.text("PYTEST_XDIST_WORKER"):
    # Each worker of pytest-xdist has a Redis database of its own, as it has a PostgreSQL database of its own.
    os.environ["REDIS_URL"] = redis_database(env.required("REDIS_URL"), int(worker.removeprefix("gw")) + 1)

from portal.settings.base import *

SECRET_KEY = SECRET_KEY or "only-for-tests-" + "x" * 40
PORTAL_SECRET_KEYS = PORTAL_SECRET_KEYS or (Fernet.generate_key().decode(),)
PORTAL_WORKER_KEYS = PORTAL_WORKER_KEYS or (Fernet.generate_key().decode(),)

ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver", "localhost", "127.0.0.1"]

# One connection for the one test: a pool would outlive the test database.
DATABASES["default"]["CONN_MAX_AGE"] = 0

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # else each client of a test would list all static files first
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
