"""Pure parts of provisioning: planning, order, phases, retry, breaker, turns."""

import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.grants import ServerLine
from projects.losses import misnamed
from projects.models import Flavor, Generation, Image
from provisioning import desired, planner, retry
from provisioning.desired import Shelf
from provisioning.engine.breaker import Breaker, service_of
from provisioning.order import may_move
from provisioning.phase import standing
from provisioning.places import Places
from provisioning.spec import WANTS, PlannedStep
from provisioning.states import StepState
from provisioning.turn import Turns
from tests.engine.specs import a_server, a_spec

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)

servers = st.lists(
    st.tuples(st.sampled_from(["web", "db", "ci"]), st.integers(1, 4), st.booleans(), st.booleans(), st.booleans()),
    unique_by=lambda it: it[:2],
    max_size=6,
).map(
    lambda rows: tuple(
        a_server(f"{line}-{n}", volume_gib=10 * volume, floating_ip=address, flavor_private=private)
        for line, n, volume, address, private in rows
    )
)


def steps_of(planned: tuple[PlannedStep, ...], state: str, *, wanted: bool = True) -> dict[str, SimpleNamespace]:
    fresh = {"words": "", "who": "nobody", "external_id": "", "began_at": None, "ended_at": None}
    return {
        it.key: SimpleNamespace(key=it.key, kind=it.kind, needs=it.needs, wanted=wanted, state=state, **fresh)
        for it in planned
    }


@given(servers)
def test_a_plan_is_the_same_each_time_with_needs_before_what_needs_them(made):
    spec = a_spec(servers=made)
    planned = planner.plan(spec)
    assert planned == planner.plan(spec)
    seen: set[str] = set()
    for it in planned:
        assert set(it.needs) <= seen, it.key
        assert it.key not in seen
        seen.add(it.key)


@pytest.mark.parametrize(("kind", "snapshots"), [("managed", 0), ("cloud", 3)])
def test_snapshots_are_taken_of_what_was_granted_and_backups_are_none(kind, snapshots):
    planned = planner.plan(a_spec(kind=kind, servers=(), volumes=3, volume_gib=60))
    limits = dict(next(it for it in planned if it.key == "quota:volume").want.limits)
    expected = {"volumes": 3, "gigabytes": 60, "snapshots": snapshots, "backups": 0, "backup_gigabytes": 0}
    assert limits == expected


@given(servers)
def test_wants_are_read_back_as_they_were_stored(made):
    for it in planner.plan(a_spec(servers=made)):
        assert WANTS[it.kind].from_json(it.want.as_json()) == it.want


@given(servers, st.randoms(use_true_random=False))
def test_every_order_of_answers_builds_all_and_takes_all_back_needs_last(made, chance):
    planned = planner.plan(a_spec(servers=made))
    steps = steps_of(planned, StepState.WAITING)
    for start, end in ((StepState.WAITING, StepState.READY), (StepState.UNDOING, StepState.UNDONE)):
        for step in steps.values():
            step.state, step.wanted = start, end == StepState.READY
        gone: list[str] = []
        while movable := [key for key, step in steps.items() if may_move(step, steps, "present")]:
            key = chance.choice(movable)
            assert end == StepState.READY or all(steps[k].state == end for k in steps if key in steps[k].needs)
            steps[key].state = end
            gone.append(key)
        assert len(gone) == len(steps)


def test_while_the_suspension_is_lifted_nothing_else_moves():
    planned = planner.plan(a_spec())
    steps = steps_of(planned, StepState.UNDOING, wanted=False)
    steps |= steps_of((planner.suspension(steps),), StepState.UNDOING, wanted=False)
    assert [key for key, step in steps.items() if may_move(step, steps, "absent")] == ["suspension"]


def test_what_waits_for_room_does_not_keep_the_others_running():
    """What should leave failed to, and a person is asked: the servers are put to rest all the same."""
    steps = steps_of(planner.plan(a_spec(servers=(a_server("web-1"), a_server("web-2")))), StepState.READY)
    steps |= steps_of((planner.suspension(steps),), StepState.WAITING)
    steps["volume:web-1"].state, steps["volume:web-2"].state = StepState.RUNNING, StepState.FAILED
    assert not may_move(steps["suspension"], steps, "suspended")
    steps["volume:web-2"].wanted = False
    assert may_move(steps["suspension"], steps, "suspended")


@pytest.mark.parametrize(
    ("desired", "changes", "expected"),
    [
        ("present", {}, ("ready", "nobody", "")),
        ("present", {"server:web-1": ("running", "")}, ("building", "nobody", "server is being created, 9 of 10")),
        ("present", {"server:web-1": ("failed", "no room")}, ("degraded", "lab", "no room")),
        ("suspended", {}, ("changing", "nobody", "servers are being stopped")),
    ],
)
def test_phases(desired, changes, expected):
    steps = steps_of(planner.plan(a_spec(servers=(a_server(flavor_private=False),))), StepState.READY)
    for key, (state, words) in changes.items():
        steps[key].state, steps[key].words, steps[key].who = state, words, "lab" if state == "failed" else "nobody"
    told = standing(desired, list(steps.values()), was_ready=False)
    assert (told.phase, told.who, told.words) == expected


