"""Volume service, under /volume."""

from simulators.openstack.cinder import actions, attachments, backups, events, info, quotas, snapshots, types, volumes
from simulators.openstack.cinder.common import routes

__all__ = [
    "actions",
    "attachments",
    "backups",
    "events",
    "info",
    "quotas",
    "routes",
    "snapshots",
    "types",
    "volumes",
]
