"""Image service, under /image."""

from simulators.openstack.glance import changes, images
from simulators.openstack.glance.images import routes as ROUTES

__all__ = ["ROUTES", "changes", "images"]
