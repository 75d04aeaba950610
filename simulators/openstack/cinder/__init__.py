"""Volume service, under /volume."""

from simulators.openstack.cinder import actions, attachments, backups, events, info, quotas, snapshots, types, volumes
from simulators.openstack.cinder.common import routes as ROUTES

__all__ = [
    "ROUTES",
    "actions",
    "attachments",
    "backups",
    "events",
    "info",
    "quotas",
    "snapshots",
    "types",
    "volumes",
]
