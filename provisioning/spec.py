"""What is wanted of a cloud for one allocation: frozen values, standard library only.

A want is what one step is to make true. Each is stored with its step as plain JSON (`as_json`) and read back by its
class; names of flavors, images and networks are resolved to ids before they come here, so that a step looks nothing up.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tag:
    """Our mark on a thing, sent in the call that creates it: whose it is, which step made it, and which try it was."""

    deployment: UUID
    allocation: UUID
    step: str
    incarnation: int

    def __str__(self) -> str:
        return f"portico/{self.deployment.hex}/{self.allocation.hex}/{self.step}/{self.incarnation}"

    def as_metadata(self) -> dict[str, str]:
        """The tag for kinds with metadata: servers, volumes, snapshots."""
        return {
            "portico": self.deployment.hex,
            "portico_allocation": self.allocation.hex,
            "portico_step": self.step,
            "portico_incarnation": str(self.incarnation),
        }

    @property
    def name(self) -> str:
        """Says what it is and, being derived from the whole tag, is never used again: `web-1-3f9a2b61c0`."""
        short = self.step.rpartition(":")[2]
        return f"{short}-{hashlib.sha256(str(self).encode()).hexdigest()[:10]}"


@dataclass(frozen=True, slots=True)
class Want:
    """Base of all wants: how they are stored and read back. Sequences are stored as lists and read back as tuples."""

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The want from its stored form."""
        return cls(**{name: _tuples(value) for name, value in stored.items()})


def _plain(value: Any) -> Any:
    return list(map(_plain, value)) if isinstance(value, (list, tuple)) else value


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, (list, tuple)) else value


@dataclass(frozen=True, slots=True)
class ProjectWant(Want):
    """A cloud project (step `project`). `title` is the portal's project name, for people who read the cloud's lists."""

    title: str


@dataclass(frozen=True, slots=True)
class UserWant(Want):
    """The service user of the allocation (step `user`); its password is the secret `user`."""

    title: str


@dataclass(frozen=True, slots=True)
class RoleWant(Want):
    """The service user's role on its cloud project (step `role`)."""

    role: str = "member"


@dataclass(frozen=True, slots=True)
class QuotaWant(Want):
    """One service's quotas of the project (steps `quota:compute`, `quota:volume`, `quota:network`).

    `limits` are (name, figure) pairs in that service's own terms: ("ram", MiB), ("gigabytes", GiB), ("port", n).
    """

    service: str
    limits: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FlavorAccessWant(Want):
    """A private flavor opened for the project (steps `flavor:<name>`)."""

    flavor_id: str
    flavor: str


@dataclass(frozen=True, slots=True)
class GroupWant(Want):
    """A security group (steps `group:<line>`) that lets in SSH and the granted TCP ports."""

    ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class VolumeWant(Want):
    """A volume (steps `volume:<line>-<n>`)."""

    size_gib: int
    volume_type: str


@dataclass(frozen=True, slots=True)
class ServerWant(Want):
    """A server (steps `server:<line>-<n>`).

    `group` and `volume` are the keys of the steps that make them (`volume` is empty where it has none). `people` are
    (login, (public key, ...)) pairs for cloud-init, and `numbers` in the same order the GitHub ids of those whose they
    are, by which an erased account is found. `architecture` and `generation` of flavor and image were compared before
    this was planned and are kept to explain a failure.
    """

    flavor_id: str
    flavor: str
    image_id: str
    image: str
    network_id: str
    group: str
    volume: str
    people: tuple[tuple[str, tuple[str, ...]], ...]
    architecture: str
    generation: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AttachmentWant(Want):
    """A volume at its server (steps `attachment:<line>-<n>`), by the keys of the two steps."""

    server: str
    volume: str


@dataclass(frozen=True, slots=True)
class AddressWant(Want):
    """A floating IP for a server (steps `address:<line>-<n>`)."""

    server: str
    network_id: str


@dataclass(frozen=True, slots=True)
class CredentialWant(Want):
    """The application credential (step `credential`), made by the service user for itself; secret `credential`.

    `expires_at` is UTC, ISO 8601. `turn` grows with each "new credential", so that the next one is another.
    """

    roles: tuple[str, ...]
    expires_at: str
    turn: int = 1


@dataclass(frozen=True, slots=True)
class FolderWant(Want):
    """A folder in Jenkins (step `folder`), open to these GitHub logins and to nobody else.

    `title` is the portal's project name, for people who read Jenkins's lists. `numbers` are, in the same order, the
    GitHub ids of those whose logins they are, by which an erased account is found.
    """

    title: str
    logins: tuple[str, ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class JobWant(Want):
    """A job in the folder (steps `job:<name>`): the pipeline that `script` says, a path in the repository.

    Without a repository it is the starter job, which tells about the agents that have all `labels`.
    """

    repository_url: str
    script: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SuspensionWant(Want):
    """The allocation at rest (step `suspension`): servers stopped, the project disabled; its undo enables it again.

    A CI folder at rest is closed to its people.
    """

    servers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PurgeWant(Want):
    """Nothing while the allocation lives (step `purge`); its undo takes back all that stands in the cloud project."""


WANTS: Mapping[str, type[Want]] = {
    "project": ProjectWant,
    "user": UserWant,
    "role": RoleWant,
    "quota": QuotaWant,
    "flavor": FlavorAccessWant,
    "group": GroupWant,
    "volume": VolumeWant,
    "server": ServerWant,
    "attachment": AttachmentWant,
    "address": AddressWant,
    "credential": CredentialWant,
    "suspension": SuspensionWant,
    "purge": PurgeWant,
    "folder": FolderWant,
    "job": JobWant,
    # never planned: what the sweep takes back
    "orphan": ProjectWant,
    "port": ProjectWant,
}


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of a plan: its key (`kind` or `kind:name`), what it wants, and the keys of the steps that it needs."""

    key: str
    want: Want
    needs: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of resource, the part of the key before the colon."""
        return self.key.partition(":")[0]


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """One server of a server line, names resolved; `name` is `<line>-<n>`, n from 1."""

    name: str
    line: str
    flavor_id: str
    flavor: str
    flavor_private: bool
    image_id: str
    image: str
    architecture: str
    volume_gib: int = 0
    floating_ip: bool = False


@dataclass(frozen=True, slots=True)
class CiSpec:
    """The CI of one allocation, and what labels its agents need.

    `builders` are who may use it as (GitHub login, id), `repositories` are (job name, URL).
    """

    builders: tuple[tuple[str, int], ...]
    repositories: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spec:
    """All that one allocation wants of one cloud. Amounts: vCPUs, RAM in MiB, volume GiB."""

    allocation: UUID
    title: str
    cloud: str
    kind: str
    desired: str
    revision: int
    generation: str
    ends_at: datetime
    vcpus: int
    ram_mib: int
    instances: int
    volumes: int
    volume_gib: int
    servers: tuple[ServerSpec, ...] = ()
    ports: tuple[tuple[str, tuple[int, ...]], ...] = ()
    people: tuple[tuple[str, tuple[str, ...]], ...] = ()
    numbers: tuple[int, ...] = ()
    flavors: tuple[tuple[str, str], ...] = ()
    network_id: str = ""
    external_network_id: str = ""
    volume_type: str = ""
    credential_turn: int = 1
    ci: CiSpec | None = None
