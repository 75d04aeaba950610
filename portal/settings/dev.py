"""On one's own machine, over plain HTTP: what `make demo` and `manage.py` use.

Keys that are not set are made for this process alone, so nothing secret is written into the repository; `make demo`
makes its own once and keeps them.
"""

import secrets

from cryptography.fernet import Fernet

from portal.settings.base import *
from portal.settings.env import env

DEBUG = env.flag("PORTAL_DEBUG", default=False)
SECRET_KEY = SECRET_KEY or secrets.token_urlsafe(48)
PORTAL_SECRET_KEYS = PORTAL_SECRET_KEYS or (Fernet.generate_key().decode(),)

ALLOWED_HOSTS = [*ALLOWED_HOSTS, "localhost", "127.0.0.1", "[::1]"]

# Static files straight from the source tree: no collectstatic between an edit and a look.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

DATABASES["default"]["OPTIONS"] |= {"pool": {"min_size": 1, "max_size": WORKER_CONNECTIONS, "timeout": 5}}

# Mail of the demo is rows, read at /mail; nothing leaves the machine.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
