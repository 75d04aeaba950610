"""The Celery app. Tasks only wake the engine: the position of all work is in PostgreSQL."""

import os
from typing import Any

import structlog
from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Django has set logging up already; by being connected this keeps Celery from replacing it."""
    structlog.get_logger(__name__).debug("logging", action="kept", level=settings.LOG_LEVEL)
