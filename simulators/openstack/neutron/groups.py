"""Security groups and their rules."""

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.neutron import quotas
from simulators.openstack.neutron.resource import Kind, create, listing, serve, standard, updater, view
from simulators.openstack.store import Row, World, stamp

RULE_FIELDS = [
    "direction",
    "ethertype",
    "protocol",
    "port_range_min",
    "port_range_max",
    "remote_ip_prefix",
    "remote_group_id",
    "remote_address_group_id",
]


def default(world: World, project: str, now: float) -> Row:
    """The project's default group, made when first needed."""
    row = world.security_groups.one(project_id=project, name="default")
    if row is None:
        row = add_group(world, now, {"name": "default", "description": "Default security group", "project_id": project})
        for ethertype in ("IPv4", "IPv6"):
            add_rule(world, now, row, {"direction": "ingress", "ethertype": ethertype, "remote_group_id": row["id"]})
    return row


def add_group(world: World, now: float, base: Row) -> Row:
    """A group with the two rules that let everything out."""
    when = stamp(now)
    times: Row = {"created_at": when, "updated_at": when, "revision_number": 1, "tags": []}
    row = world.security_groups.add(times | base | {"stateful": True, "shared": False, "security_group_rules": []})
    for ethertype in ("IPv4", "IPv6"):
        add_rule(world, now, row, {"direction": "egress", "ethertype": ethertype})
    return row


def add_rule(world: World, now: float, group: Row, asked: Row) -> Row:
    """A rule, also kept in its group's list."""
    when = stamp(now)
    row: Row = {field: asked.get(field) for field in RULE_FIELDS}
    row |= {
        "security_group_id": group["id"],
        "project_id": group["project_id"],
        "description": asked.get("description") or "",
        "ethertype": asked.get("ethertype") or "IPv4",
        "normalized_cidr": asked.get("remote_ip_prefix"),
        "created_at": when,
        "updated_at": when,
        "revision_number": 1,
        "tags": [],
        "belongs_to_default_sg": group["name"] == "default",
    }
    world.security_group_rules.add(row)
    group["security_group_rules"].append(view(row))
    return row


def make_group(call: Call, asked: Row) -> Row:
    """A group of a user."""
    base = standard(call, asked)
    if base["name"] == "default":
        raise Refused(409, "Default security group already exists.", "SecurityGroupDefaultAlreadyExists")
    default(call.world, base["project_id"], call.now)
    quotas.check(call.world, base["project_id"], "security_group")
    return add_group(call.world, call.now, base)


def drop_group(call: Call, row: Row) -> None:
    """Raises 409 for the default group and for one that a port uses."""
    if row["name"] == "default" and not call.who.admin:
        raise Refused(
            409, "Insufficient rights for removing default security group.", "SecurityGroupCannotRemoveDefault"
        )
    if any(row["id"] in port["security_groups"] for port in call.world.ports):
        raise Refused(409, f"Security Group {row['id']} in use.", "SecurityGroupInUse")
    for rule in row["security_group_rules"]:
        call.world.security_group_rules.remove(rule["id"])
    call.world.security_groups.remove(row["id"])


GROUP = Kind(
    "security_groups",
    "security_group",
    ("SecurityGroupNotFound", "Security group {} does not exist"),
    make_group,
    updater("name", "description", "stateful"),
    drop_group,
)


def port_range(asked: Row) -> None:
    """Raises 400 for ports that make no range."""
    low, high = asked.get("port_range_min"), asked.get("port_range_max")
    if asked.get("protocol") in ("icmp", "ipv6-icmp", "1") or (low is None and high is None):
        return
    if not asked.get("protocol"):
        raise Refused(
            400, "Must also specify protocol if port range is given.", "SecurityGroupProtocolRequiredWithPorts"
        )
    if low is None or high is None or not 0 < int(low) <= int(high) <= 65535:
        raise Refused(
            400, "For TCP/UDP protocols, port_range_min must be <= port_range_max", "SecurityGroupInvalidPortRange"
        )


def make_rule(call: Call, asked: Row) -> Row:
    """A rule of a user. Raises 409 for one that is there already."""
    group = GROUP.find(call, asked.get("security_group_id") or "")
    if asked.get("direction") not in ("ingress", "egress"):
        raise Refused(
            400,
            f"Invalid input for direction. Reason: '{asked.get('direction')}' is not in valid_values.",
            "HTTPBadRequest",
        )
    port_range(asked)
    row = {field: asked.get(field) for field in RULE_FIELDS} | {"ethertype": asked.get("ethertype") or "IPv4"}
    for other in group["security_group_rules"]:
        if all(other.get(name) == value for name, value in row.items()):
            raise Refused(
                409, f"Security group rule already exists. Rule id is {other['id']}.", "SecurityGroupRuleExists"
            )
    quotas.check(call.world, group["project_id"], "security_group_rule")
    return add_rule(call.world, call.now, group, asked)


def drop_rule(call: Call, row: Row) -> None:
    """Out of the group's list too."""
    group = call.world.security_groups[row["security_group_id"]]
    group["security_group_rules"] = [rule for rule in group["security_group_rules"] if rule["id"] != row["id"]]
    call.world.security_group_rules.remove(row["id"])


RULE = Kind(
    "security_group_rules",
    "security_group_rule",
    ("SecurityGroupRuleNotFound", "Security group rule {} does not exist"),
    make_rule,
    updater("description"),
    drop_rule,
)


def create_rules(call: Call) -> tuple[Row, int]:
    """Many rules in one call must be of one group."""
    if len({rule.get("security_group_id") for rule in call.body.get("security_group_rules") or []}) > 1:
        text = "Only allowed to update rules for one security profile at a time"
        raise Refused(400, text, "SecurityGroupNotSingleGroupRules")
    return create(call, RULE)


def list_groups(call: Call) -> Row:
    """A project that looks has its default group."""
    project = call.args.get("project_id") or call.args.get("tenant_id") or call.who.project_id
    if project in call.world.projects:
        default(call.world, str(project), call.now)
    return listing(call, GROUP)


serve(GROUP, list=list_groups)
serve(RULE, create=create_rules)
