"""Identity service, under /identity."""

from simulators.openstack.keystone import catalog, credentials, projects, roles, tokens, users
from simulators.openstack.keystone.common import routes as ROUTES

__all__ = ["ROUTES", "catalog", "credentials", "projects", "roles", "tokens", "users"]
