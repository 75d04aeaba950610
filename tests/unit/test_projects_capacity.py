"""Capacity: the arithmetic, and the promise that nothing is promised twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from projects.amounts import NOTHING, Amount
from projects.capacity import (
    FlavorSize,
    PoolFigures,
    Standing,
    StorageFigures,
    committed,
    largest_flavor,
    not_placed,
    room_after_packing,
    same_size,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
small = st.integers(0, 12)
amounts = st.builds(Amount, vcpus=small, ram_mib=small, gpus=st.integers(0, 2))


class Lab(RuleBasedStateMachine):
    """A pool and the world behind it. Approvals see true figures; the world builds, lags and gives back as it likes."""

    @initialize(capacity=amounts)
    def begin(self, capacity):
        self.capacity, self.foreign = capacity * 3, NOTHING
        self.standing: dict[int, Standing] = {}
        self.world: dict[int, Amount] = {}
        self.leaving: set[int] = set()

    def figures(self):
        return PoolFigures(self.capacity, self.foreign, committed(self.standing.values()), NOW)

    def look(self):
        for key, one in self.standing.items():
            self.standing[key] = replace(one, observed=self.world[key])

    def one(self, data, keys):
        return data.draw(st.sampled_from(sorted(keys)))

    @rule(amount=amounts)
    def approve(self, amount):
        self.look()
        if not self.figures().short_of(amount):
            key = len(self.standing)
            self.standing[key], self.world[key] = Standing(amount), NOTHING

    @precondition(lambda self: set(self.standing) - self.leaving)
    @rule(data=st.data(), amount=amounts)
    def change(self, data, amount):
        self.look()
        key = self.one(data, set(self.standing) - self.leaving)
        one = self.standing[key]
        growth = amount.greater(one.observed) - one.committed
        if not self.figures().short_of(growth):
            self.standing[key] = replace(one, granted=amount)

    @precondition(lambda self: set(self.standing) - self.leaving)
    @rule(data=st.data())
    def build(self, data):
        key = self.one(data, set(self.standing) - self.leaving)
        self.world[key] = self.standing[key].granted

    @precondition(lambda self: self.standing)
    @rule(data=st.data())
    def observe_one(self, data):
        key = self.one(data, self.standing)
        self.standing[key] = replace(self.standing[key], observed=self.world[key])

    @precondition(lambda self: set(self.standing) - self.leaving)
    @rule(data=st.data())
    def release(self, data):
        self.leaving.add(self.one(data, set(self.standing) - self.leaving))

    @precondition(lambda self: self.leaving)
    @rule(data=st.data())
    def undo(self, data):
        key = self.one(data, self.leaving)
        self.world[key] = NOTHING
        self.standing[key] = replace(self.standing[key], gone=True, observed=NOTHING)

    @rule(share=st.integers(0, 3))
    def others_come_and_go(self, share):
        free = self.figures().free
        room = Amount(*(max(0, figure) for figure in (free.vcpus, free.ram_mib, 0, 0, 0, free.gpus)))
        self.foreign = Amount(ram_mib=min(share, room.ram_mib + self.foreign.ram_mib))

    @invariant()
    def nothing_is_promised_twice(self):
        if hasattr(self, "standing"):
            assert (committed(self.standing.values()) + self.foreign).fits(self.capacity)

    @invariant()
    def the_world_never_overflows(self):
        if hasattr(self, "world"):
            assert (sum(self.world.values(), NOTHING) + self.foreign).fits(self.capacity)


TestLab = Lab.TestCase
TestLab.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


@given(amounts, amounts, amounts, amounts)
def test_what_fits_still_leaves_nothing_below_zero(capacity, foreign, held, more):
    figures = PoolFigures(capacity, foreign, held, NOW)
    if not figures.short_of(more):
        free, after = figures.free.as_json(), figures.after(more).free.as_json()
        assert all(after[name] >= min(0, free[name]) for name in ("vcpus", "ram_mib", "gpus"))


def test_what_shrinks_fits_where_hosts_were_lost():
    figures = PoolFigures(NOTHING, NOTHING, Amount(ram_mib=10), NOW)
    assert figures.short_of(Amount(ram_mib=-5)) == {}
    assert figures.short_of(Amount(ram_mib=1)) == {"ram_mib": 1}


@pytest.mark.parametrize(("age", "stale"), [(0, False), (600, False), (601, True), (None, True)])
def test_figures_grow_old(age, stale):
    seen = None if age is None else NOW - timedelta(seconds=age)
    assert PoolFigures(observed_at=seen).stale(NOW) is stale


def test_storage_is_promised_one_and_a_half_times():
    figures = StorageFigures(total=100, foreign=20, committed=100)
    assert (figures.free, figures.short_of(30), figures.short_of(31)) == (30, 0, 1)
    assert StorageFigures().short_of(10**6) == 0  # a back end that tells no size


@pytest.mark.parametrize(
    ("free", "waiting", "room"),
    [
        ([64, 64], [], 64),
        ([64, 64], [64], 64),
        ([64, 64], [32, 32], 32),
        ([64, 64], [48, 16], 48),
        ([64], [100], 64),
        ([], [1], 0),
        ([8], [8], 0),
    ],
)
def test_packing_the_largest_first(free, waiting, room):
    assert room_after_packing(free, waiting) == room


@given(st.lists(st.integers(0, 64), max_size=6), st.lists(st.integers(1, 64), max_size=8))
def test_packing_never_makes_room(free, waiting):
    assert 0 <= room_after_packing(free, waiting) <= max(free, default=0)


def test_flavors_by_size():
    sizes = [FlavorSize("s", 4, 2), FlavorSize("m", 8, 4), FlavorSize("l", 16, 8), FlavorSize("gpu", 8, 4, 1)]
    assert largest_flavor(sizes, 15).name in {"m", "gpu"}
    assert largest_flavor(sizes, 3) is None
    assert same_size(FlavorSize("other", 8, 2), sizes).name == "m"
    assert same_size(FlavorSize("other", 8, 2, 1), sizes).name == "gpu"
    assert same_size(FlavorSize("other", 17), sizes) is None


def test_what_is_not_placed_yet_is_taken_as_the_largest():
    assert not_placed([(4, 2), (16, 1)], instances=1) == [16, 4]
    assert not_placed([(4, 1)], instances=5) == []
