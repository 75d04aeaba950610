"""Sessions in the database, found by keys as we make them; any other cookie is as good as none."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Asks the database for letters and digits only: PostgreSQL takes no NUL, which a cookie can hold."""

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and len(key) >= 8 and key.isascii() and key.isalnum()
