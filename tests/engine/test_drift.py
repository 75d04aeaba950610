"""What the cloud shows against what should stand: proof before belief, and nobody's data touched."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from provisioning import engine
from provisioning.engine.verdict import judge
from provisioning.models import Plan, Step
from provisioning.outcomes import Missing
from provisioning.web.words import said_of_trouble
from tests.engine.paper import site
from tests.engine.world import carry_out, let_pass, make_plan, states


@pytest.fixture
def ready(paper) -> Plan:
    plan = make_plan()
    engine.advance(site(paper))
    engine.advance(site(paper))
    return plan


def look(plan: Plan, paper) -> None:
    """As beat does: look, notice, carry out."""
    engine.look(site(paper))
    engine.advance(site(paper))


def lose(paper, kind: str) -> None:
    thing = paper.of(kind)[0]
    del paper.things[thing.id]


def test_a_look_that_shows_nothing_new_makes_nothing_due(ready, paper):
    look(ready, paper)
    before = dict(paper.calls)
    look(ready, paper)
    assert dict(paper.calls) == before
    assert not Plan.objects.filter(due_at__isnull=False).exists()


def test_a_lost_server_is_proved_twice_and_never_made_again_by_itself(ready, paper):
    look(ready, paper)
    lose(paper, "server")
    look(ready, paper)
    step = Step.objects.get(key="server:web-1")
    assert (step.state, step.absences) == ("ready", 1)
    let_pass(61)
    paper.full_at = datetime.now(UTC)
    engine.advance(site(paper))
    step.refresh_from_db()
    assert (step.state, step.failure, step.who, step.incarnation) == ("failed", "lost", "lab", 1)
    assert paper.calls["prove server:web-1"] == 2
    assert paper.of("server") == []


def test_two_answers_are_no_proof_before_a_full_listing(ready, paper):
    look(ready, paper)
    lose(paper, "server")
    look(ready, paper)
    for _ in range(3):
        let_pass(61)
        Step.objects.filter(key="server:web-1").update(missing_since=datetime.now(UTC))
        engine.advance(site(paper))
    assert Step.objects.get(key="server:web-1").state == "ready"


def test_a_server_that_a_listing_only_missed_stays(ready, paper):
    look(ready, paper)
    thing = paper.of("server")[0]
    del paper.things[thing.id]
    paper.on_call = lambda _: paper.things.update({thing.id: thing})  # it is there when it is asked for by id
    look(ready, paper)
    step = Step.objects.get(key="server:web-1")
    assert (step.state, step.missing_since, step.absences) == ("ready", None, 0)


def test_an_error_later_is_a_ticket_and_a_recovery_ends_it(ready, paper):
    look(ready, paper)
    server = paper.of("server")[0]
    paper.things[server.id] = type(server)(server.id, "server", server.tag, server.want, "ERROR")
    look(ready, paper)
    step = Step.objects.get(key="server:web-1")
    assert (step.state, step.told) == ("failed", False)
    assert paper.calls["undo server:web-1"] == 0
    paper.things[server.id] = server
    look(ready, paper)
    step.refresh_from_db()
    assert (step.state, step.incarnation) == ("ready", 1)


def test_what_was_never_active_is_made_again_three_times_then_named(paper):
    plan = make_plan()
    made = []

    def break_servers(name: str) -> None:
        for thing in paper.of("server"):
            thing.status = "ERROR"
            made.append(thing.id)

    paper.on_call = break_servers
    paper.instant = False
    engine.advance(site(paper))
    for volume in paper.of("volume"):
        volume.status = "ACTIVE"
    carry_out(paper)
    step = plan.steps.get(key="server:web-1")
    assert (step.state, step.failure) == ("failed", "no_valid_host")
    assert (step.incarnation, said_of_trouble(step).tried) == (4, "Tried 4 times")
    assert len(set(made)) == 4
    assert len(paper.of("server")) == 1


def test_tried_again_after_a_loss_it_is_made_anew_and_attached_again(ready, paper):
    look(ready, paper)
    lose(paper, "server")
    look(ready, paper)
    let_pass(61)
    paper.full_at = datetime.now(UTC)
    engine.advance(site(paper))
    volume = Step.objects.get(key="volume:web-1").external_id
    Step.objects.filter(key="server:web-1").update(due_at=ready.created_at)
    Plan.objects.update(due_at=ready.created_at)
    carry_out(paper)
    assert set(states(ready).values()) == {"ready"}
    steps = {step.key: step for step in Step.objects.all()}
    assert steps["server:web-1"].incarnation == steps["attachment:web-1"].incarnation == 2
    assert steps["volume:web-1"].external_id == volume
    assert len(paper.of("server")) == 1


def test_what_ran_once_unseen_and_went_to_error_is_not_made_again(paper, ready):
    Step.objects.filter(key="server:web-1").update(was_active=False, state="running")
    verdict = judge(Step.objects.get(key="server:web-1"), Missing("in ERROR", errored=True, ran=True), timezone.now())
    assert (verdict.fields["state"], verdict.fields["was_active"]) == ("failed", True)
