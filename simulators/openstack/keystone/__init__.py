"""Identity service, under /identity."""

from simulators.openstack.keystone import catalog, credentials, projects, roles, tokens, users
from simulators.openstack.keystone.common import routes

__all__ = ["catalog", "credentials", "projects", "roles", "routes", "tokens", "users"]
