"""What each generation of each cloud has, as pages show it: figures of projects.figures in words."""

from dataclasses import dataclass

from projects.capacity import PoolFigures
from projects.figures import PoolKey, pool_figures
from projects.models import Cloud, Generation, Pool

GIB = 1024  # MiB


@dataclass(frozen=True, slots=True)
class PoolView:
    """One generation of one cloud. RAM in whole GiB."""

    cloud: Cloud
    generation: Generation
    figures: PoolFigures

    @property
    def ram_total(self) -> int:
        """What the hosts have for guests."""
        return self.figures.capacity.ram_mib // GIB

    @property
    def ram_free(self) -> int:
        """What can still be promised."""
        return max(0, self.figures.free.ram_mib) // GIB

    @property
    def ram_taken(self) -> int:
        """What is promised, and what servers take that are not ours."""
        return max(0, self.ram_total - self.ram_free)

    @property
    def words(self) -> str:
        """How much is left, for somebody who wants to ask."""
        if not self.figures.observed_at or not self.ram_total:
            return "not measured yet"
        share = self.ram_free / self.ram_total
        if not self.ram_free:
            return "nothing free now"
        return "plenty free" if share > 0.3 else "some free" if share > 0.1 else "little free"

    @property
    def tone(self) -> str:
        """The tone of `words`."""
        tones = {"plenty free": "good", "some free": "info", "little free": "warn", "nothing free now": "bad"}
        return tones.get(self.words, "muted")


def pool_views(*, all_of_them: bool = False) -> list[PoolView]:
    """Each pool with its figures, by generation, in three queries; those not offered only with `all_of_them`."""
    figures = pool_figures()
    rows = Pool.objects.select_related("cloud", "generation").order_by("generation__order", "cloud__title")
    return [
        PoolView(pool.cloud, pool.generation, figures.get(PoolKey(pool.cloud_id, pool.generation_id), PoolFigures()))
        for pool in rows
        if all_of_them or pool.generation.offered
    ]
