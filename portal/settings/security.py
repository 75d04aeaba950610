"""What browsers are told: nothing inline without a nonce, nothing from elsewhere, no framing."""

from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from portal.settings.env import env

PORTAL_URL = env.url("PORTAL_URL", "http://localhost:8000")
GITHUB_URL = env.url("GITHUB_URL", "https://github.com")
GITHUB_API_URL = env.url("GITHUB_API_URL", "https://api.github.com")
GITHUB_ALIASES = env.words("GITHUB_ALIASES")  # other addresses under which repositories of that GitHub are known
GITHUB_TIMEOUT = 5.0  # seconds, of one whole call to the API
GITHUB_TOKEN = env.text("GITHUB_TOKEN")  # optional: it raises GitHub's limit of calls

ALLOWED_HOSTS = [urlsplit(PORTAL_URL).hostname or "", *env.words("PORTAL_HOSTS")]
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],  # Bootstrap draws its marks as data: pictures
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # Sign-in is a form of ours that redirects to GitHub; browsers apply form-action to redirects too.
        "form-action": [SELF, GITHUB_URL],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

CSRF_FAILURE_VIEW = "portal.web.refusals.csrf"

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by the machine itself, without TLS

SESSION_ENGINE = "portal.signin.sessions"
SESSION_COOKIE_AGE = env.whole("SESSION_HOURS", 12, least=1) * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would lose the session on the way back from GitHub
SESSION_COOKIE_NAME = "portico_session"
CSRF_COOKIE_NAME = "portico_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # bytes; a larger body is refused before it is read
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
