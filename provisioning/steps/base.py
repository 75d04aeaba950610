"""What the kinds of step share: whose scope, what was found, and how absence is proved."""

from collections.abc import Mapping
from typing import Any

from provisioning.adapters.openstack import OpenStackCloud, Scope
from provisioning.errors import Gone
from provisioning.outcomes import Missing, Outcome
from provisioning.ports import Position

POLL = 15.0  # seconds; the look at the cloud's changes shows sooner that something has come to rest


class Kind:
    """A kind without anything to see in listings; `read` is its one uncached look by id, Gone for 404."""

    def watch(self, it: Position) -> Outcome | None:  # noqa: ARG002
        return None

    def read(self, cloud: OpenStackCloud, it: Position) -> object:
        raise NotImplementedError

    def prove_absent(self, cloud: OpenStackCloud, it: Position) -> bool:
        return is_gone(self.read, cloud, it)

    def check(self, cloud: OpenStackCloud, it: Position) -> Outcome | None:
        return Missing("It is no longer there.") if self.prove_absent(cloud, it) else None


def is_gone(read: Any, *args: Any) -> bool:
    """Whether what `read` looks at answers 404."""
    try:
        read(*args)
    except Gone:
        return True
    return False


def id_of(it: Position, key: str) -> str:
    """The id of what another step of the plan has made; that step is ready, since this one needs it."""
    return str(it.facts[key]["id"])


def project_of(it: Position) -> str:
    return id_of(it, "project")


def scope(it: Position) -> Scope:
    """The allocation's service user in its cloud project."""
    return Scope(user_id=id_of(it, "user"), password=it.secrets["user"], project_id=project_of(it))


def carries(metadata: Mapping[str, str], it: Position) -> bool:
    """Whether this is the tag of this very step and incarnation."""
    return it.tag.as_metadata().items() <= metadata.items()


def joined(names: list[str], most: int = 5) -> str:
    """Names for a sentence; the rest counted."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
