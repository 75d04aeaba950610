"""What is ours and owned by no row: noted, seen twice, taken back by policy; never anything else."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from projects.models import Ticket
from provisioning import engine
from provisioning.errors import Rejected
from provisioning.models import Deployment, Plan, Sighting, Step, Watch
from provisioning.spec import Tag
from provisioning.sweep import strays, sweep
from tests.engine.paper import Thing, site
from tests.engine.world import carry_out, make_plan

LATER = timedelta(hours=25)


@pytest.fixture
def plan(paper) -> Plan:
    plan = make_plan()
    engine.advance(site(paper))
    Watch.objects.update(full_at=timezone.now() + timedelta(seconds=1))
    return plan


def sight(
    plan: Plan, paper, *, kind: str = "server", step: str = "server:web-1", incarnation: int = 1, **row
) -> Sighting:
    """Something on the cloud with a tag of ours, as a listing showed it."""
    tag = Tag(Deployment.objects.get().id, plan.allocation_id, step, incarnation)
    thing = Thing(f"{kind}-stray-{len(paper.things)}", kind, str(tag), {}, "ACTIVE")
    paper.things[thing.id] = thing
    row = {"id": thing.id, "metadata": tag.as_metadata(), **row}
    return Sighting.objects.create(
        cloud="paper", kind=kind, external_id=thing.id, name="web", row=row, seen_at=datetime.now(UTC)
    )


def test_what_a_row_owns_or_may_be_about_to_own_is_no_stray(plan, paper):
    step = Step.objects.get(key="server:web-1")
    owned = sight(plan, paper)
    Step.objects.filter(pk=step.pk).update(external_id=owned.external_id)
    assert list(strays("paper")) == []
    Step.objects.filter(pk=step.pk).update(external_id="", state="running", ended_at=None)
    assert list(strays("paper")) == []


def test_a_twin_is_noted_twice_then_taken_back_by_a_step_and_the_owned_one_stays(plan, paper):
    stray, kept = sight(plan, paper), Step.objects.get(key="server:web-1").external_id
    assert [found.sighting.leak for found in sweep("paper", reclaim=True).strays] == [False]
    report = sweep("paper", reclaim=True, now=timezone.now() + LATER)
    assert (report.reclaimed, [found.sighting.leak for found in report.strays]) == (1, [True])
    carry_out(paper)
    assert stray.external_id not in paper.things
    assert kept in paper.things
    assert set(plan.steps.filter(wanted=True).values_list("state", flat=True)) == {"ready"}


def test_nothing_is_taken_back_within_the_grace_time_or_without_being_told_to(plan, paper):
    sight(plan, paper)
    assert [sweep("paper", reclaim=True).reclaimed for _ in range(3)] == [0, 0, 0]
    assert sweep("paper", now=timezone.now() + LATER).reclaimed == 0


@pytest.mark.parametrize("use", [{"volumes": ["v1"]}, {"addresses": [["10.0.0.1", "floating"]]}])
def test_a_twin_in_use_is_a_persons(plan, paper, use):
    sight(plan, paper, **use)
    for hours in (0, 25, 50):
        assert sweep("paper", reclaim=True, now=timezone.now() + timedelta(hours=hours)).reclaimed == 0
    assert "in use" in Ticket.objects.get().messages.get().text


def test_what_was_taken_back_counts_only_when_a_full_listing_shows_it_still(plan, paper):
    sight(plan, paper, incarnation=1)
    Step.objects.filter(key="server:web-1").update(incarnation=2, ended_at=timezone.now() + timedelta(minutes=1))
    assert list(strays("paper")) == []
    Watch.objects.update(full_at=timezone.now() + timedelta(minutes=2))
    assert "incarnation 1" in next(strays("paper")).why


def test_things_that_are_not_ours_are_not_even_looked_at(plan, paper):
    foreign = sight(plan, paper)
    foreign.row["metadata"]["portico"] = "0" * 32
    foreign.save()
    theirs = sight(plan, paper)
    theirs.row = {"id": theirs.external_id, "metadata": {}, "description": ""}
    theirs.save()
    assert list(strays("paper")) == []


def test_the_command_changes_nothing_without_being_told_to(plan, paper):
    stray = sight(plan, paper)
    out = StringIO()
    call_command("sweep", "paper", stdout=out)
    assert stray.external_id in out.getvalue()
    assert "dry run" in out.getvalue()
    assert f"servers and volumes were listed at {timezone.now():%Y-%m-%d}" in out.getvalue()
    stray.refresh_from_db()
    assert (stray.stray_since, stray.stray_count) == (None, 0)
    call_command("sweep", "paper", "--reclaim", stdout=out)
    stray.refresh_from_db()
    assert stray.stray_count == 1


def test_what_names_another_allocation_in_its_own_cloud_project_is_a_members_doing(plan, paper):
    """Anybody may write our metadata onto a server of theirs."""
    theirs = make_plan()
    Step.objects.filter(plan=theirs, key="project").update(external_id="their-project")
    copied = sight(plan, paper, step="server:web-1", incarnation=7)
    copied.project_id = "their-project"
    copied.save()
    assert list(strays("paper")) == []


@pytest.mark.parametrize(("kind", "step"), [("project", "project"), ("user", "user")])
def test_a_cloud_project_or_a_user_of_ours_without_an_owner_is_taken_back(plan, paper, kind, step):
    stray = sight(plan, paper, kind=kind, step=step, incarnation=9)
    kept = Step.objects.get(key=step).external_id
    sweep("paper", reclaim=True)
    assert sweep("paper", reclaim=True, now=timezone.now() + LATER).reclaimed == 1
    carry_out(paper)
    assert stray.external_id not in paper.things
    assert kept in paper.things


def test_a_cloud_project_with_something_in_it_is_a_persons(plan, paper):
    stray = sight(plan, paper, kind="project", step="project", incarnation=9)
    row = {"id": "v", "metadata": {}}
    Sighting.objects.create(
        cloud="paper", kind="volume", external_id="v", project_id=stray.external_id, row=row, seen_at=timezone.now()
    )
    for hours in (0, 25):
        assert sweep("paper", reclaim=True, now=timezone.now() + timedelta(hours=hours)).reclaimed == 0
    assert "in use" in Ticket.objects.get().messages.get().text


def test_what_is_gone_for_long_is_forgotten(plan, paper):
    old, new = sight(plan, paper), sight(plan, paper)
    for row, days in ((old, 31), (new, 1)):
        Sighting.objects.filter(pk=row.pk).update(gone_at=timezone.now() - timedelta(days=days))
    sweep("paper")
    assert set(Sighting.objects.values_list("pk", flat=True)) == {new.pk}


def left_port(plan: Plan, paper, *, owner: str = "compute:nova", device: str = "gone-server") -> Sighting:
    """A port in the allocation's cloud project, as a full listing showed it."""
    thing = Thing(f"port-{len(paper.things)}", "port", "", {}, "DOWN")
    paper.things[thing.id] = thing
    row = {"id": thing.id, "device_id": device, "device_owner": owner}
    home = plan.steps.get(key="project").external_id
    return Sighting.objects.create(
        cloud="paper", kind="port", external_id=thing.id, project_id=home, row=row, seen_at=timezone.now()
    )


