"""The worker is killed after calls of the provider, everywhere: all converges, no twin, nothing left over."""

from collections import Counter

import pytest

from projects.models import Allocation
from provisioning import sweep
from tests.crash.worker import killed_until_done, run_worker
from tests.crash.world import (
    A_DAY,
    CLOUD,
    access,
    everything,
    grant,
    let_pass,
    look_at_all,
    managed,
    put_aside,
    standing,
    want,
    wrong_steps,
)

BUILT = Counter(project=2, user=2, server=1, volume=1, address=1, group=1, credential=1)


@pytest.fixture
def empty(lab) -> set[str]:
    return everything()


def both(power9) -> tuple[Allocation, Allocation]:
    return managed(**power9), access(**power9)


def check(expected: Counter[str]) -> None:
    assert wrong_steps() == {}
    assert standing() == expected
    look_at_all()
    assert [(stray.why, stray.sighting.row) for stray in sweep.strays(CLOUD)] == []


def test_create_killed_once_at_every_call(power9, empty):
    """A new allocation for each call of its building, until a worker builds one without being killed.

    What the dead have left is put aside, and then all of it carried on by one worker.
    """
    made, done = [], False
    while not done:
        made.append(managed(**power9))
        done = run_worker(len(made))
        put_aside()
    assert len(made) > 12
    let_pass(A_DAY)
    assert run_worker()
    check(Counter({kind: len(made) for kind in ("project", "user", "group", "volume", "server", "address")}))
    want(*made, desired="absent")
    assert run_worker()
    check(Counter())
    assert everything() == empty


def test_create_killed_after_every_change_of_the_cloud(power9, empty):
    both(power9)
    assert killed_until_done(changing=True) > 12
    check(BUILT)


def test_release_killed_after_every_change_of_the_cloud(power9, empty):
    pair = both(power9)
    assert run_worker()
    want(*pair, desired="absent")
    assert killed_until_done(changing=True) > 10
    check(Counter())
    assert everything() == empty


def test_release_killed_after_every_call(power9, empty):
    pair = both(power9)
    assert run_worker()
    want(*pair, desired="absent")
    killed_until_done(changing=False)
    check(Counter())
    assert everything() == empty


@pytest.mark.parametrize("changing", [True, False])
def test_change_killed(power9, empty, changing):
    """One more server and larger volumes, then one less."""
    pair = both(power9)
    assert run_worker()
    want(pair[0], grant=grant(count=2, volume_gib=20), revision=2)
    assert killed_until_done(changing=changing) > 3
    check(BUILT + Counter(server=1, volume=1, address=1))
    want(pair[0], grant=grant(count=1, volume_gib=20), revision=3)
    assert killed_until_done(changing=changing) > 3
    check(BUILT)


@pytest.mark.parametrize("changing", [True, False])
def test_suspension_and_return_killed(power9, empty, changing):
    pair = both(power9)
    assert run_worker()
    for desired in ("suspended", "present", "suspended"):
        want(*pair, desired=desired)
        assert killed_until_done(changing=changing) > 0
        assert standing() == BUILT
    want(*pair, desired="absent")
    killed_until_done(changing=changing)
    check(Counter())
    assert everything() == empty
