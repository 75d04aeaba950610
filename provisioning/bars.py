"""What was granted beside what the cloud reports as used, figure by figure, as pages show it."""

from dataclasses import dataclass

from projects.amounts import Amount
from projects.models import Allocation


@dataclass(frozen=True, slots=True)
class QuotaBar:
    """One figure of what was granted and what the cloud reports as used."""

    label: str
    unit: str
    granted: int
    used: int

    @property
    def percent(self) -> int:
        """Used of granted, 0 to 100."""
        return min(100, round(100 * self.used / self.granted)) if self.granted else 0


def bars_of(allocation: Allocation) -> tuple[QuotaBar, ...]:
    """Granted and used, for each figure that was granted at all."""
    granted, used = Amount.from_json(allocation.granted), Amount.from_json(allocation.observed)
    figures = (
        ("vCPUs", "", granted.vcpus, used.vcpus),
        ("RAM", "GiB", -(-granted.ram_mib // 1024), -(-used.ram_mib // 1024)),
        ("Servers", "", granted.instances, used.instances),
        ("Volumes", "", granted.volumes, used.volumes),
        ("Volume space", "GiB", granted.volume_gib, used.volume_gib),
        ("GPUs", "", granted.gpus, used.gpus),
    )
    return tuple(QuotaBar(*figure) for figure in figures if figure[2])
