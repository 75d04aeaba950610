"""Placement service, under /placement."""

from simulators.openstack.placement import providers
from simulators.openstack.placement.providers import routes as ROUTES

__all__ = ["ROUTES", "providers"]
