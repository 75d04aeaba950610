"""One service's quotas of the cloud project. A figure below what is used is refused here, never forced.

Where the portal's own servers are what uses it, and are being made smaller, it is held at what they use until they are.
"""

from collections.abc import Mapping
from typing import Any, cast

from provisioning.adapters.openstack import OpenStackCloud
from provisioning.errors import Failure, Gone, Rejected
from provisioning.outcomes import Outcome, Pending, Ready
from provisioning.ports import Position
from provisioning.spec import QuotaWant
from provisioning.steps.base import Kind, project_of

WORDS = {
    "cores": "vCPUs",
    "ram": "MiB of RAM",
    "gigabytes": "GiB of volumes",
    "port": "ports",
    "floatingip": "floating IPs",
}


class Quota(Kind):
    def ensure(self, cloud: OpenStackCloud, it: Position) -> Ready | Pending:
        want, service = cast("QuotaWant", it.want), self._service(cloud, it)
        project, limits = project_of(it), dict(want.limits)
        # A project that was never given quotas uses nothing yet; only a change can be below what is used.
        shown = service.quota(project) if it.own.get("limits", limits) != limits else {}
        if over := below_use(limits, shown):
            if not any(key.startswith("server:") for key in it.facts):  # what uses it is the members' own
                raise Rejected(f"The new quota is below what is used: {over}.", code=Failure.QUOTA)
            service.set_quota(project, held_at_use(limits, shown))
            return Pending(5, f"The quota is lowered when less is used: {over}.", id=project, facts={"lowering": True})
        service.set_quota(project, limits)
        return Ready(id=project, facts={"limits": limits, "lowering": False})

    def undo(self, cloud: OpenStackCloud, it: Position) -> Ready:
        if it.called or it.external_id:
            try:
                self._service(cloud, it).delete_quota(project_of(it))
            except Gone:
                return Ready()
        return Ready()

    def read(self, cloud: OpenStackCloud, it: Position) -> object:
        return cloud.identity.project(project_of(it))  # quotas are there as long as their project is

    def check(self, cloud: OpenStackCloud, it: Position) -> Outcome | None:
        shown = self._service(cloud, it).quota(project_of(it))
        other = [
            n for n, limit in cast("QuotaWant", it.want).limits if (shown.get(n) or {}).get("limit", limit) != limit
        ]
        return (
            Pending(1, f"The quota was changed in the cloud ({', '.join(other)}); it is set again.") if other else None
        )

    @staticmethod
    def _service(cloud: OpenStackCloud, it: Position) -> Any:
        services = {"compute": cloud.compute, "volume": cloud.volume, "network": cloud.network}
        return services[cast("QuotaWant", it.want).service]


def below_use(limits: Mapping[str, int], shown: Mapping[str, Any]) -> str:
    """The figures, in words, where a limit (-1: none) is below what is used and reserved; empty where none is."""
    over = [
        f"{used} {WORDS.get(name, name)} are in use, {limit} asked for"
        for name, limit in limits.items()
        if 0 <= limit < (used := _used(shown.get(name) or {}))
    ]
    return "; ".join(over)


def held_at_use(limits: Mapping[str, int], shown: Mapping[str, Any]) -> dict[str, int]:
    """The limits, but none below what is used and reserved."""
    return {name: limit if limit < 0 else max(limit, _used(shown.get(name) or {})) for name, limit in limits.items()}


def _used(row: Mapping[str, Any]) -> int:
    """Nova and cinder say in_use, neutron says used."""
    return int(row.get("in_use", row.get("used", 0)) or 0) + int(row.get("reserved", 0) or 0)
