"""On top of everything: settings, addresses, sign-in, desk, health. Importing it loads the Celery app."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
