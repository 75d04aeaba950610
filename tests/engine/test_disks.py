"""A disk that fills: one ticket while it lasts, with who filled it; space back resolves it; again is the next one."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from projects.models import Mail, Ticket, User
from projects.services.tickets import move_ticket
from projects.states import TicketState
from provisioning import ci_rows, disks
from provisioning.ci_rows import Fall
from provisioning.models import Agent, Build
from tests.engine.lab import GIB, Lab, agent_of
from tests.factories import AllocationFactory, UserFactory, at_the_desk
from tests.factories_provisioning import PlanFactory, StepFactory

HOUR = 3600


@pytest.fixture(autouse=True)
def olga(settings) -> User:
    """Somebody at the desk, who is mailed."""
    return at_the_desk(settings, UserFactory())


def looked(lab: Lab) -> None:
    """What the task does."""
    assert lab.look()
    disks.tell(now=timezone.now())


def measured(lab: Lab, name: str, free: int) -> None:
    """So many bytes are free on it, and an hour later Jenkins knows."""
    lab.does(name, disk={"free": free})
    lab.sim.move(HOUR)
    looked(lab)


def text_of(ticket: Ticket) -> str:
    return ticket.messages.first().text


def test_a_full_disk_opens_a_ticket_and_space_resolves_it_and_again_is_the_next(lab: Lab) -> None:
    lab.agent("p9-1")
    looked(lab)
    assert not Ticket.objects.exists()
    measured(lab, "p9-1", GIB // 2)
    measured(lab, "p9-1", GIB // 4)
    first = Ticket.objects.get()
    assert (first.title, first.internal, first.status) == ("Disk full: p9-1", True, TicketState.OPEN)
    assert "has 512 MiB free of 200 GiB" in text_of(first)
    assert "no builds at 1 GiB or less" in text_of(first)
    assert "times in 30 days" not in text_of(first)
    assert Mail.objects.filter(key__startswith=f"ticket:{first.pk}:").count() == 1
    measured(lab, "p9-1", 120 * GIB)
    first.refresh_from_db()
    assert first.status is TicketState.RESOLVED
    assert first.messages.last().text.startswith("There is space again: 120 GiB free, measured ")
    measured(lab, "p9-1", GIB // 2)
    again = Ticket.objects.exclude(pk=first.pk).get()
    assert again.status is TicketState.OPEN
    assert "This has happened 2 times in 30 days, this one included." in text_of(again)
    assert first.messages.count() == 2


def test_one_that_somebody_resolved_stays_so(lab: Lab, olga: User) -> None:
    lab.agent("p9-1")
    measured(lab, "p9-1", GIB // 2)
    move_ticket(ticket=Ticket.objects.get(), to=TicketState.RESOLVED, by=olga)
    measured(lab, "p9-1", GIB // 2)
    measured(lab, "p9-1", 120 * GIB)
    assert Ticket.objects.get().messages.count() == 1


def test_it_names_the_job_that_filled_it_and_drafts_the_mail_to_its_project(lab: Lab) -> None:
    plan = PlanFactory(allocation=AllocationFactory(project__name="Fastcodec"))
    StepFactory(plan=plan, kind="folder", key="folder", external_id="codec")
    lab.agent("p9-1")
    lab.build(lab.job("codec/build", seconds=60, disk=150 * GIB))
    lab.build(lab.job("other/small", seconds=60, disk=0))
    looked(lab)
    lab.sim.move(120)
    looked(lab)
    measured(lab, "p9-1", GIB // 2)
    said = text_of(Ticket.objects.get())
    assert "Grew most lately: the job codec/build of the project Fastcodec, by some " in said
    assert "A mail to send to the owners and maintainers of Fastcodec:" in said
    assert "Your CI job codec/build filled the disk of the shared agent p9-1" in said


def test_where_nobody_knows_what_filled_it_it_says_so(lab: Lab) -> None:
    lab.agent("p9-1")
    lab.job("codec/build")
    looked(lab)
    measured(lab, "p9-1", GIB // 2)
    said = text_of(Ticket.objects.get())
    assert "Which job grew most lately is not known" in said
    assert "A mail to send" not in said
    assert "To clean up" in said


def test_another_disk_is_no_builds_doing(lab: Lab) -> None:
    lab.agent("p9-1")
    lab.build(lab.job("codec/build", seconds=2 * HOUR))
    looked(lab)
    lab.does("p9-1", disk={"total": 40 * GIB})
    measured(lab, "p9-1", GIB // 2)
    assert "Which job grew most lately is not known" in text_of(Ticket.objects.get())


def test_what_cannot_be_measured_for_a_while_is_full(lab: Lab) -> None:
    """A disk without a free byte reads as nothing, and the agent stays online; so it is just after it connects."""
    lab.sim.move(-HOUR)
    lab.agent("p9-1")
    lab.build(lab.job("codec/build", seconds=2 * HOUR))
    looked(lab)
    measured(lab, "p9-1", 0)
    assert (agent_of("p9-1").online, Ticket.objects.count()) == (True, 0)
    Agent.objects.update(unmeasured_since=F("unmeasured_since") - timedelta(minutes=6))
    looked(lab)
    ticket = Ticket.objects.get()
    assert ticket.title == "Disk cannot be measured: p9-1"
    assert "Jenkins goes on giving it builds" in text_of(ticket)
    assert "Grew most lately: the job codec/build of no project of the portal, by some 180 GiB" in text_of(ticket)
    lab.does("p9-1", connected=False)
    looked(lab)
    ticket.refresh_from_db()
    assert ticket.status is TicketState.OPEN, "that it is away says nothing of its disk"
    lab.does("p9-1", connected=True)
    measured(lab, "p9-1", 120 * GIB)
    ticket.refresh_from_db()
    assert ticket.status is TicketState.RESOLVED


def test_what_was_not_measured_for_long_is_an_alarm(lab: Lab) -> None:
    lab.sim.move(-3 * HOUR)
    lab.agent("p9-1")
    looked(lab)
    ticket = Ticket.objects.get()
    assert ticket.title == "Disk not measured lately: p9-1"
    assert "with 180 GiB free" in text_of(ticket)
    lab.does("p9-1", connected=False)
    looked(lab)
    ticket.refresh_from_db()
    assert ticket.status is TicketState.OPEN
    lab.does("p9-1", connected=True)
    lab.sim.move(3 * HOUR)
    looked(lab)
    ticket.refresh_from_db()
    assert ticket.status is TicketState.RESOLVED


def test_one_that_was_away_for_long_is_measured_first(lab: Lab) -> None:
    lab.sim.move(-3 * HOUR)
    lab.agent("p9-1")
    lab.does("p9-1", connected=False)
    looked(lab)
    lab.sim.move(3 * HOUR)
    lab.does("p9-1", connected=True)
    looked(lab)
    back = agent_of("p9-1")
    assert (back.connected, back.unmeasured_since) == (True, back.connected_at)
    assert not Ticket.objects.exists()


def test_an_agent_that_was_never_connected_has_no_disk_to_worry_about(lab: Lab) -> None:
    made = {"labels": ["x"], "executors": 1, "home": "/x", "exclusive": False}
    lab.controller.nodes.create("new", about="", mark="mark", **made)
    looked(lab)
    Agent.objects.update(seen_at=timezone.now() - timedelta(days=1))
    looked(lab)
    assert not Ticket.objects.exists()


def test_an_agent_that_is_away_is_not_one_that_cannot_be_measured(lab: Lab) -> None:
    lab.agent("p9-1")
    looked(lab)
    lab.does("p9-1", connected=False)
    lab.sim.move(HOUR)
    looked(lab)
    away = agent_of("p9-1")
    assert (away.connected, away.unmeasured_since, away.disk_free) == (False, None, 180 * GIB)


def test_an_agent_that_is_deleted_takes_its_trouble_along(lab: Lab) -> None:
    lab.agent("p9-1")
    measured(lab, "p9-1", GIB // 2)
    lab.controller.nodes.remove("p9-1", "mark")
    looked(lab)
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.messages.last().text) == (TicketState.RESOLVED, "The agent is no longer in Jenkins.")


def test_what_was_taken_is_shared_by_the_time_that_each_build_ran_there() -> None:
    now = timezone.now()
    at = [now - timedelta(minutes=minutes) for minutes in (90, 60, 45, 30, 0)]

    def ran(job: str, since: int, until: int | None, agent: str = "p9-1") -> None:
        ended = None if until is None else at[until]
        Build.objects.create(job=job, number=1, started_at=at[since], ended_at=ended, agents={agent: 0})

    ran("before", 0, 1)
    ran("half", 0, 2)
    ran("whole", 1, None)
    ran("after", 3, None)
    ran("elsewhere", 1, 3, agent="p9-2")
    ci_rows.attribute([Fall("p9-1", 300, since=at[1], until=at[3])])
    grown = {build.job: next(iter(build.agents.values())) for build in Build.objects.all()}
    assert grown == {"before": 0, "half": 100, "whole": 200, "after": 0, "elsewhere": 0}


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (300 * 1024**2, "300 MiB"), (int(12.5 * GIB), "12.5 GiB"), (GIB, "1 GiB")],
)
def test_sizes_are_said_as_people_say_them(size: int, words: str) -> None:
    assert disks.size_words(size) == words
