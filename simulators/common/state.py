"""The state file: what a simulator remembers over restarts."""

import contextlib
import json
import os
import threading
import time
from pathlib import Path

from simulators.common.app import Simulator


class StateFile:
    """Loads and saves one simulator's state, clock offset included, as JSON of mode 0600.

    A save replaces the file in one move. It follows a change within a second; where writing takes long
    because there is much to write, saves keep a distance of twenty times that.
    """

    def __init__(self, path: Path, app: Simulator) -> None:
        self.path, self.app = path, app
        self.saved = -1
        self.pause = 1.0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def load(self) -> bool:
        """Take up what was saved; False where there is nothing."""
        if not self.path.exists():
            return False
        kept = json.loads(self.path.read_text())
        with self.app.lock:
            self.app.clock.offset = kept["offset"]
            self.app.load(kept["state"])
            self.saved = self.app.changes
        return True

    def save(self) -> None:
        """Write the state where it changed since the last time."""
        began = time.monotonic()
        with self.app.lock:
            if self.saved == self.app.changes:
                return
            self.saved = self.app.changes
            text = json.dumps({"offset": self.app.clock.offset, "state": self.app.dump()})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(self.path.name + ".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        fresh.replace(self.path)
        self.pause = max(1.0, 20 * (time.monotonic() - began))

    def watch(self) -> None:
        """Save after changes, until stopped."""
        while not self.stopping.wait(self.pause):
            with contextlib.suppress(OSError):
                self.save()

    def start(self) -> None:
        """Begin to save by itself."""
        self.thread.start()

    def stop(self) -> None:
        """Save a last time."""
        self.stopping.set()
        self.thread.join()
        self.save()
