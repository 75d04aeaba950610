"""Compute service, under /compute."""

from simulators.openstack.nova import (
    actions,
    aggregates,
    consoles,
    create,
    events,
    flavors,
    groups,
    hosts,
    interfaces,
    keypairs,
    listing,
    parts,
    quotas,
    resize,
    servers,
    usage,
    volumes,
)
from simulators.openstack.nova.common import routes

__all__ = [
    "actions",
    "aggregates",
    "consoles",
    "create",
    "events",
    "flavors",
    "groups",
    "hosts",
    "interfaces",
    "keypairs",
    "listing",
    "parts",
    "quotas",
    "resize",
    "routes",
    "servers",
    "usage",
    "volumes",
]
