"""A beat that does not live long."""

from pathlib import Path
from time import time

import pytest
from social_django.models import Nonce

from tests.processes import beat, until, worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_done_once_an_hour_is_done_by_a_beat_that_lives_for_seconds(child_env: dict[str, str], tmp_path: Path):
    Nonce.objects.create(server_url="https://github.com", timestamp=int(time()) - 7200, salt="never finished")
    with worker(child_env, tmp_path / "worker.log"), beat(child_env, tmp_path / "beat.log"):
        until(lambda: not Nonce.objects.exists(), what="the hour's tidying")
