"""What is done now and then, by marks in Redis: a beat that is restarted all the time keeps nothing from its turn."""

import json

import pytest
from kombu.exceptions import OperationalError

from portal import tasks
from portal.celery import app

QUEUE = "portico"


@pytest.fixture
def one(settings) -> str:
    settings.CHORES = {"portal.tasks.tidy": 3600}
    return "portal.tasks.tidy"


def sent(redis) -> list[str]:
    return [json.loads(message)["headers"]["task"] for message in redis.lrange(QUEUE, 0, -1)]


def test_what_is_due_is_begun_once_in_its_interval(one, redis):
    tasks.begin_chores()
    tasks.begin_chores()
    assert sent(redis) == [one]
    (mark,) = redis.keys("*begun*")
    assert 3590 < redis.ttl(mark) <= 3600
    redis.delete(mark)  # as it is when the hour is over
    tasks.begin_chores()
    assert sent(redis) == [one, one]


def test_what_could_not_be_sent_is_begun_at_the_next_turn(one, redis):
    redis.set(QUEUE, "no list")  # so that the broker refuses the message
    with pytest.raises(OperationalError):
        tasks.begin_chores()
    redis.delete(QUEUE)
    tasks.begin_chores()
    assert sent(redis) == [one]


def test_what_nobody_takes_does_not_pile_up(one, redis):
    tasks.begin_chores()
    (message,) = redis.lrange(QUEUE, 0, -1)
    assert json.loads(message)["headers"]["expires"]


def test_beat_itself_counts_no_more_than_seconds(settings):
    assert [name for name, entry in settings.CELERY_BEAT_SCHEDULE.items() if entry["schedule"] > 5] == []


def test_all_that_is_sent_is_a_task(settings):
    app.loader.import_default_modules()
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} | set(settings.CHORES)
    assert named <= set(app.tasks)
