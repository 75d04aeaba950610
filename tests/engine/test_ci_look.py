"""The look at Jenkins: shared, in three calls, changes only; where it does not answer, what was seen stays."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from projects.models import Ticket
from provisioning import ci_look, ci_rows, tasks
from provisioning.adapters.jenkins import listing, rows
from provisioning.adapters.jenkins.errors import SYSTEM
from provisioning.models import Agent, Build, Watch
from provisioning.settle import settle
from tests.engine.lab import GIB, Lab, agent_of, build_of


def watch() -> Watch:
    return Watch.objects.get(cloud=SYSTEM)


def test_what_it_shows_is_kept_and_the_built_in_node_is_none_of_the_agents(lab: Lab) -> None:
    lab.agent("p9-1", "ppc64le", "power9")
    assert lab.look()
    row = Agent.objects.get()
    assert (row.name, row.labels, row.executors) == ("p9-1", ["power9", "ppc64le"], 2)
    assert (row.online, row.connected, row.marked, row.cause, row.running) == (True, True, False, "", [])
    assert (row.disk_free, row.disk_total, row.disk_threshold) == (180 * GIB, 200 * GIB, GIB)
    assert row.architecture == "Linux (ppc64le)"
    assert row.disk_measured_at is not None
    assert row.connected_at == row.seen_at == watch().looked_at


def test_it_is_taken_once_in_a_while_whoever_asks(lab: Lab, settings) -> None:
    settings.JENKINS_LOOK = 30
    lab.sim.control("DELETE", "calls")
    assert ci_look.look()
    assert not ci_look.look()
    tasks.look_at_jenkins()
    assert sum(lab.sim.calls()["totals"].values()) == 3
    Watch.objects.update(looked_at=F("looked_at") - timedelta(seconds=31))
    assert ci_look.look()


def test_nobody_looks_while_another_does(lab: Lab) -> None:
    lab.look()
    Watch.objects.update(looked_at=None, look_until=timezone.now() + timedelta(seconds=60))
    assert not ci_look.look()


def test_a_lab_without_jenkins_is_not_looked_for(lab: Lab, settings) -> None:
    settings.JENKINS_URL = ""
    tasks.look_at_jenkins()
    assert not Watch.objects.exists()


def test_only_what_changed_is_written(lab: Lab) -> None:
    lab.agent("p9-1")
    lab.agent("p9-2")
    lab.build(lab.job("codec/build", seconds=900))
    lab.look()
    seen = agent_of("p9-1").seen_at
    with CaptureQueriesContext(connection) as queries:
        lab.look()
    writes = [q["sql"] for q in queries if "provisioning_agent" in q["sql"] or "provisioning_build" in q["sql"]]
    assert [sql for sql in writes if not sql.startswith("SELECT")] == []
    lab.does("p9-2", connected=False)
    lab.look()
    assert agent_of("p9-1").seen_at == seen
    gone = agent_of("p9-2")
    assert (gone.seen_at > seen, gone.online, gone.cause) == (True, False, "ChannelTermination")


def test_a_build_runs_ends_and_is_kept(lab: Lab) -> None:
    name = lab.agent("p9-1")
    lab.build(lab.job("codec/build", seconds=90, result="FAILURE"))
    lab.look()
    build = build_of("codec/build")
    assert (build.number, build.result, build.ended_at, build.agents) == (1, "", None, {name: 0})
    assert agent_of(name).running == [["codec/build", 1]]
    lab.sim.move(120)
    lab.look()
    build.refresh_from_db()
    assert (build.result, build.ended_at - build.started_at) == ("FAILURE", timedelta(seconds=90))
    assert agent_of(name).running == []


def test_builds_between_two_looks_are_not_missed(lab: Lab) -> None:
    lab.agent("p9-1")
    job = lab.job("codec/build", seconds=1)
    for _ in range(3):
        lab.build(job)
        lab.sim.move(10)
    lab.look()
    rows = Build.objects.order_by("number")
    assert [(row.number, row.result, row.agents) for row in rows] == [(n, "SUCCESS", {"p9-1": 0}) for n in (1, 2, 3)]
    assert {row.ended_at - row.started_at for row in rows} == {timedelta(seconds=1)}


def test_of_a_pipeline_the_executors_tell_where_it_runs(lab: Lab) -> None:
    lab.agent("p9-1", "power9")
    lab.agent("p8-1", "power8")
    lab.build(lab.pipeline("codec/all", "power9", "power8", seconds=60))
    lab.sim.move(10)
    lab.look()
    assert build_of("codec/all").agents == {"p9-1": 0, "p8-1": 0}
    lab.sim.move(120)
    lab.look()
    build = build_of("codec/all")
    assert (build.result, build.agents) == ("SUCCESS", {"p9-1": 0, "p8-1": 0})


def test_what_ended_unseen_with_its_job_is_over(lab: Lab) -> None:
    lab.agent("p9-1")
    lab.build(lab.job("codec/build", seconds=900))
    lab.look()
    lab.server.ask("POST", "job/codec/doDelete")
    lab.look()
    build = build_of("codec/build")
    assert (build.result, build.ended_at) == ("", watch().looked_at)


def test_a_job_made_anew_under_its_name_is_followed_too(lab: Lab) -> None:
    lab.agent("p9-1")
    job = lab.job("codec/build", seconds=1)
    for _ in range(2):
        lab.build(job)
        lab.sim.move(10)
    lab.look()
    lab.server.ask("POST", "job/codec/job/build/doDelete")
    lab.build(lab.job("codec/build", seconds=1, result="FAILURE"))
    lab.sim.move(10)
    lab.look()
    assert list(Build.objects.order_by("number").values_list("result", flat=True)) == ["FAILURE", "SUCCESS"]


def test_what_runs_beside_many_newer_builds_is_not_over(lab: Lab) -> None:
    """Of each job the last builds alone are shown; executors show what else runs, those of the built-in node too."""
    name = lab.agent("p9-1")
    old = lab.pipeline("codec/all", "ppc64le", "power11", seconds=90)
    lab.build(old)
    lab.sim.move(10)
    lab.look()
    lab.sim.control("POST", f"builds/{old}", {"labels": ["ppc64le"], "seconds": 1})
    for _ in range(ci_look.LAST + 1):
        lab.build(old)
        lab.sim.move(10)
    lab.look()
    first = Build.objects.get(number=1)
    assert (first.ended_at, first.agents) == (None, {name: 0})
    assert agent_of(name).running == [[old, 1]]
    lab.sim.move(90)
    lab.look()
    assert agent_of(name).running == []
    assert Build.objects.get(number=1).ended_at is None, "it waits for its other agent"


def test_the_queue_is_kept_with_its_reasons(lab: Lab) -> None:
    lab.agent("p9-1")
    lab.build(lab.job("codec/build", label="power11"))
    lab.look()
    (waiting,) = watch().marks["queue"]
    assert (waiting["job"], waiting["why"]) == ("codec/build", "There are no nodes with the label ‘power11’")
    assert waiting["since"]
    lab.agent("p11-1", "power11")
    lab.look()
    assert watch().marks["queue"] == []


def test_an_agent_that_is_no_longer_there_is_gone_and_may_come_back(lab: Lab) -> None:
    lab.agent("p9-1")
    lab.look()
    lab.controller.nodes.remove("p9-1", "mark")
    lab.look()
    assert agent_of("p9-1").gone_at == watch().looked_at
    lab.agent("p9-1")
    lab.look()
    assert agent_of("p9-1").gone_at is None


def test_one_that_is_made_anew_under_its_name_is_another_machine(lab: Lab) -> None:
    """Of the one before neither its disk nor what could not be measured there says anything."""
    lab.agent("p9-1")
    lab.look()
    Agent.objects.update(unmeasured_since=timezone.now() - timedelta(hours=1), disk_free=0)
    lab.controller.nodes.remove("p9-1", "mark")
    lab.look()
    lab.agent("p9-1")
    lab.does("p9-1", disk={"free": 0})
    lab.sim.move(3600)
    lab.look()
    again = agent_of("p9-1")
    assert (again.gone_at, again.disk_free, again.disk_measured_at) == (None, None, None)
    assert again.connected_at == again.unmeasured_since == watch().looked_at


@pytest.mark.parametrize("answer", [{"status": 503}, {"cut": "before"}, {"delay": 2}])
def test_where_it_does_not_answer_nothing_is_taken_for_gone(lab: Lab, settings, answer: dict) -> None:
    settings.JENKINS_TIMEOUT = 1
    lab.agent("p9-1")
    lab.look()
    seen = watch().looked_at
    lab.sim.fault(method="GET", path="/api/json", times=None, **answer)
    assert not lab.look()
    assert agent_of("p9-1").gone_at is None
    first = watch()
    assert first.trouble.startswith("Jenkins")
    assert first.look_until > timezone.now(), "it is left alone for a while"
    assert not lab.look()
    assert watch().troubled_at == first.troubled_at
    lab.sim.heal()
    assert lab.look()
    assert (watch().trouble, watch().troubled_at, watch().looked_at > seen) == ("", None, True)


def test_a_broken_set_up_pauses_and_is_told_once(lab: Lab, settings) -> None:
    settings.JENKINS_TOKEN = "wrong"
    assert not lab.look()
    assert watch().paused_until > timezone.now()
    assert not lab.look()
    settle()
    settle()
    assert [ticket.key for ticket in Ticket.objects.all()] == ["broken:jenkins"]
    lab.sim.control("DELETE", "calls")
    assert not lab.look()
    assert lab.sim.calls()["totals"] == {}


def test_no_name_or_word_of_somebody_elses_keeps_the_rest_from_being_kept() -> None:
    """Whoever may make a folder in Jenkins names it, and whoever takes an agent out says why."""
    now = timezone.now()
    build = rows.Build(1, "", building=True, started_at=now, seconds=0, agent="")
    deep = "/".join(["x" * 250] * 3)
    jobs = [rows.Job(name, "", "", (build,)) for name in (deep, "codec/build")]
    ci_rows.store_builds(jobs, (), now, since=now)
    assert build_of("codec/build").started_at == now
    agent = listing.agent({"displayName": "p9-1", "offlineCause": {"description": "gone\0" + "y" * 600}})
    ci_rows.store_agents([agent], now)
    assert agent_of("p9-1").reason == "gone" + "y" * 496


def test_what_is_long_over_is_not_taken_up(lab: Lab) -> None:
    lab.sim.move(-31 * 86400)
    lab.agent("p9-1")
    lab.build(lab.job("codec/build", seconds=1))
    lab.sim.move(10)
    lab.look()
    assert not Build.objects.exists()


def test_what_is_long_over_is_forgotten() -> None:
    now = timezone.now()
    for days in (29, 31):
        at = now - timedelta(days=days)
        Agent.objects.create(name=f"gone-{days}", seen_at=at, gone_at=at)
        Agent.objects.create(name=f"stands-{days}", seen_at=at)
        Build.objects.create(job="codec/build", number=days, started_at=at, ended_at=at)
    Build.objects.create(job="codec/long", number=1, started_at=at)
    tasks.dates()
    assert sorted(Agent.objects.values_list("name", flat=True)) == ["gone-29", "stands-29", "stands-31"]
    assert sorted(Build.objects.values_list("job", "number")) == [("codec/build", 29), ("codec/long", 1)]