def test_all_gone_is_released():
    steps = steps_of(planner.plan(a_spec()), StepState.UNDONE, wanted=False)
    assert standing("absent", list(steps.values()), was_ready=True).phase == "released"


@given(st.integers(1, 50), st.floats(0, 1), st.floats(0, 1e12))
def test_backoff_is_bounded_and_heeds_what_was_asked_for(attempt, chance, asked):
    seconds = retry.backoff(attempt, asked, chance)
    heeded = min(asked, retry.LONGEST_PAUSED)
    assert max(heeded, retry.FIRST / 2) <= seconds <= max(heeded, retry.LONGEST)


def test_a_broken_account_is_tried_less_often_than_its_cloud_is_paused():
    assert all(retry.broken_backoff(n) > retry.PAUSE for n in range(1, 20))
    assert retry.broken_backoff(20) == retry.LONGEST_PAUSED


def test_a_breaker_closes_after_failures_in_a_row_and_then_lets_one_try(settings):
    settings.ENGINE_BREAKER_FAILURES, settings.ENGINE_BREAKER_SECONDS = 3, 30
    breaker = Breaker()
    for unavailable in (True, True, False, True, True):
        breaker.count(unavailable=unavailable, now=NOW)
    assert breaker.lets_pass(NOW)
    breaker.count(unavailable=True, now=NOW)
    assert not breaker.lets_pass(NOW + timedelta(seconds=29))
    assert breaker.lets_pass(NOW + timedelta(seconds=31))
    assert not breaker.lets_pass(NOW + timedelta(seconds=31))
    breaker = Breaker.from_json(breaker.as_json())
    assert breaker.lets_pass(NOW + timedelta(seconds=31))
    breaker.count(unavailable=False, now=NOW)
    assert breaker.lets_pass(NOW)


@pytest.mark.parametrize(
    ("key", "service"), [("quota:volume", "volume"), ("server:web-1", "compute"), ("purge", "purge")]
)
def test_services(key, service):
    assert service_of(key) == service


def test_only_what_can_be_changed_in_place_changes_a_thing_that_stands():
    was = {"flavor": "small", "flavor_id": "f1", "image": "a", "people": [["ada", ["k1"]]]}
    assert not planner.changed("server", was, {**was, "image": "b", "people": []})
    now = {**was, "flavor": "large", "flavor_id": "f2", "image": "b"}
    assert planner.changed("server", was, now)
    assert planner.merged("server", was, now) == {**was, "flavor": "large", "flavor_id": "f2"}


def test_turns_are_taken_one_at_a_time_and_nobody_is_forgotten():
    turns, rounds, inside = Turns(), [], threading.Event()
    go_on = threading.Event()

    def first() -> None:
        for _ in turns.rounds("cloud"):
            rounds.append("first")
            inside.set()
            assert go_on.wait(60)

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(60)
    assert list(turns.rounds("cloud")) == []
    assert len(list(turns.rounds("other"))) == 1
    go_on.set()
    thread.join(60)
    assert rounds == ["first", "first"]
    assert len(list(turns.rounds("cloud"))) == 1


def test_a_turn_that_fails_is_given_back():
    turns = Turns()
    with pytest.raises(ZeroDivisionError), closing(turns.rounds("cloud")) as rounds:
        for _ in rounds:
            raise ZeroDivisionError
    assert len(list(turns.rounds("cloud"))) == 1


KINDS = ("server", "volume")
POWER9 = Generation(pk=1, slug="power9", title="POWER9", architecture="ppc64le")
SHELF = Shelf(
    (Flavor(name="small", external_id="f1", generation=POWER9, vcpus=2, ram_mib=4096, disk_gib=20),),
    (Image(name="debian-12", external_id="i1", architecture="ppc64le"),),
    Places(),
)


def planned_of(line: ServerLine) -> dict[str, PlannedStep]:
    made = tuple(desired._servers(line, POWER9, SHELF, {}))
    return {step.key: step for step in planner.plan(a_spec(servers=made)) if step.kind in {"server", "volume"}}


@given(st.data())
def test_whoever_leaves_leaves_alone_and_its_name_is_never_used_again(data):
    """Any number of changes: more servers, or fewer, and then the member says which."""
    line = ServerLine("web", "small", "debian-12", count=data.draw(st.integers(1, 6)), volume_gib=10)
    left: set[int] = set()
    for _ in range(data.draw(st.integers(1, 5))):
        before = planned_of(line)
        leaving = data.draw(st.sets(st.sampled_from(line.numbers), max_size=line.count - 1))
        more = 0 if leaving else data.draw(st.integers(0, 3))
        new = replace(line, count=line.count - len(leaving) + more, gone=tuple(sorted({*line.gone, *leaving})))
        assert misnamed(line, new) == ""
        left |= leaving
        after = planned_of(new)
        stay = [f"{kind}:web-{number}" for number in line.numbers if number not in leaving for kind in KINDS]
        assert [after[key] for key in stay] == [before[key] for key in stay]
        assert len(after) == 2 * new.count
        assert not after.keys() & {f"{kind}:web-{number}" for number in left for kind in KINDS}
        line = ServerLine.from_json(new.as_json())
