"""Network service, under /network."""

from simulators.openstack.neutron import extensions, floating, groups, networks, ports, quotas, routers
from simulators.openstack.neutron.resource import routes

__all__ = ["extensions", "floating", "groups", "networks", "ports", "quotas", "routers", "routes"]
