"""Builds: started, stopped, taken from the queue, and their console logs, read on by offset."""

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Final

import requests

from provisioning.adapters.jenkins.client import Client, item_path
from provisioning.adapters.jenkins.errors import reached, rejected
from provisioning.adapters.jenkins.rows import Log

LONGEST: Final = 256 * 1024  # bytes of a log in one piece
QUEUED: Final = re.compile(r"/queue/item/(\d+)/?$")


class Builds:
    """Builds of jobs by full name."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def start(self, job: str, parameters: Mapping[str, str] | None = None) -> int:
        """The number in the queue; that of its twin where the same waits already.

        A job that has parameters needs some, even if none of them: those that are not given are its defaults.
        """
        path = f"{item_path(job)}{'build' if parameters is None else 'buildWithParameters'}"
        found = QUEUED.search(self.client.post(path, params=parameters).headers.get("Location", ""))
        if not found:
            raise rejected(f"Jenkins did not queue {job}.")
        return int(found[1])

    def stop(self, job: str, number: int) -> None:
        """Have a running build end as aborted."""
        self.client.post(f"{item_path(job)}{number}/stop")

    def cancel(self, queued: int) -> None:
        """Take it from the queue; nothing where it waits no more."""
        self.client.cancel_queue(queued)

    def log(self, job: str, number: int, start: int = 0) -> Log:
        """The console log from that byte on; where that is more than LONGEST, whole lines of its end."""
        with closing(self._text(job, number, start)) as answer:
            size = int(answer.headers.get("X-Text-Size", start))
            begins = start if start <= size else 0
            if size - begins <= LONGEST:
                return _piece(answer, begins, size)
        cut = size - LONGEST
        with closing(self._text(job, number, cut)) as answer:
            piece = _piece(answer, cut, int(answer.headers["X-Text-Size"]))
        return replace(piece, text=piece.text.partition("\n")[2])

    def _text(self, job: str, number: int, start: int) -> requests.Response:
        return self.client.get(
            f"{item_path(job)}{number}/logText/progressiveText", stream=True, params={"start": start}
        )


def _piece(answer: requests.Response, start: int, end: int) -> Log:
    with reached():
        return Log(answer.text.replace("\0", ""), start, end, more="X-More-Data" in answer.headers)
