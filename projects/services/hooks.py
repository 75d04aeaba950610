"""Who wants to be woken after a change. A hook may only wake: what it loses, the next beat finds in the database."""

from collections.abc import Callable, Mapping

from django.db import transaction

Callback = Callable[..., None]


class Hook:
    """A place where rooms above register what is to be called once a change is committed."""

    def __init__(self, facts: str) -> None:
        self.facts = facts
        self._callbacks: list[Callback] = []

    def register(self, callback: Callback) -> None:
        """Have `callback` called with this hook's facts by keyword; registering it again changes nothing."""
        if callback not in self._callbacks:
            self._callbacks.append(callback)

    def forget(self, callback: Callback) -> None:
        """Take a callback back, as tests do."""
        self._callbacks.remove(callback)

    def fire(self, **facts: object) -> None:
        """Call all callbacks after commit; one that fails is logged and spoils neither the rest nor the change."""
        for callback in self._callbacks:
            transaction.on_commit(_later(callback, facts), robust=True)


def _later(callback: Callback, facts: Mapping[str, object]) -> Callable[[], None]:
    """The call as a plain function: Django logs a robust one that failed by a name that a partial has not."""

    def call() -> None:
        callback(**facts)

    return call


allocation_changed = Hook("cloud: the name of the cloud whose allocations changed")
members_changed = Hook("project_id: the primary key of the Project whose people changed")
cloud_opened = Hook("cloud: the name of the cloud on which new things may be made again")
lookup_asked = Hook("")
account_erased = Hook("user_id: the primary key of the User whose account was erased")
