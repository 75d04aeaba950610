"""In production, behind a proxy that speaks TLS. What has no safe default is refused at start where it is missing."""

from portal.settings.base import *
from portal.settings.env import env

SECRET_KEY = env.required("DJANGO_SECRET_KEY")
env.required("DATABASE_URL")
env.required("REDIS_URL")
env.required("PORTAL_URL")
env.required("PORTAL_SECRET_KEYS")

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = env.whole("HSTS_SECONDS", 31536000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("HSTS_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = SECURE_HSTS_INCLUDE_SUBDOMAINS
if env.flag("PORTAL_BEHIND_PROXY", default=True):
    # The proxy must set this header itself and drop what clients send.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

DATABASES["default"]["OPTIONS"] |= {"pool": {"min_size": 2, "max_size": WORKER_CONNECTIONS, "timeout": 5}}
