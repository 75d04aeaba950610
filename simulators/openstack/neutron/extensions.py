"""What neutron says it can do."""

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.neutron.resource import routes
from simulators.openstack.store import Row

ALIASES = [
    "allowed-address-pairs",
    "binding",
    "external-net",
    "net-mtu",
    "pagination",
    "port-security",
    "project-id",
    "provider",
    "quotas",
    "quota_details",
    "quota-check-limit",
    "router",
    "security-group",
    "security-groups-normalized-cidr",
    "sorting",
    "standard-attr-description",
    "standard-attr-revisions",
    "standard-attr-tag",
    "standard-attr-timestamp",
    "stateful-security-group",
    "subnet_allocation",
]


def described(alias: str) -> Row:
    """An extension, in as many words as clients read."""
    name = alias.replace("-", " ")
    return {"alias": alias, "name": name, "description": name, "updated": "2022-01-01T00:00:00-00:00", "links": []}


@routes.get("/extensions")
def extensions(call: Call) -> Row:
    return {"extensions": [described(alias) for alias in ALIASES]}


@routes.get("/extensions/<alias>")
def extension(call: Call, alias: str) -> Row:
    if alias not in ALIASES:
        raise Refused(404, f"Extension with alias {alias} does not exist", "HTTPNotFound")
    return {"extension": described(alias)}


@routes.get("/agents")
def agents(call: Call) -> Row:
    call.admin("rule:get_agent")
    return {"agents": []}


@routes.get("/availability_zones")
def availability_zones(call: Call) -> Row:
    return {"availability_zones": []}
