"""What sign-ins leave behind and nobody needs any more."""

from importlib import import_module

from django.conf import settings
from social_django.models import Nonce

GOOD_FOR = 1800  # seconds in which a sign-in that began may be finished; social-auth's own default


def forget_old_sign_ins(now: float) -> int:
    """Delete sign-ins that began and were never finished, and ended sessions; `now` in seconds since 1970, UTC.

    Returns how many of the former there were. Meant for a daily task; running it twice does no harm.
    """
    deleted, _ = Nonce.objects.filter(timestamp__lt=int(now) - GOOD_FOR).delete()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return deleted
