"""The desk's page of agents: states in words, who builds less than its like, disks, the queue, no Jenkins at all."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from provisioning import disks
from provisioning.adapters.jenkins.errors import SYSTEM
from provisioning.agents import AgentState, state_of
from provisioning.models import Agent, Build, Watch
from tests.factories import AllocationFactory, UserFactory, at_the_desk
from tests.factories_provisioning import PlanFactory, StepFactory
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db
GIB = 1024**3
PAGE = "/desk/agents/"
OFFLINE = {"online": False, "marked": True, "cause": "UserCause"}
FULL = {**OFFLINE, "cause": "DiskSpace"}
LOST = {"online": False, "connected": False}


@pytest.fixture(autouse=True)
def jenkins_url(settings) -> None:
    settings.JENKINS_URL = "https://ci.example.org/jenkins"


@pytest.fixture
def desk(settings) -> Client:
    return signed_in(at_the_desk(settings, UserFactory()))


def agent(name: str = "p9-1", **fields: Any) -> Agent:
    """One that is idle and has space, seen now."""
    now = timezone.now()
    usual = {"labels": ["ppc64le"], "executors": 2, "online": True, "connected": True, "connected_at": now}
    disk = {"disk_free": 120 * GIB, "disk_total": 200 * GIB, "disk_threshold": GIB, "disk_measured_at": now}
    return Agent.objects.create(name=name, seen_at=now, **{**usual, **disk, **fields})


def looked(**fields: Any) -> None:
    Watch.objects.update_or_create(cloud=SYSTEM, defaults={"looked_at": timezone.now(), **fields})


def some_of_each() -> None:
    """Agents that build, are full and are away, and a job that waits."""
    now = timezone.now()
    plan = PlanFactory(allocation=AllocationFactory(project__name="Fastcodec"))
    StepFactory(plan=plan, kind="folder", key="folder", external_id="codec-1")
    power9 = ["docker", "power9", "ppc64le"]
    agent("p9-1", labels=power9, running=[["codec-1/build", 7]])
    agent("p9-2", labels=power9)
    agent("p8-1", labels=["power8"], disk_free=GIB // 2, reason="Disk space is low", **FULL)
    agent("p8-2", labels=["power8"], reason="Connection was broken", cause="ChannelTermination", **LOST)
    for number in range(9):
        Build.objects.create(job="codec-1/build", number=number, started_at=now, agents={"p9-1": 0})
    waiting = {"job": "codec-1/test", "why": "There are no nodes with the label ‘gpu’", "since": now.isoformat()}
    looked(marks={"queue": [{**waiting, "stuck": False}]})
    disks.tell(now=now)


def text(client: Client) -> str:
    return client.get(PAGE).content.decode()


def rows(page: str) -> dict[str, str]:
    """The rows of the page's tables by what stands in their heads, without tags that only shape them."""
    parts = page.partition("<tbody>")[2].split("<tr>")
    return {part.partition("</a>")[0].rpartition(">")[2]: part for part in parts[1:]}


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, AgentState.IDLE),
        ({"running": [["codec/build", 7]]}, AgentState.BUSY),
        (OFFLINE, AgentState.OUT),
        ({**OFFLINE, "running": [["codec/build", 7]]}, AgentState.LEAVING),
        ({**OFFLINE, "connected": False}, AgentState.OUT_AND_AWAY),
        (FULL, AgentState.DISK),
        ({**OFFLINE, "cause": "Data"}, AgentState.MONITOR),
        ({**LOST, "cause": "ChannelTermination"}, AgentState.LOST),
        ({**LOST, "cause": "LaunchFailed"}, AgentState.FAILED),
        ({**LOST, "cause": "SimpleOfflineCause"}, AgentState.REMOVED),
        (LOST, AgentState.AWAY),
        ({**LOST, "connected_at": None}, AgentState.NEW),
    ],
)
def test_each_state_of_a_jenkins_agent_has_its_words(fields: dict, state: AgentState) -> None:
    assert state_of(agent(**fields)) is state


def test_an_agent_is_shown_with_what_it_runs_and_why_it_does_not(desk: Client) -> None:
    plan = PlanFactory(allocation=AllocationFactory(project__name="Fastcodec"))
    StepFactory(plan=plan, kind="folder", key="folder", external_id="codec-1")
    agent("p9-1", labels=["power9", "ppc64le"], running=[["codec-1/build", 7], ["other/x", 1]])
    agent("p9-2", reason="Disconnected by olga : <b>drain</b>", **OFFLINE)
    agent("gone", gone_at=timezone.now())
    looked()
    shown = rows(text(desk))
    assert sorted(shown) == ["p9-1", "p9-2"]
    first = shown["p9-1"]
    assert 'href="https://ci.example.org/jenkins/computer/p9-1/"' in first
    assert ("power9 ppc64le" in first, "2 of 2" in first, "tone-info" in first) == (True, True, True)
    assert (
        '<a href="https://ci.example.org/jenkins/job/codec-1/job/build/" rel="noopener">codec-1/build #7</a>' in first
    )
    assert first.count("Fastcodec") == 1
    assert "&lt;b&gt;drain" in shown["p9-2"]
    assert "120 GiB of 200 GiB free" in first
    assert "no builds at 1 GiB" in first


