"""What a change deletes, by name."""

from typing import Any

import pytest

from projects.amounts import Amount
from projects.grants import Grant, ServerLine
from projects.losses import losses, misnamed


def line(key: str = "web", **more: Any) -> ServerLine:
    return ServerLine(key=key, flavor="p9.small", image="debian-12-ppc64le", **more)


@pytest.mark.parametrize(
    ("held", "new", "gone"),
    [
        ([line(count=2)], [line(count=3)], ()),
        ([line(count=3)], [line(gone=(1, 3))], ("server web-1", "server web-3")),
        ([line(count=2, gone=(1,))], [line(gone=(1, 2))], ("server web-2",)),
        ([line(volume_gib=50), line("db")], [line("db")], ("server web-1 with its volume of 50 GiB",)),
        (
            [line(volume_gib=50, count=2)],
            [line(count=2)],
            ("the volume of web-1 (50 GiB)", "the volume of web-2 (50 GiB)"),
        ),
        (
            [line(volume_gib=50, count=2)],
            [line()],
            ("the volume of web-1 (50 GiB)", "server web-2 with its volume of 50 GiB"),
        ),
        ([line()], [line("db", volume_gib=9)], ("server web-1",)),
        ([line(volume_gib=50)], [line(volume_gib=80)], ()),
    ],
)
def test_what_goes_is_named(held: list[ServerLine], new: list[ServerLine], gone: tuple[str, ...]) -> None:
    assert losses(Grant(lines=tuple(held)), Grant(lines=tuple(new))) == gone


def test_a_smaller_amount_deletes_nothing() -> None:
    assert losses(Grant(access=Amount(instances=4, volume_gib=9)), Grant(access=Amount(instances=1))) == ()


@pytest.mark.parametrize(
    ("held", "new", "words"),
    [
        (line(count=3), line(count=2, gone=(2,)), ""),
        (line(count=2, gone=(2,)), line(count=4, gone=(2,)), ""),
        (line(count=3), line(count=2), "From 3 to 2 servers: choose 1 of web-1, web-2, web-3 to leave, not 0."),
        (line(count=3), line(count=2, gone=(1, 2)), "to leave, not 2."),
        (line(count=3), line(count=3, gone=(1,)), "choose none, or ask for 2 in all."),
        (line(count=3), line(count=2, gone=(4,)), "Only servers of this line can leave it"),
        (line(count=2, gone=(2,)), line(gone=(2, 2)), "choose 1 of web-1, web-3 to leave, not 0."),
        (line(count=2, gone=(2,)), line(count=2), "Only servers of this line can leave it"),
    ],
)
def test_who_leaves_is_named_as_the_figures_say(held: ServerLine, new: ServerLine, words: str) -> None:
    told = misnamed(held, new)
    assert words in told
    assert bool(words) == bool(told)
