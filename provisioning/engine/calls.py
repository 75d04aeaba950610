"""The pool that makes HTTP calls and nothing else: a call goes in, an answer comes out, whatever happened."""

import os
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings

from provisioning.engine.verdict import Bug
from provisioning.errors import ProviderError

log = structlog.get_logger(__name__)
ROOT = Path(__file__).resolve().parents[2]


@cache
def pool(process: int) -> ThreadPoolExecutor:
    """The threads of this process (by its id), shared by all passes; a forked child must not use its parent's."""
    return ThreadPoolExecutor(settings.ENGINE_THREADS, thread_name_prefix=f"call-{process}")


def submit(run: Callable[[], Any]) -> "Future[Any]":
    """Make a call in the pool; the future never raises."""
    return pool(os.getpid()).submit(answered, run)


def answered(run: Callable[[], Any]) -> Any:
    """What a call came to: its outcome, its ProviderError, or the Bug that showed."""
    try:
        return run()
    except ProviderError as error:
        return error
    except Exception as error:  # noqa: BLE001  one faulty step must not stop the others
        bug = Bug(place(error), type(error).__name__)
        log.error("call", action="bug", place=bug.place, error=bug.name, trace=frames(error))  # noqa: TRY400  its text may hold a secret
        return bug


def place(error: BaseException) -> str:
    """Where in our code it showed: `provisioning/steps/server.py:42`."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if _ours(frame.filename)]
    frame = ours[-1] if ours else None
    return f"{Path(frame.filename).relative_to(ROOT)}:{frame.lineno}" if frame else type(error).__name__


def frames(error: BaseException) -> list[str]:
    """The way to it without any value, so that no secret gets into a log."""
    return [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)][-12:]


def _ours(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(ROOT) and ".venv" not in path.parts and path != Path(__file__)
