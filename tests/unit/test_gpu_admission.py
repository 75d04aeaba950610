"""What runs on the lab's GPUs, what does not and why, and the nearest thing that does."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.facts import Span, Version, gpu_facts
from projects.gpus import Wish, admit
from projects.policies import Mark

V = Version
OLD_DRIVER = Span(V(9, 2), V(10, 2))
TODAY = date(2026, 11, 25)
YEAR = TODAY + timedelta(days=365)


@dataclass(frozen=True)
class Place:
    title: str
    architecture: str = "ppc64le"
    order: int = 0

    def __str__(self) -> str:
        return self.title


@dataclass(frozen=True)
class System:
    name: str
    needs: Place

    @property
    def distribution(self) -> str:
        return self.name.partition("-")[0]

    def runs_on(self, generation: Place) -> bool:
        return generation.architecture == self.needs.architecture and generation.order >= self.needs.order


@dataclass(frozen=True)
class Host:
    generation: Place
    model: str = "P100"
    cuda: Span = OLD_DRIVER
    returns_on: date | None = None


POWER8, POWER9, X86 = Place("POWER8", order=1), Place("POWER9", order=2), Place("x86-64-v3", "x86_64", 9)
MINSKY = Host(POWER8)
AC922 = Host(POWER9, "V100", Span(V(9, 2), V(12, 9)))
XEON = Host(X86, "P100", Span())
UBUNTU_20, UBUNTU_22 = System("ubuntu-20.04", POWER8), System("ubuntu-22.04", POWER9)
DEBIAN = System("debian-12", POWER8)
SYSTEMS = [DEBIAN, UBUNTU_22, UBUNTU_20]


def judged(*hosts: Host, on: Place = POWER9, cuda: str = "", system: System | None = None, systems=SYSTEMS):
    wish = Wish(on, YEAR, Version.parse(cuda) if cuda else None, system)
    return admit(wish, hosts, systems, gpu_facts())


@pytest.mark.parametrize(
    ("host", "cuda", "words"),
    [
        (AC922, "12.4", "CUDA 12.4 runs on the lab’s V100 on POWER9."),
        (AC922, "", "No CUDA version is named; the lab’s V100 on POWER9 has 9.2 to 12.4."),
        (MINSKY, "10.2", "CUDA 10.2 runs on the lab’s P100 on POWER8."),
        (MINSKY, "", "No CUDA version is named; the lab’s P100 on POWER8 has 9.2 to 10.2."),
    ],
)
def test_what_runs(host: Host, cuda: str, words: str) -> None:
    check = judged(host, on=host.generation, cuda=cuda)
    assert (check.key, check.mark, check.words) == ("gpu", Mark.OK, words)


@pytest.mark.parametrize(
    ("hosts", "on", "cuda", "system", "why", "nearest"),
    [
        (
            [AC922],
            POWER9,
            "12.6",
            UBUNTU_20,
            "CUDA 12.6 is not built for ppc64le, only 8.0 to 12.4.",
            "CUDA 12.4 on POWER9 with ubuntu-20.04",
        ),
        ([AC922], POWER9, "8.0", None, "CUDA 8.0 has no support for the V100, only 9.0 to 12.9.", "CUDA 9.2 on POWER9"),
        ([MINSKY], POWER8, "11.0", None, "has no CUDA 11.0: its driver runs 9.2 to 10.2", "CUDA 10.2 on POWER8"),
        ([MINSKY], POWER8, "9.1", None, "has no CUDA 9.1: its driver runs 9.2 to 10.2", "CUDA 9.2 on POWER8"),
        ([MINSKY, AC922], POWER8, "11.0", None, "has no CUDA 11.0", "CUDA 10.2 on POWER8"),
        (
            [MINSKY],
            POWER8,
            "10.2",
            UBUNTU_22,
            "ubuntu-22.04 does not run on POWER8",
            "CUDA 10.2 on POWER8 with ubuntu-20.04",
        ),
        ([AC922], POWER8, "12.4", DEBIAN, "The lab has no GPU on POWER8", "CUDA 12.4 on POWER9 with debian-12"),
        ([AC922], X86, "", None, "The lab has no GPU on x86-64-v3", "CUDA 12.4 on POWER9"),
        ([XEON], X86, "13.0", None, "CUDA 13.0 has no support for the P100", "CUDA 12.9 on x86-64-v3"),
        ([XEON], X86, "12.7", None, "No CUDA 12.7 is known here", "CUDA 12.6 on x86-64-v3"),
    ],
)
def test_what_does_not_run_is_told_with_the_nearest_that_does(hosts, on, cuda, system, why, nearest) -> None:
    check = judged(*hosts, on=on, cuda=cuda, system=system)
    assert check.mark is Mark.BAD
    assert why in check.words
    assert check.words.endswith(f" The nearest that works: {nearest}.")


@pytest.mark.parametrize("hosts", [[], [Host(Place("Loong", "loongarch64"))]])
def test_where_nothing_is_near(hosts: list[Host]) -> None:
    check = judged(*hosts, on=Place("Loong", "loongarch64"))
    assert check.mark is Mark.BAD
    assert check.words.endswith("Nothing that the lab has comes near it.")


def test_one_host_of_several_is_enough() -> None:
    assert judged(Host(POWER9), AC922, cuda="12.4").mark is Mark.OK


@pytest.mark.parametrize(
    ("returns", "mark"), [(None, Mark.OK), (YEAR, Mark.OK), (YEAR - timedelta(days=1), Mark.WARN), (TODAY, Mark.WARN)]
)
def test_a_loan_that_ends_before_is_told_with_both_days(returns: date | None, mark: Mark) -> None:
    check = judged(Host(POWER9, returns_on=returns, cuda=Span()), cuda="12.4")
    assert check.mark is mark
    if mark is Mark.WARN:
        assert f"The loan of the P100 ends on {returns.day} {returns:%B %Y}" in check.words
        assert check.words.endswith("this is asked for until 25 November 2027.")


def test_the_loan_that_lasts_longest_counts_among_those_that_can_do_it() -> None:
    short, own = Host(POWER9, returns_on=TODAY, cuda=Span()), Host(POWER9, cuda=Span(last=V(10, 2)))
    assert judged(short, own, cuda="10.2").mark is Mark.OK
    assert judged(short, own, cuda="12.4").mark is Mark.WARN, "the lab's own cannot"


def test_what_nobody_has_listed_is_looked_at_and_held_to_the_architecture() -> None:
    unlisted = Host(POWER9, "", Span())
    check = judged(unlisted, cuda="12.4")
    assert (check.mark, check.needs_reason) == (Mark.WARN, False)
    assert "Nobody has listed the GPUs on POWER9" in check.words
    assert judged(unlisted, cuda="12.5").mark is Mark.BAD
    assert judged(unlisted, AC922, cuda="12.4").mark is Mark.OK


FEW = replace(gpu_facts(), releases=(V(8, 0), V(9, 2), V(10, 2), V(12, 4), V(12, 9), V(13, 0)))
releases = st.sampled_from(FEW.releases)
spans = st.builds(Span, st.none() | releases, st.none() | releases)
hosts = st.builds(Host, st.sampled_from([POWER8, POWER9, X86]), st.sampled_from(["P100", "V100", "T4"]), spans)


@given(st.lists(hosts, max_size=3), st.sampled_from([POWER8, POWER9, X86]), releases, st.sampled_from([None, *SYSTEMS]))
def test_whatever_is_refused_the_nearest_thing_is_accepted(hosts, on: Place, cuda: Version, system) -> None:
    """What is recommended can be asked for, word for word, and nothing is where nothing would be accepted."""
    check = admit(Wish(on, YEAR, cuda, system), hosts, SYSTEMS, FEW)
    accepted = {
        f"CUDA {release} on {place}{f' with {image.name}' if image else ''}"
        for place in (POWER8, POWER9, X86)
        for release in FEW.releases
        for image in ([*SYSTEMS] if system else [None])
        if admit(Wish(place, YEAR, release, image), hosts, SYSTEMS, FEW).mark is Mark.OK
    }
    if check.mark is not Mark.BAD:
        assert f"CUDA {cuda} on {on}{f' with {system.name}' if system else ''}" in accepted
        return
    nearest = check.words.partition("The nearest that works: ")[2].removesuffix(".")
    assert nearest in accepted if accepted else not nearest
