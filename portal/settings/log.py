"""Structured logs to stderr: lines for people on a terminal, JSON where LOG_FORMAT=json."""

import logging
from typing import Any

import structlog

from portal.settings.env import env

LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env.text("LOG_FORMAT", "text")
SECRET_WORDS = ("password", "secret", "token", "authorization", "cookie", "private_key")


def hide_secrets(_: Any, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Blanks each value whose name says that it is a secret: the last net, not the first."""
    for key in event:
        if any(word in key.lower() for word in SECRET_WORDS):
            event[key] = "***"
    return event


SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    hide_secrets,
]
# Plain tracebacks: structlog's own print local variables, and with them tokens and passwords.
CONSOLE = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
RENDERER: structlog.types.Processor = structlog.processors.JSONRenderer() if LOG_FORMAT == "json" else CONSOLE

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([structlog.processors.format_exc_info] if LOG_FORMAT == "json" else []),
                RENDERER,
            ],
            "foreign_pre_chain": SHARED,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers would print each line twice.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # A refusal that the page explains is not worth a line a click.
        "django.request": {"level": "ERROR"},
        # Beat wakes the engine every five seconds; three lines each time would hide what matters.
        **{name: {"level": "WARNING"} for name in ("celery.beat", "celery.worker.strategy", "celery.app.trace")},
    },
}

structlog.configure(
    processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(LOG_LEVEL)),
    cache_logger_on_first_use=True,
)
