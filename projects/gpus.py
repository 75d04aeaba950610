"""Whether what somebody asks for runs on the lab's GPUs: CUDA, system and generation together. Pure."""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from projects.facts import GpuFacts, Span, Version
from projects.policies import Check, Mark
from projects.text import day_words


class Place(Protocol):
    """What is needed of a generation; as text it is its title."""

    @property
    def architecture(self) -> str: ...


class System(Protocol):
    """What is needed of an image."""

    @property
    def name(self) -> str: ...
    @property
    def distribution(self) -> str: ...
    def runs_on(self, generation: Any, /) -> bool: ...


class Lent(Protocol):
    """What is needed of a GPU host. A `model` left empty says that nobody has written down what the machine has."""

    @property
    def generation(self) -> Place: ...
    @property
    def model(self) -> str: ...
    @property
    def cuda(self) -> Span: ...
    @property
    def returns_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A GPU host that a cloud shows and nobody has written down."""

    generation: Place
    model: str = ""
    cuda: Span = Span()  # noqa: RUF009 - it is frozen
    returns_on: date | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What servers or jobs that are alike ask of GPUs: where, until which day, and, if it was said, with what."""

    generation: Place
    until: date
    cuda: Version | None = None
    system: System | None = None


def admit(wish: Wish, hosts: Sequence[Lent], systems: Sequence[System], facts: GpuFacts) -> Check:
    """Accepted, to be looked at, or refused with the reason and the nearest thing that works.

    `hosts` are those that the lab has today, `systems` the images to choose from, the best first.
    """
    if why_not := _why_not(wish, hosts, facts):
        return _check(Mark.BAD, f"{why_not} {_nearest(wish, hosts, systems, facts)}")
    runs = {host: _runs(host, wish, facts) for host in hosts if host.generation == wish.generation}
    known = [host for host, releases in runs.items() if releases and host.model]
    if not known:
        return _check(Mark.WARN, f"Nobody has listed the GPUs on {wish.generation}: what their driver runs is unknown.")
    host = max(known, key=lambda one: one.returns_on or date.max)
    if host.returns_on and host.returns_on < wish.until:
        ends, until = day_words(host.returns_on), day_words(wish.until)
        return _check(Mark.WARN, f"The loan of the {host.model} ends on {ends}; this is asked for until {until}.")
    where = f"the lab’s {host.model} on {wish.generation}"
    if wish.cuda:
        return _check(Mark.OK, f"CUDA {wish.cuda} runs on {where}.")
    return _check(Mark.OK, f"No CUDA version is named; {where} has {runs[host][0]} to {runs[host][-1]}.")


def _check(mark: Mark, words: str) -> Check:
    return Check("gpu", "GPU and CUDA", mark, words)


def _why_not(wish: Wish, hosts: Sequence[Lent], facts: GpuFacts) -> str:
    """A sentence; empty where one host at least can do it."""
    here = [host for host in hosts if host.generation == wish.generation]
    if not here:
        return f"The lab has no GPU on {wish.generation}."
    if wish.system and not wish.system.runs_on(wish.generation):
        return f"{wish.system.name} does not run on {wish.generation}."
    if any(_runs(host, wish, facts) for host in here):
        return ""
    cuda = wish.cuda or facts.releases[-1]
    return limit(here[0], cuda, facts) or f"No CUDA {cuda} is known here."


def _runs(host: Lent, wish: Wish, facts: GpuFacts) -> list[Version]:
    """The releases that a host can run, of those that will do."""
    return [cuda for cuda in facts.releases if wish.cuda in {None, cuda} and not limit(host, cuda, facts)]


def limit(host: Lent, cuda: Version, facts: GpuFacts) -> str:
    """What keeps a host from running a release, the most general first; empty where nothing does."""
    architecture = host.generation.architecture
    built, card = facts.cuda.get(architecture), facts.gpu.get(host.model, Span())
    if built is None:
        return f"No CUDA is known for {architecture}."
    if not built.holds(cuda):
        return f"CUDA {cuda} is not built for {architecture}, only {built}."
    if not card.holds(cuda):
        return f"CUDA {cuda} has no support for the {host.model}, only {card}."
    if not host.cuda.holds(cuda):
        return f"The lab’s {host.model} on {host.generation} has no CUDA {cuda}: its driver runs {host.cuda}."
    return ""


def _nearest(wish: Wish, hosts: Sequence[Lent], systems: Sequence[System], facts: GpuFacts) -> str:
    """The choice that changes least: of generation and system as few as may be, then the fewest releases away."""
    asked = bisect(facts.releases, wish.cuda or facts.releases[-1])
    found = []
    for host in hosts:
        for order, system in enumerate(_systems(wish, host, systems)):
            changed = (host.generation != wish.generation) + (system != wish.system)
            where = f"{host.generation} with {system.name}" if system else f"{host.generation}"
            for cuda in _runs(host, replace(wish, cuda=None), facts):
                away = abs(bisect(facts.releases, cuda) - asked)
                found.append((changed, away, order, f"CUDA {cuda} on {where}"))
    return f"The nearest that works: {min(found)[-1]}." if found else "Nothing that the lab has comes near it."


def _systems(wish: Wish, host: Lent, systems: Sequence[System]) -> list[System | None]:
    """The system that was named, then others of its distribution, then the rest; none where none was named."""
    if (named := wish.system) is None:
        return [None]
    others = sorted(systems, key=lambda one: one.distribution != named.distribution)
    return [one for one in (named, *others) if one.runs_on(host.generation)]
