"""Facts that change without us: read from gpu.toml once, and checked at start (projects.checks)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

GPU_FILE: Final = Path(__file__).with_name("gpu.toml")
VERSION: Final = re.compile(r"(?:cuda[ -]?)?v?(\d{1,3})\.(\d{1,3})(?:\.\d{1,4})*", re.ASCII | re.IGNORECASE)


class FactsError(ValueError):
    """A file of facts cannot be used; the text says where and why."""


class Version(NamedTuple):
    """A release, as far as it matters what goes with it: 12.4."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `12.4`, `12.4.1` or `CUDA 12.4`. Raises ValueError for everything else."""
        if not (found := VERSION.fullmatch(text.strip())):
            raise ValueError(f"“{text[:20]}” is no version; give one such as 12.4.")
        return cls(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class Span:
    """From one release to another, both included; None is no limit. `source` is where that is said."""

    first: Version | None = None
    last: Version | None = None
    source: str = ""

    def __str__(self) -> str:
        if self.first and self.last:
            return f"{self.first} to {self.last}"
        return f"up to {self.last}" if self.last else f"{self.first} and later" if self.first else "every release"

    def holds(self, version: Version) -> bool:
        """Whether a release is within."""
        return (self.first or version) <= version <= (self.last or version)


@dataclass(frozen=True, slots=True)
class GpuFacts:
    """The releases of CUDA, oldest first; CUDA and NVIDIA's container toolkit by architecture, and CUDA by GPU."""

    releases: tuple[Version, ...]
    cuda: Mapping[str, Span]
    toolkit: Mapping[str, Span]
    gpu: Mapping[str, Span]

    def release(self, text: str) -> Version:
        """The release of CUDA that somebody typed. Raises ValueError with the cure."""
        version = Version.parse(text)
        if version in self.releases:
            return version
        raise ValueError(f"No CUDA {version} is known here; {self.releases[0]} to {self.releases[-1]} are.")


@cache
def gpu_facts() -> GpuFacts:
    """The facts of gpu.toml. Raises FactsError."""
    return read_gpu_facts(GPU_FILE)


def read_gpu_facts(path: Path) -> GpuFacts:
    """The facts of a file. Raises FactsError, which names the file and the place in it."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        releases = tuple(_version(text, "releases.cuda") for text in tables["releases"]["cuda"])
        if not releases or list(releases) != sorted(set(releases)):
            raise FactsError("releases.cuda: name each release once, the oldest first.")
        spans = {
            kind: {name: _span(f"{kind}.{name}", told) for name, told in tables[kind].items()}
            for kind in ("cuda", "toolkit", "gpu")
        }
    except KeyError as error:
        raise FactsError(f"{path.name}: [{error.args[0]}] is missing.") from error
    except (ValueError, OSError) as error:
        raise FactsError(f"{path.name}: {error}") from error
    return GpuFacts(releases, **spans)


def _span(where: str, told: Any) -> Span:
    if not isinstance(told, dict):
        raise FactsError(f"{where}: this must be a table, [{where}].")
    if unknown := set(told) - {"first", "last", "source"}:
        raise FactsError(f"{where}: {', '.join(sorted(unknown))} means nothing here.")
    if not str(told.get("source", "")).startswith("https://"):
        raise FactsError(f'{where}: say by source = "https://..." where this is written.')
    first, last = (_version(told[end], f"{where}.{end}") if end in told else None for end in ("first", "last"))
    if first and last and last < first:
        raise FactsError(f"{where}: last ({last}) comes before first ({first}).")
    return Span(first, last, str(told["source"]))


def _version(text: Any, where: str) -> Version:
    if not isinstance(text, str):  # 12.10 would be read as 12.1
        raise FactsError(f'{where}: write the version in quotes, such as "12.4".')
    try:
        return Version.parse(text)
    except ValueError as error:
        raise FactsError(f"{where}: {error}") from error
