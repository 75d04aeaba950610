"""Architecture and generation of what a cloud shows, by a mapping from the settings; or why not. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from projects.catalog import FlavorSeen, HostSeen, ImageSeen

ARCHITECTURE_SPECS: Final = ("aggregate_instance_extra_specs:arch", "capabilities:cpu_info:arch", "hw:architecture")
ARCHITECTURE_TRAIT: Final = "trait:HW_ARCH_"
ARCHITECTURE_PROPERTIES: Final = ("hw_architecture", "architecture")


@dataclass(frozen=True, slots=True)
class Class:
    """What something is; `why_not` is a sentence where it cannot be told, and then it is never offered."""

    architecture: str = ""
    generation: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The mapping of the settings (CATALOG), asked by what a cloud shows."""

    settings: Mapping[str, Any]

    def flavor(self, seen: FlavorSeen) -> Class:
        """By required traits and extra specs; what its architecture is said to be must agree."""
        found = [
            rule
            for rule in self.settings["generations"]
            if any(seen.extra_specs.get(f"trait:{trait}") == "required" for trait in rule["traits"])
            or any(seen.extra_specs.get(key) in values for key, values in rule["flavor"].items())
        ]
        return self._one(found, self._architectures_of(seen), "Its extra specs name no generation.")

    def host(self, seen: HostSeen) -> Class:
        """By traits and aggregates."""
        words = set(seen.aggregates)
        found = [
            rule
            for rule in self.settings["generations"]
            if seen.traits & set(rule["traits"]) or words & set(rule["aggregates"])
        ]
        return self._one(found, set(), "Neither a trait nor an aggregate names its generation.")

    def image(self, seen: ImageSeen) -> Class:
        """By its properties; its generation is the oldest that it runs on, none where it runs on all."""
        named = {self._spelled(seen.properties[key]) for key in ARCHITECTURE_PROPERTIES if seen.properties.get(key)}
        if not named:
            return Class(why_not="Its properties name no architecture.")
        if len(named) > 1:
            return Class(why_not=f"Its properties name two architectures: {_list(named)}.")
        architecture = named.pop()
        slugs = {rule["slug"] for rule in self.settings["generations"] if rule["architecture"] == architecture}
        if not slugs:
            return Class(architecture, why_not=f"The lab has no {architecture}.")
        oldest = self._system(seen).get("needs", {}).get(architecture, "")
        if oldest and oldest not in slugs:
            return Class(architecture, why_not=f"It needs {oldest}, which is no generation of the settings.")
        return Class(architecture, oldest)

    def end_of_life(self, seen: ImageSeen) -> date | None:
        """The last day on which it is mended: as the image itself says, else as its makers do; None if nobody does."""
        try:
            return date.fromisoformat(seen.properties.get(self.settings["end_of_life_property"], ""))
        except ValueError:
            end: date | None = self._system(seen).get("end")
            return end

    def login(self, seen: ImageSeen) -> str:
        """The account that cloud-init makes on servers of this image; empty where nobody says."""
        distribution = seen.properties.get("os_distro", "")
        return seen.properties.get("os_admin_user") or self.settings["logins"].get(distribution, "")

    def gpus(self, seen: FlavorSeen) -> int:
        """How many GPUs a server of this flavor gets."""
        figures = (seen.extra_specs.get(key, "") for key in self.settings["gpu_specs"])
        return sum(int(figure) for figure in figures if figure.isascii() and figure.isdigit())

    def _system(self, seen: ImageSeen) -> Mapping[str, Any]:
        """What is known of its release, or of the one that this is a part of."""
        distribution, version = (seen.properties.get(f"os_{name}", "").lower() for name in ("distro", "version"))
        while version:
            if found := self.settings["systems"].get(f"{distribution} {version}"):
                return dict(found)
            version = version.rpartition(".")[0]
        return {}

    def _one(self, found: list[Mapping[str, Any]], said: set[str], nothing: str) -> Class:
        if not found:
            return Class(architecture=said.pop() if len(said) == 1 else "", why_not=nothing)
        if len(found) > 1:
            return Class(why_not=f"It belongs to several generations: {_list(rule['title'] for rule in found)}.")
        architecture = str(found[0]["architecture"])
        if said - {architecture}:
            return Class(why_not=f"{found[0]['title']} is {architecture}, but it says {_list(said)}.")
        return Class(architecture, str(found[0]["slug"]))

    def _architectures_of(self, seen: FlavorSeen) -> set[str]:
        specs = {seen.extra_specs[key] for key in ARCHITECTURE_SPECS if seen.extra_specs.get(key)}
        traits = {
            key.removeprefix(ARCHITECTURE_TRAIT).lower()
            for key, value in seen.extra_specs.items()
            if key.startswith(ARCHITECTURE_TRAIT) and value == "required"
        }
        return {self._spelled(word) for word in specs | traits}

    def _spelled(self, word: str) -> str:
        lower = word.strip().lower()
        return str(self.settings["architectures"].get(lower, lower))


def _list(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
