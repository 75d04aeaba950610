"""Actions on servers: called once, looked at afterwards, never repeated."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from provisioning import engine
from provisioning.engine import Actions
from provisioning.engine.calls import answered
from provisioning.engine.lease import claim
from provisioning.engine.orders import Orders
from provisioning.engine.pause import pause
from provisioning.engine.site import Clock
from provisioning.engine.unit import Unit
from provisioning.engine.verdict import Verdict
from provisioning.errors import Broken, Busy, Rejected
from provisioning.models import Action, Deployment, Plan, Step, Watch
from provisioning.states import ActionState, IllegalMove, StepState
from tests.engine.paper import Paper, site
from tests.engine.specs import CI
from tests.engine.world import let_pass, make_plan


class Machine:
    """What the verbs do on paper; it begins to show when it is told to."""

    def __init__(self, paper: Paper) -> None:
        self.paper, self.calls, self.shows, self.error, self.answer = paper, [], False, None, False

    def perform(self, cloud: Paper, order, seen) -> bool:
        self.calls.append((order.verb, order.target, dict(order.args)))
        if self.error:
            raise self.error
        return self.answer

    def done(self, order, before, seen) -> bool:
        assert before["id"] == seen.id == order.target
        return self.shows


@pytest.fixture
def machine(paper):
    return Machine(paper)


@pytest.fixture
def action(paper) -> Action:
    make_plan()
    engine.advance(site(paper))
    step = Step.objects.get(key="server:web-1")
    Plan.objects.update(due_at=step.ended_at)
    return Action.objects.create(plan=step.plan, step=step, verb="reboot", args={"type": "SOFT"})


def go_on(paper, machine, seconds: float = 5) -> Action:
    engine.advance(site(paper, actions=Actions(machine.perform, machine.done)))
    let_pass(seconds)
    return Action.objects.get()


def test_what_no_table_lists_is_not_written(paper, action):
    step, at = Step.objects.get(key="volume:web-1"), action.asked_at
    Action.objects.update(state="called", called_at=at)
    plan, lease = claim("paper", 1)[0]
    unit = Unit(site(paper), Deployment.objects.get().id, plan, lease, Clock())
    unit.load()
    orders = Orders(unit, Actions(lambda: None, lambda: True))
    orders.load()
    orders._end(orders.open[0], ActionState.DONE, "")
    with pytest.raises(IllegalMove, match="done to called"):
        orders._write(Action.objects.get(), state=ActionState.CALLED)
    with pytest.raises(IllegalMove, match="ready to waiting"):
        unit.write(step, Verdict({"state": StepState.WAITING}))
    assert (Action.objects.get().state, Step.objects.get(pk=step.pk).state) == ("done", "ready")


def test_it_is_called_once_and_done_when_it_shows(paper, machine, action):
    for _ in range(3):
        assert go_on(paper, machine).state == "called"
    assert machine.calls == [("reboot", paper.of("server")[0].id, {"type": "SOFT"})]
    machine.shows = True
    done = go_on(paper, machine)
    assert (done.state, len(machine.calls)) == ("done", 1)
    assert Plan.objects.get().due_at is None


def test_a_clear_no_is_the_end(paper, machine, action):
    machine.error = Rejected("The server is locked.")
    refused = go_on(paper, machine)
    assert (refused.state, refused.words) == ("refused", "The server is locked.")


def test_an_unclear_answer_is_looked_at_and_given_up_never_repeated(paper, machine, action):
    machine.error = Busy("timed out", unavailable=True)
    assert go_on(paper, machine).state == "called"
    assert go_on(paper, machine).state == "called"
    Action.objects.update(called_at=Plan.objects.get().created_at - timedelta(minutes=11))
    assert go_on(paper, machine).state == "unknown"
    assert len(machine.calls) == 1


def test_one_that_was_in_the_air_when_the_worker_died_is_not_repeated(paper, machine, action):
    action.state, action.called_at = "called", Plan.objects.get().created_at
    action.before = {"id": paper.of("server")[0].id}
    action.save()
    machine.shows = True
    assert go_on(paper, machine).state == "done"
    assert machine.calls == []


def test_it_makes_no_sense_for_a_server_that_is_not_there(paper, machine, action):
    Step.objects.filter(key="server:web-1").update(state="failed", failure="lost")
    assert go_on(paper, machine).state == "refused"
    assert machine.calls == []


def test_where_servers_do_not_answer_it_waits_and_is_not_called(paper, machine, action):
    until = datetime.now(UTC) + timedelta(seconds=25)
    Watch.objects.update(breakers={"compute": {"failures": 3, "closed_until": until.isoformat()}})
    waiting = go_on(paper, machine, 30)
    assert (waiting.state, machine.calls) == ("asked", [])
    assert "does not answer" in waiting.words
    assert go_on(paper, machine).state == "called"
    assert len(machine.calls) == 1


def test_one_that_was_surely_not_called_is_called_later(paper, machine, action):
    plan, lease = claim("paper", 1)[0]
    unit = Unit(site(paper), Deployment.objects.get().id, plan, lease, Clock())
    unit.load()
    unit.watch(paper.look())
    orders = Orders(unit, Actions(machine.perform, machine.done))
    orders.load()
    call = next(orders.launch(lambda _: None))
    lease.forget()
    orders.land(call.key, answered(call.run))
    assert (Action.objects.get().state, machine.calls) == ("asked", [])


@pytest.mark.parametrize("failure", ["upstream_bug", "no_valid_host", "quota"])
def test_a_server_in_error_or_whose_change_was_refused_may_be_told_what_to_do(paper, machine, action, failure):
    broken = {"state": "failed", "failure": failure, "was_active": True}
    Step.objects.filter(key="server:web-1").update(**broken)
    paper.of("server")[0].status = "ERROR"
    assert go_on(paper, machine).state == "called"


@pytest.fixture
def build(paper) -> Action:
    """A build of a CI job, asked for."""
    made = make_plan(**CI)
    engine.advance(site(paper))
    step = made.steps.get(key="job:fastcodec")
    Plan.objects.update(due_at=step.ended_at)
    return Action.objects.create(plan=made, step=step, verb="build")


def test_a_build_is_done_once_jenkins_has_taken_it(paper, machine, build):
    machine.answer = True
    assert go_on(paper, machine).state == "done"
    assert machine.calls == [("build", build.step.external_id, {})]


def test_a_build_that_may_have_been_taken_is_never_asked_for_twice(paper, machine, build):
    machine.error = Busy("timed out", unavailable=True, system="jenkins")
    assert go_on(paper, machine).state == "called"
    machine.error = None
    Action.objects.update(called_at=datetime.now(UTC) - timedelta(seconds=90))
    unclear = go_on(paper, machine)
    assert (unclear.state, len(machine.calls)) == ("unknown", 1)
    assert "Nothing shows whether it did" in unclear.words


def test_a_build_needs_no_look_at_the_cloud(paper, machine, build):
    machine.answer = True

    def silent():
        raise Busy("the cloud does not answer", unavailable=True)

    engine.advance(replace(site(paper, actions=Actions(machine.perform, machine.done)), look=silent))
    assert Action.objects.get().state == "done"


def test_a_build_waits_while_jenkins_is_left_alone(paper, machine, build):
    pause("jenkins", Broken("the token is wrong", system="jenkins"))
    waiting = go_on(paper, machine)
    assert (waiting.state, machine.calls) == ("asked", [])
    assert "Jenkins cannot be used" in waiting.words