def server_seen(identity: str, gone_at: datetime | None) -> None:
    Sighting.objects.create(
        cloud="paper", kind="server", external_id=identity, row={}, seen_at=timezone.now(), gone_at=gone_at
    )


def test_a_port_that_its_server_left_behind_is_taken_back(plan, paper):
    port = left_port(plan, paper)
    server_seen("gone-server", timezone.now() - timedelta(hours=1))
    (stray,) = sweep("paper", reclaim=True).strays
    assert (stray.sighting, stray.why) == (port, "its server gone-server is gone")
    assert sweep("paper", reclaim=True, now=timezone.now() + LATER).reclaimed == 1
    carry_out(paper)
    assert port.external_id not in paper.things


@pytest.mark.parametrize("refused", [False, True])
def test_a_port_that_is_being_taken_back_is_no_leak_any_more(plan, paper, refused):
    port = left_port(plan, paper)
    sweep("paper")
    paper.wrong[f"undo stray:port:{port.external_id}"] = [Rejected("It is locked.")] if refused else []
    assert sweep("paper", reclaim=True, now=timezone.now() + LATER).reclaimed == 1
    assert sweep("paper", reclaim=True, now=timezone.now() + LATER).reclaimed == 0
    carry_out(paper)
    assert Step.objects.get(kind="port").state == ("failed" if refused else "undone")
    assert sweep("paper", reclaim=True, now=timezone.now() + LATER).strays == ()
    port.refresh_from_db()
    assert (port.gone_at, port.stray_since) == (None, None)


def test_a_ticket_about_a_port_names_it_by_its_kind(plan, paper):
    port = left_port(plan, paper)
    Sighting.objects.create(
        cloud="paper", kind="address", external_id="ip", row={"port_id": port.external_id}, seen_at=timezone.now()
    )
    for _ in range(2):
        sweep("paper", reclaim=True, now=timezone.now() + LATER)
    sweep("paper", reclaim=True, now=timezone.now() + 2 * LATER)
    assert Ticket.objects.get().messages.get().text.startswith(f"port ({port.external_id}): its server")


def test_a_port_is_not_left_behind_while_its_server_stands_or_since_the_last_full_listing(plan, paper):
    left_port(plan, paper, device="standing")
    server_seen("standing", None)
    left_port(plan, paper, device="just-gone")
    server_seen("just-gone", timezone.now() + timedelta(minutes=1))
    left_port(plan, paper, owner="network:router_interface", device="a-router")
    elsewhere = left_port(plan, paper)
    Sighting.objects.filter(pk=elsewhere.pk).update(project_id="not-ours")
    assert list(strays("paper")) == []


def test_a_port_with_a_public_address_is_a_persons(plan, paper):
    port = left_port(plan, paper)
    Sighting.objects.create(
        cloud="paper", kind="address", external_id="ip", row={"port_id": port.external_id}, seen_at=timezone.now()
    )
    assert [stray.in_use for stray in strays("paper")] == [True]
