"""How the world compares with what is desired, in words."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from provisioning.phase import Standing, failing, standing
from provisioning.steps import volume

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def step(key: str, state: str, **more: Any) -> SimpleNamespace:
    kind = key.partition(":")[0]
    plain = {"wanted": True, "words": "", "who": "nobody", "began_at": None, "ended_at": None}
    return SimpleNamespace(key=key, kind=kind, state=state, **plain | more)


def told(*steps: SimpleNamespace, desired: str = "present", was_ready: bool = False) -> Standing:
    return standing(desired, steps, was_ready=was_ready)


def test_what_is_under_way_is_named_and_counted():
    now = told(step("project", "ready"), step("volume:a", "running"), step("server:a", "waiting"))
    assert (now.phase, now.words) == ("building", "volume is being created, 1 of 3")


@pytest.mark.parametrize(
    ("began", "ended", "words"),
    [
        (5, None, "server is being created"),
        (5, 7, "server is being changed"),
        (9, 7, "server is being created"),  # the next incarnation; the one before was taken away then
    ],
)
def test_what_stands_already_is_changed_and_not_created(began: int, ended: int | None, words: str):
    times = {"began_at": NOW + timedelta(began), "ended_at": NOW + timedelta(ended) if ended else None}
    assert told(step("server:a", "running", **times)).words == f"{words}, 0 of 1"
    assert told(step("server:a", "undoing", **times)).words == "server is being taken back, 0 of 1"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "volume web-1 could not be made"),
        ({"began_at": NOW, "ended_at": NOW}, "volume web-1 needs attention"),
        ({"began_at": NOW, "ended_at": NOW, "wanted": False}, "volume web-1 could not be taken back"),
    ],
)
def test_a_failure_is_called_by_what_was_tried(more: dict[str, Any], words: str):
    assert failing(step("volume:web-1", "failed", **more)) == words


def test_a_sentence_is_counted_without_its_full_stop():
    assert (
        told(step("volume:a", "running", words="The volume is being created.")).words
        == "The volume is being created, 0 of 1"
    )


def test_what_holds_it_back_is_said_before_anything_runs():
    held = "waits until the maintenance of the cloud is over"
    assert told(step("project", "waiting", words=held), step("user", "waiting")).words == f"{held}, 0 of 2"
    assert told(step("project", "waiting")).words == "waiting to begin, 0 of 1"


@pytest.mark.parametrize(("was_ready", "phase"), [(False, "building"), (True, "changing")])
def test_a_change_is_no_first_building(was_ready: bool, phase: str):
    assert told(step("server:a", "running"), was_ready=was_ready).phase == phase


def test_who_must_act_first_is_named_first():
    lab, you = (
        step("server:a", "failed", who="lab", words="no host"),
        step("quota:a", "failed", who="you", words="full"),
    )
    assert told(lab, you) == Standing("degraded", "you", "full")


def test_gone_is_what_has_no_step_left():
    undone, left = step("server:a", "undone", wanted=False), step("project", "undoing", wanted=False)
    assert told(undone, desired="absent").phase == "released"
    now = told(undone, left, desired="absent")
    assert (now.phase, now.words) == ("releasing", "cloud project is being taken back, 1 of 2")


@pytest.mark.parametrize(
    ("status", "words"),
    [("creating", "The volume is being created."), ("awaiting-transfer", "The volume is awaiting-transfer.")],
)
def test_the_state_of_a_volume_is_a_sentence(status: str, words: str):
    assert volume.said(status) == words
