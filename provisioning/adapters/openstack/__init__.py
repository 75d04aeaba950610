"""OpenStack: one module a service, plain JSON through keystoneauth, errors and rows translated at the border."""

from provisioning.adapters.openstack.cloud import OpenStackCloud, open_cloud
from provisioning.adapters.openstack.errors import Conflict, Taken
from provisioning.adapters.openstack.session import Scope

__all__ = ["Conflict", "OpenStackCloud", "Scope", "Taken", "open_cloud"]
