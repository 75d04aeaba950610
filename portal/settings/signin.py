"""Sign-in with GitHub, or with whatever speaks like it at GITHUB_URL and GITHUB_API_URL."""

from portal.settings.env import env
from portal.settings.security import PORTAL_URL

AUTHENTICATION_BACKENDS = ["portal.signin.backends.GithubPKCE"]  # no other door: nobody has a password here
LOGIN_URL = "signin:page"
LOGIN_REDIRECT_URL = "/"

# Behind AuthenticationMiddleware and MessageMiddleware.
SIGNIN_MIDDLEWARE = [f"portal.signin.middleware.{name}" for name in ("WayBack", "RoleGuard", "SignInErrors")]

SOCIAL_AUTH_GITHUB_KEY = env.text("SOCIAL_AUTH_GITHUB_KEY")
SOCIAL_AUTH_GITHUB_SECRET = env.text("SOCIAL_AUTH_GITHUB_SECRET")
SOCIAL_AUTH_GITHUB_SCOPE = ["user:email"]
SOCIAL_AUTH_REQUESTS_TIMEOUT = 5  # seconds, for each of the three calls of a sign-in
SOCIAL_AUTH_URL_NAMESPACE = "signin"
SOCIAL_AUTH_RAISE_EXCEPTIONS = False  # our error page in development too
SOCIAL_AUTH_REDIRECT_IS_HTTPS = PORTAL_URL.startswith("https://")

# Not here, each for a reason: associate_by_email (takes accounts over), create_user and user_details (know no numeric
# id), load_extra_data (would store the access token).
SOCIAL_AUTH_PIPELINE = (
    "social_core.pipeline.social_auth.social_details",
    "social_core.pipeline.social_auth.social_uid",
    "social_core.pipeline.social_auth.auth_allowed",
    "portal.signin.pipeline.person",
    "social_core.pipeline.social_auth.social_user",
    "social_core.pipeline.social_auth.associate_user",
)
