"""Grants in words, as pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass

from projects.amounts import Amount
from projects.grants import CiGrant, Grant, ServerLine
from projects.models import Part
from projects.states import Kind

GIB = 1024  # MiB


@dataclass(frozen=True, slots=True)
class Described:
    """One part: its place, what was asked for and, once decided, what was granted."""

    part: Part
    title: str
    asked: tuple[str, ...]
    granted: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether something else was granted than asked for."""
        return bool(self.granted) and self.granted != self.asked


def described_parts(parts: Iterable[Part]) -> list[Described]:
    """Parts with cloud and generation loaded, in words."""
    return [
        Described(
            part=part,
            title=f"{Kind(part.kind).words}, {part.generation.title}",
            asked=grant_words(Grant.from_json(part.asked)),
            granted=grant_words(Grant.from_json(part.granted)) if part.granted else (),
        )
        for part in parts
    ]


def grant_words(grant: Grant) -> tuple[str, ...]:
    """A grant in a few short lines."""
    if grant.ci:
        return ci_words(grant.ci)
    if grant.lines:
        return tuple(line_words(line) for line in grant.lines)
    return (amount_words(grant.access),)


def ci_words(ci: CiGrant) -> tuple[str, ...]:
    """A line for each repository, one for who builds besides the members, one for GPUs."""
    others = (f"also for {', '.join(ci.logins)}",) if ci.logins else ()
    return (
        *(f"jobs of {address}" for address in ci.repositories),
        *others,
        *(("on agents with GPUs",) if ci.gpu else ()),
    )


def line_words(line: ServerLine) -> str:
    """`2 × p9.small, debian-12-ppc64le, volume of 50 GiB each, ports 80, 443`."""
    words = [f"{line.count} × {line.flavor}", line.image]
    if line.volume_gib:
        words.append(f"volume of {line.volume_gib:,} GiB" + (" each" if line.count > 1 else ""))
    if line.ports:
        words.append(("port " if len(line.ports) == 1 else "ports ") + " ".join(map(str, line.ports)))
    if line.floating_ip:
        words.append("public address")
    return ", ".join(words)


def amount_words(amount: Amount) -> str:
    """`4 servers, 16 vCPUs, 32 GiB RAM, 2 volumes of 200 GiB together`."""
    words = [
        f"{amount.instances} server{'' if amount.instances == 1 else 's'}",
        f"{amount.vcpus} vCPUs",
        f"{amount.ram_mib / GIB:g} GiB RAM",
    ]
    if amount.volumes or amount.volume_gib:
        words.append(f"{amount.volumes} volume{'' if amount.volumes == 1 else 's'}, {amount.volume_gib:,} GiB together")
    if amount.gpus:
        words.append(f"{amount.gpus} GPU{'' if amount.gpus == 1 else 's'}")
    return ", ".join(words)
