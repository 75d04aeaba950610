"""A security group: SSH and the granted TCP ports from everywhere, over IPv4 and IPv6. Other rules are not ours."""

from collections.abc import Iterable
from typing import Any, cast

from provisioning.adapters.openstack import OpenStackCloud, Taken
from provisioning.errors import Busy, Gone
from provisioning.outcomes import Missing, Outcome, Pending, Ready
from provisioning.ports import Position
from provisioning.spec import GroupWant
from provisioning.steps.base import Kind, project_of

SSH = 22
Door = tuple[str, int]


class Group(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready | Missing:
        try:
            group = self._found(cloud, it) or cloud.network.create_group(project_of(it), it.tag.name, str(it.tag))
        except Gone:
            return Missing("The security group is no longer there.")
        self._doors(cloud, it, group)
        return Ready(id=group["id"], facts={"ports": [port for _, port in doors(cast("GroupWant", it.want))[::2]]})

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready:
        try:
            group = self._found(cloud, it)
            if group:
                cloud.network.remove("security-groups", group["id"])
        except Gone:
            return Ready()
        return Ready()

    def read(self, cloud: OpenStackCloud, it: Position) -> dict[str, Any]:
        return cloud.network.one("security-groups", it.external_id)

    def check(self, cloud: OpenStackCloud, it: Position) -> Outcome | None:
        try:
            group = self.read(cloud, it)
        except Gone:
            return Missing("The security group is no longer there.")
        if {_door(rule) for rule in _ours(group, it)} != set(doors(cast("GroupWant", it.want))):
            return Pending(1, "Rules of the security group were changed in the cloud; they are made again.")
        return None

    def _found(self, cloud: OpenStackCloud, it: Position) -> dict[str, Any] | None:
        if it.external_id:
            return self.read(cloud, it)
        found = cloud.network.find("security-groups", project_of(it), str(it.tag)) if it.called else []
        return found[0] if found else None

    def _doors(self, cloud: OpenStackCloud, it: Position, group: dict[str, Any]) -> None:
        """Opens what is wanted and shuts what we had opened before."""
        ours = _ours(group, it)
        open_now = set(map(_door, ours))
        wanted = doors(cast("GroupWant", it.want))
        missing = [door for door in wanted if door not in open_now]
        for rule in ours:
            if _door(rule) not in wanted:
                cloud.network.remove("security-group-rules", rule["id"])
        if missing:
            try:
                cloud.network.create_rules(rules(it, group["id"], missing))
            except Taken as error:  # somebody has just opened one of them: look again
                raise Busy(error.words) from error


def _ours(group: dict[str, Any], it: Position) -> list[dict[str, Any]]:
    return [rule for rule in group.get("security_group_rules", ()) if rule.get("description") == str(it.tag)]


def _door(rule: dict[str, Any]) -> Door:
    return rule["ethertype"], rule["port_range_min"]


def doors(want: GroupWant) -> list[Door]:
    """(ethertype, port) of each rule: two for each port, in order."""
    ports = dict.fromkeys((SSH, *want.ports))
    return [(ethertype, port) for port in ports for ethertype in ("IPv4", "IPv6")]


def rules(it: Position, group_id: str, missing: Iterable[Door]) -> list[dict[str, Any]]:
    return [
        {
            "security_group_id": group_id,
            "project_id": project_of(it),
            "direction": "ingress",
            "ethertype": ethertype,
            "protocol": "tcp",
            "port_range_min": port,
            "port_range_max": port,
            "description": str(it.tag),
        }
        for ethertype, port in missing
    ]
