"""What holds everywhere. Everything that differs by place comes from the environment (see .env.example)."""

from pathlib import Path

from portal.settings.catalog import *
from portal.settings.engine import *
from portal.settings.env import env
from portal.settings.log import *
from portal.settings.queue import *
from portal.settings.security import *
from portal.settings.signin import *

BASE_DIR = Path(__file__).resolve().parent.parent.parent

SECRET_KEY = env.text("DJANGO_SECRET_KEY")
DEBUG = False

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "social_django",
    "django_htmx",
    "csp",
    "projects",
    "provisioning",
    "portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    *SIGNIN_MIDDLEWARE,
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.web.refusals.Refusals",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "portal.web.context.frame",
            ],
        },
    }
]

DATABASES = {"default": env.database("DATABASE_URL", "postgresql:///portico")}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "projects.User"
AUTH_PASSWORD_VALIDATORS: list[dict[str, str]] = []  # nobody has a password here: sign-in is GitHub's

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT: Path | None = env.path("STATIC_ROOT") or BASE_DIR / "var" / "static"

# Roles by GitHub's numeric id, read at each request.
PORTAL_OPERATORS = env.logins("PORTAL_OPERATORS")
PORTAL_STAFF = env.logins("PORTAL_STAFF")

# The engine acts only where this equals the deployment that the first migrate wrote into the database.
PORTAL_DEPLOYMENT = env.uuid("PORTAL_DEPLOYMENT")

# MultiFernet keys, newest first: the web's for secrets that are shown once, the workers' for what only they use.
PORTAL_SECRET_KEYS = env.words("PORTAL_SECRET_KEYS")
PORTAL_WORKER_KEYS = env.words("PORTAL_WORKER_KEYS")

JENKINS_URL = env.url("JENKINS_URL")  # its public address, for links too; empty: the lab has no CI
JENKINS_USER = env.text("JENKINS_USER")

# Workers only; web starts and works without these.
CLOUDS = env.words("PORTAL_CLOUDS")  # their names in clouds.yaml
check_names(CLOUDS)
OS_CLIENT_CONFIG_FILE = env.path("OS_CLIENT_CONFIG_FILE")
CLOUD_DOMAIN = env.text("CLOUD_DOMAIN", "Default")  # where cloud projects and service users are made, by name or id
# The lab's own account on every managed server, which the form names; keys as in authorized_keys.
STAFF_ACCOUNT = {"login": env.text("STAFF_LOGIN"), "keys": env.words("STAFF_KEYS")}
JENKINS_TOKEN = env.text("JENKINS_TOKEN")
# Of one call, in seconds; a lease outlives no longer one than the engine's.
JENKINS_TIMEOUT = min(env.number("JENKINS_TIMEOUT", 10, least=0.1), ENGINE_TIMEOUT)

METRICS_TOKEN = env.text("METRICS_TOKEN")  # with it /readyz shows details to others than loopback
PORTAL_BADGE = env.text("PORTAL_BADGE")  # shown beside the name, e.g. "simulated"
SIMULATED = PORTAL_BADGE == "simulated"

EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.whole("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "portico@localhost")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
