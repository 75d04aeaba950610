"""Label expressions mean what Jenkins takes them to mean."""

import pytest

from simulators.jenkins.labels import label_of

P9 = {"ppc64le", "power9", "docker", "gpu", "gpu-p100", "p9-gpu-1"}


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("ppc64le", True),
        ("PPC64LE", False),
        ("gpu-p100", True),
        ("p9-gpu-1", True),
        ('"gpu-p100"', True),
        ("!gpu", False),
        ("ppc64le && gpu", True),
        ("ppc64le&&x86_64", False),
        ("x86_64 || gpu", True),
        ("(gpu-p100 || gpu-v100) && !maintenance", True),
        # && binds tighter than ||, || tighter than ->, -> tighter than <->
        ("gpu || x && y", True),
        ("(gpu || x) && y", False),
        ("gpu -> x || docker", True),
        ("gpu -> x", False),
        ("x -> y", True),
        ("gpu->docker", True),
        ("gpu <-> docker", True),
        ("gpu <-> x -> y", True),
        ("gpu <-> x <-> y", True),
    ],
)
def test_what_an_expression_meets(expression: str, fits: bool) -> None:
    assert label_of(expression).meets(P9) is fits


@pytest.mark.parametrize(
    "expression", ["gpu -> x -> y", "gpu &&", "(gpu", "gpu docker", "!!gpu", "gpu & docker", "'gpu'"]
)
def test_what_cannot_be_read_is_one_atom(expression: str) -> None:
    label = label_of(expression)
    assert label.name == f'"{expression}"'
    assert label.meets({expression})
    assert not label.meets(P9)


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("ppc64le && gpu", "ppc64le&&gpu"),
        ("(a || b) && !c", "(a||b)&&!c"),
        ("a || (b && c)", "a||b&&c"),
        ("!(a || b)", "!(a||b)"),
    ],
)
def test_an_expression_is_written_without_spaces(expression: str, name: str) -> None:
    assert label_of(expression).name == name
