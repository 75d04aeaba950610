"""What sign-ins leave behind and nobody needs any more."""

from importlib import import_module

from django.conf import settings
from social_django.models import Nonce

USED_FOR = 3600  # seconds; a state is good for half of that, so its mark of use is needed no longer


def forget_old_sign_ins(now: float) -> int:
    """Delete the marks of used states and the sessions that have ended; `now` in seconds since 1970, UTC.

    Returns how many marks there were. Meant for a daily task; running it twice does no harm.
    """
    deleted, _ = Nonce.objects.filter(timestamp__lt=int(now) - USED_FOR).delete()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return deleted
