"""The facts about GPUs: each version and span, the file as it stands, and every way in which it can be wrong."""

import re
from pathlib import Path

import pytest
from django.core.checks import run_checks
from hypothesis import given
from hypothesis import strategies as st

from projects import facts
from projects.facts import FactsError, GpuFacts, Span, Version, gpu_facts, read_gpu_facts

V = Version
FILE = """
[releases]
cuda = ["11.8", "12.4", "12.6"]
[cuda.ppc64le]
last = "12.4"
source = "https://example.org/cuda"
[toolkit.ppc64le]
last = "1.17"
source = "https://example.org/toolkit"
[gpu.P100]
first = "11.8"
last = "12.6"
source = "https://example.org/p100"
"""


@pytest.fixture
def read(tmp_path: Path):
    def written(text: str) -> GpuFacts:
        (tmp_path / "gpu.toml").write_text(text)
        return read_gpu_facts(tmp_path / "gpu.toml")

    return written


@given(st.integers(0, 999), st.integers(0, 999))
def test_a_version_is_read_as_it_is_written(major: int, minor: int) -> None:
    assert Version.parse(str(V(major, minor))) == (major, minor)


@pytest.mark.parametrize("text", ["12.4", " 12.4 ", "12.4.1", "v12.4", "CUDA 12.4", "cuda-12.4", "Cuda12.4.99"])
def test_the_ways_in_which_people_write_a_version(text: str) -> None:
    assert Version.parse(text) == V(12, 4)


@pytest.mark.parametrize("text", ["", "twelve", "12", "99", "12,4", "12.", ".4", "-12.4", "12.4; rm", "１２.4"])
def test_what_is_no_version_is_told_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no version; give one such as 12\.4\."):
        Version.parse(text)


@pytest.mark.parametrize("text", ["99.0", "12.7", "7.5"])
def test_a_release_that_nobody_knows(text: str) -> None:
    with pytest.raises(ValueError, match=rf"No CUDA {re.escape(text)} is known here; 8\.0 to \d"):
        gpu_facts().release(text)


versions = st.builds(Version, st.integers(0, 3), st.integers(0, 3))


@given(versions, versions, versions)
def test_a_span_holds_both_ends_and_what_is_between(first: Version, last: Version, other: Version) -> None:
    assert Span(first, last).holds(other) is (first <= other <= last)
    assert Span(last=last).holds(other) is (other <= last)
    assert Span(first).holds(other) is (first <= other)
    assert Span().holds(other)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (Span(V(8, 0), V(12, 4)), "8.0 to 12.4"),
        (Span(V(8, 0)), "8.0 and later"),
        (Span(last=V(1, 17)), "up to 1.17"),
        (Span(), "every release"),
    ],
)
def test_a_span_in_words(span: Span, words: str) -> None:
    assert str(span) == words


def test_what_the_file_says() -> None:
    """What the lab promises: no CUDA for ppc64le after 12.4, no packages of the toolkit after 1.17."""
    known = gpu_facts()
    assert (known.cuda["ppc64le"].last, known.toolkit["ppc64le"].last) == (V(12, 4), V(1, 17))
    assert (str(known.gpu["P100"]), str(known.gpu["V100"])) == ("8.0 to 12.9", "9.0 to 12.9")
    for span in (*known.cuda.values(), *known.gpu.values()):
        assert {end for end in (span.first, span.last) if end} <= set(known.releases), "nobody could ask for it"


def test_a_file_is_read_whole(read) -> None:
    assert read(FILE) == GpuFacts(
        releases=(V(11, 8), V(12, 4), V(12, 6)),
        cuda={"ppc64le": Span(last=V(12, 4), source="https://example.org/cuda")},
        toolkit={"ppc64le": Span(last=V(1, 17), source="https://example.org/toolkit")},
        gpu={"P100": Span(V(11, 8), V(12, 6), "https://example.org/p100")},
    )


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('last = "12.4"', 'last = "twelve"', r"gpu\.toml: cuda\.ppc64le\.last: “twelve” is no version"),
        ('last = "12.4"', "last = 12.4", r"gpu\.toml: cuda\.ppc64le\.last: write the version in quotes"),
        ('last = "12.4"', 'latest = "12.4"', r"cuda\.ppc64le: latest means nothing here"),
        ('first = "11.8"', 'first = "12.8"', r"gpu\.P100: last \(12\.6\) comes before first \(12\.8\)"),
        ('source = "https://example.org/toolkit"', "", r"toolkit\.ppc64le: say by source"),
        ('"12.4", "12.6"', '"12.6", "12.4"', r"releases\.cuda: name each release once, the oldest first"),
        ('["11.8", "12.4", "12.6"]', "[]", r"releases\.cuda: name each release once"),
        ("[toolkit.ppc64le]", "[tools.ppc64le]", r"gpu\.toml: \[toolkit\] is missing"),
        ("[releases]", "[releases", r"gpu\.toml: .*line 2"),
        ("[gpu.P100]", "[gpu]", r"gpu\.first: this must be a table"),
    ],
)
def test_a_wrong_file_says_where_and_why(read, right: str, wrong: str, told: str) -> None:
    assert right in FILE
    with pytest.raises(FactsError, match=told):
        read(FILE.replace(right, wrong))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FactsError, match=r"gpu\.toml: .*No such file"):
        read_gpu_facts(tmp_path / "gpu.toml")


def test_the_check_at_start_names_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [found for found in run_checks() if found.id == "projects.E001"]
    (tmp_path / "gpu.toml").write_text(FILE.replace("12.4", "twelve"))
    monkeypatch.setattr(facts, "GPU_FILE", tmp_path / "gpu.toml")
    gpu_facts.cache_clear()
    try:
        found = next(one for one in run_checks() if one.id == "projects.E001")
    finally:
        gpu_facts.cache_clear()
    assert "gpu.toml: releases.cuda: “twelve” is no version" in found.msg
    assert found.is_serious(), "nothing starts"
