"""What a change deletes, by name."""

import pytest

from projects.amounts import Amount
from projects.grants import Grant, ServerLine
from projects.losses import losses


def line(key: str = "web", **more: int) -> ServerLine:
    return ServerLine(key=key, flavor="p9.small", image="debian-12-ppc64le", **more)


@pytest.mark.parametrize(
    ("held", "new", "gone"),
    [
        ([line(count=2)], [line(count=3)], ()),
        ([line(count=3)], [line(count=1)], ("server web-2", "server web-3")),
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