def test_who_builds_less_than_half_of_what_its_like_do_is_marked(desk: Client) -> None:
    now = timezone.now()
    for name, labels, builds in (
        ("busy", ["ppc64le"], 6),
        ("half", ["ppc64le"], 2),
        ("less", ["ppc64le"], 1),
        ("gpu", ["ppc64le", "gpu"], 0),
        ("quiet", ["power8"], 3),
        ("quieter", ["power8"], 0),
    ):
        agent(name, labels=labels)
        for number in range(builds):
            Build.objects.create(job=name, number=number, started_at=now, agents={name: 0, "elsewhere": 0})
    Build.objects.create(job="old", number=1, started_at=now - timedelta(hours=25), agents={"less": 0})
    looked()
    shown = rows(text(desk))
    assert [name for name, row in shown.items() if "less than half" in row] == ["less"]
    assert "have 3.0 each" in shown["less"]
    assert 'data-label="Builds in 24 h">1 ' in shown["less"]


def test_a_full_or_unmeasured_disk_is_an_alarm_with_its_ticket(desk: Client) -> None:
    now = timezone.now()
    agent("full", disk_free=GIB)
    agent("nothing", disk_free=0, unmeasured_since=now - timedelta(minutes=6))
    agent("old", disk_measured_at=now - timedelta(hours=3))
    agent("near", disk_free=GIB + GIB // 2)
    agent("well")
    agent("just-connected", disk_free=None, disk_measured_at=None, unmeasured_since=now)
    looked()
    disks.tell(now=now)
    shown = rows(text(desk))
    alarms = {name: [words for words in disks.Alarm if f">{words.words}<" in row] for name, row in shown.items()}
    assert alarms == {
        **{name: [] for name in ("near", "well", "just-connected")},
        "full": [disks.Alarm.LOW],
        "nothing": [disks.Alarm.UNMEASURED],
        "old": [disks.Alarm.STALE],
    }
    assert {name for name, row in shown.items() if "Ticket " in row} == {"full", "nothing", "old"}
    bars = {
        name: "warn" if "bar tone-warn" in row else "good" for name, row in shown.items() if "bar tone-bad" not in row
    }
    assert bars == {"near": "warn", "well": "good", "just-connected": "good"}
    assert "measured 3 h ago" in shown["old"]
    ticket = shown["full"].partition("/tickets/")[2].partition("/")[0]
    thread = desk.get(f"/tickets/{ticket}/").content.decode()
    assert "Disk full: full" in thread
    assert f'href="{PAGE}"' in thread


def test_what_waits_is_shown_with_why_and_how_long(desk: Client) -> None:
    since = (timezone.now() - timedelta(minutes=12)).isoformat()
    waiting = {"job": "codec-1/build", "why": "There are no nodes with the label ‘x’", "since": since, "stuck": True}
    looked(marks={"queue": [waiting, {**waiting, "job": "", "since": "", "stuck": False}]})
    agent()
    page = text(desk).partition('id="queue"')[2]
    assert "There are no nodes with the label ‘x’" in page
    assert ("12 min" in page, "not said" in page, page.count(">stuck<")) == (True, True, 1)
    assert ("no job" in page, page.count("/job/")) == (True, 2)


def test_nothing_to_show_is_said(desk: Client) -> None:
    assert "Jenkins was not looked at yet." in text(desk)
    looked()
    page = text(desk)
    assert ("Jenkins has no agent." in page, "Nothing waits." in page) == (True, True)


def test_a_jenkins_that_does_not_answer_is_said_with_its_last_picture(desk: Client) -> None:
    agent("p9-1")
    looked(trouble="Jenkins does not answer.", troubled_at=timezone.now() - timedelta(hours=1))
    page = text(desk)
    assert "Nothing was seen of Jenkins since" in page
    assert "Jenkins does not answer. What stands below was seen" in page
    assert "p9-1" in rows(page)
    looked(trouble="", troubled_at=None, looked_at=timezone.now() - timedelta(hours=1))
    page = text(desk)
    assert ("see whether worker and beat run" in page, "has not answered" in page) == (True, False)


def test_a_lab_without_jenkins_has_no_such_page(desk: Client, settings) -> None:
    assert f'href="{PAGE}"' in desk.get("/desk/").content.decode()
    settings.JENKINS_URL = ""
    assert desk.get(PAGE).status_code == 404
    assert f'href="{PAGE}"' not in desk.get("/desk/").content.decode()


def test_it_is_the_desks_alone(desk: Client) -> None:
    assert signed_in(UserFactory()).get(PAGE).status_code == 403
    assert Client().get(PAGE).status_code in {302, 403}
    assert desk.head(PAGE).status_code == 200


def test_two_hundred_agents_cost_no_more_queries(desk: Client, django_assert_max_num_queries) -> None:
    now = timezone.now()
    for number in range(200):
        agent(f"agent-{number}", running=[[f"folder-{number}/job", 1]], disk_free=0)
    looked(marks={"queue": [{"job": f"f-{n}/x", "why": "", "since": "", "stuck": False} for n in range(200)]})
    Build.objects.bulk_create(
        [Build(job="x", number=n, started_at=now, agents={f"agent-{n % 200}": 0}) for n in range(2000)]
    )
    with django_assert_max_num_queries(9):
        desk.get(PAGE)
