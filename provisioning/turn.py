"""In one process a cloud has one pass at a time; who comes meanwhile leaves a note and is done."""

import threading
from collections.abc import Generator
from dataclasses import dataclass, field


@dataclass
class Turns:
    """Who has the turn for what name, and for which names somebody asked again meanwhile."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    taken: set[str] = field(default_factory=set)
    asked_again: set[str] = field(default_factory=set)

    def rounds(self, name: str) -> Generator[None, None, None]:
        """Yields once for each round that is to be made; none where another thread makes them already.

        To be closed (contextlib.closing), so that a round that fails gives the turn back at once.
        """
        with self.lock:
            if name in self.taken:
                self.asked_again.add(name)
                return
            self.taken.add(name)
        ended = False
        try:
            yield
            while self._once_more(name):
                yield
            ended = True  # given back under the lock that said that nobody asked again
        finally:
            if not ended:
                with self.lock:
                    self.taken.discard(name)

    def _once_more(self, name: str) -> bool:
        with self.lock:
            if name in self.asked_again:
                self.asked_again.discard(name)
                return True
            self.taken.discard(name)
            return False
