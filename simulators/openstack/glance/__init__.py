"""Image service, under /image."""

from simulators.openstack.glance import changes, images
from simulators.openstack.glance.images import routes

__all__ = ["changes", "images", "routes"]
