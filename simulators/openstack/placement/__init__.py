"""Placement service, under /placement."""

from simulators.openstack.placement import providers
from simulators.openstack.placement.providers import routes

__all__ = ["providers", "routes"]
