"""/healthz and /readyz: what counts, what is only told, and to whom."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import RequestFactory
from django.utils import timezone

from portal import health, heartbeat
from projects.models import Cloud, Mail, User
from provisioning.models import Watch
from provisioning.tasks import look_at_jenkins

DEAD_CACHE = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nowhere/redis.sock?db=0"}
}


def ready(**extra):
    return health.readyz(RequestFactory().get("/readyz", **extra))


def parts(answer) -> dict[str, dict]:
    import json

    return {part["name"]: part for part in json.loads(answer.content)["parts"]}


def test_alive_needs_nothing():
    answer = health.healthz(RequestFactory().get("/healthz"))
    assert (answer.status_code, answer.content) == (200, b"alive\n")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("view", [health.healthz, health.readyz])
def test_only_reading(view):
    assert view(RequestFactory().post("/")).status_code == 405


@pytest.mark.django_db
def test_ready_without_worker_clouds_and_mail():
    answer = ready()
    assert answer.status_code == 200
    assert {name: part["state"] for name, part in parts(answer).items()} == {
        "database": "ok",
        "migrations": "ok",
        "broker": "ok",
        "worker": "absent",
        "beat": "absent",
        "jenkins": "absent",
        "mail": "ok",
    }


@pytest.mark.django_db
def test_a_missing_migration_is_not_ready():
    MigrationRecorder(connection).record_unapplied("projects", "0001_initial")
    answer = ready()
    assert answer.status_code == 503
    assert "1 migrations are missing" in parts(answer)["migrations"]["words"]


@pytest.mark.django_db
def test_ready_without_redis(settings):
    settings.CACHES = DEAD_CACHE
    answer = ready()
    assert answer.status_code == 200
    assert parts(answer)["broker"]["state"] == "failed"
    assert "worker" not in parts(answer)


def test_a_database_that_is_away_is_not_ready(repository, child_env_without_database):
    code = """if True:
        import django
        django.setup()
        from django.test import RequestFactory
        from portal import health
        answer = health.readyz(RequestFactory().get("/readyz"))
        print(answer.status_code, answer.content.decode())
    """
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repository,
        env=child_env_without_database,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.startswith("503 "), answer.stderr
    assert "The database does not answer." in answer.stdout


@pytest.fixture
def child_env_without_database():
    import os

    return {
        **os.environ,
        "DATABASE_URL": "postgresql://portico@/portico?host=/nowhere",
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
    }


@pytest.mark.django_db
def test_signs_of_life_have_an_age():
    heartbeat.beat()
    worker = parts(ready())["worker"]
    assert worker["state"] == "ok"
    assert 0 <= worker["age"] < 5


@pytest.mark.django_db
def test_only_the_beat_message_is_a_sign_of_beat():
    heartbeat.sent(sender="another.task")
    assert heartbeat.age("beat") is None
    heartbeat.sent(sender=heartbeat.TASK)
    assert heartbeat.age("beat") is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seen", "trouble", "state"),
    [(None, "", "absent"), (5, "", "ok"), (3600, "The cloud does not answer.", "late")],
)
def test_clouds_do_not_change_the_status(seen, trouble, state):
    at = timezone.now() - timedelta(seconds=seen) if seen else None
    Cloud.objects.create(name="west", title="West", observed_at=at)
    Watch.objects.create(cloud="west", looked_at=at, trouble=trouble)
    answer = ready()
    assert answer.status_code == 200
    west = parts(answer)["cloud west"]
    assert (west["state"], trouble in west["words"]) == (state, True)
    assert west["age"] is None if seen is None else west["age"] == pytest.approx(seen, abs=5)


@pytest.mark.django_db
def test_mail_that_waits_for_long_is_late():
    person = User.objects.create(github_id=1, github_login="ada")
    due = timezone.now() - timedelta(hours=1)
    Mail.objects.create(key="k", person=person, kind="news", subject="s", text="t", due_at=due)
    assert parts(ready())["mail"]["state"] == "late"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, True),
        ({"REMOTE_ADDR": "::1"}, True),
        ({"REMOTE_ADDR": "192.0.2.7"}, False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}, False),
        ({"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": "Bearer right"}, True),
        ({"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": "Bearer wrong"}, False),
        ({"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": "Bearer "}, False),
    ],
)
def test_details_are_for_the_machine_itself_or_with_the_token(settings, extra, told):
    settings.METRICS_TOKEN = "right"
    assert (b"parts" in ready(**extra).content) is told


@pytest.mark.django_db
def test_no_token_opens_nothing_where_none_is_set():
    assert b"parts" not in ready(REMOTE_ADDR="192.0.2.7", HTTP_AUTHORIZATION="Bearer ").content


@pytest.fixture
def lab_jenkins(settings, jenkins):
    """The simulated Jenkins as the lab's own."""
    settings.JENKINS_URL, settings.JENKINS_USER, settings.JENKINS_TOKEN = jenkins.url, "portico", "demo-token"
    return jenkins


@pytest.mark.django_db
def test_jenkins_is_well_where_it_lets_the_portal_in(lab_jenkins):
    assert parts(ready())["jenkins"]["state"] == "absent", "nobody has looked yet"
    look_at_jenkins()
    assert parts(ready())["jenkins"]["state"] == "ok"
    Watch.objects.update(looked_at=timezone.now() - timedelta(minutes=5))
    assert parts(ready())["jenkins"]["state"] == "late"


@pytest.mark.django_db
def test_a_jenkins_that_is_away_is_told_with_its_words(lab_jenkins):
    lab_jenkins.fault(path="/queue/", status=503)
    look_at_jenkins()
    part = parts(ready())["jenkins"]
    assert (part["state"], part["age"], part["words"][:8]) == ("failed", None, "Jenkins:")


@pytest.mark.django_db
def test_a_jenkins_that_does_not_know_our_token_is_told(settings, lab_jenkins):
    settings.JENKINS_TOKEN = "of yesterday"
    look_at_jenkins()
    part = parts(ready())["jenkins"]
    assert (part["state"], part["words"]) == ("failed", "Jenkins does not accept the portal's own account.")


@pytest.mark.django_db
def test_ready_costs_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        ready()
