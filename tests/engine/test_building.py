"""From a plan to things that stand, once each, and back to nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from provisioning import engine, secrets
from provisioning.errors import Broken, Busy, Failure, Gone, Rejected
from provisioning.models import Plan, Secret, Step, Watch
from provisioning.secrets import reveal
from provisioning.states import StepState
from tests.engine.paper import site
from tests.engine.specs import a_server
from tests.engine.world import carry_out, let_pass, make_plan, rewrite, states

ALL_READY = {"ready"}


def test_a_plan_is_built_in_one_pass_and_nothing_twice(paper):
    plan = make_plan()
    engine.advance(site(paper))
    assert set(states(plan).values()) == ALL_READY
    assert len(paper.of("server")) == len(paper.of("volume")) == len(paper.of("project")) == 1
    assert max(paper.calls[name] for name in paper.calls if name.startswith("ensure")) == 1
    plan.refresh_from_db()
    assert (plan.due_at, plan.lease_until, plan.settled) == (None, None, False)


def test_needs_come_first(paper):
    make_plan()
    engine.advance(site(paper))
    at = {name.removeprefix("ensure "): n for n, name in enumerate(paper.order)}
    for step in Step.objects.all():
        assert all(at[need] < at[step.key] for need in step.needs), step.key


def test_what_is_being_built_is_looked_at_later_and_holds_nobody_up(paper):
    paper.instant = False
    plans = [make_plan(), make_plan()]
    engine.advance(site(paper))
    assert [states(plan)["volume:web-1"] for plan in plans] == ["running", "running"]
    assert Plan.objects.filter(due_at__isnull=False, lease_until__isnull=True).count() == 2
    for volume in paper.of("volume"):
        volume.status = "ACTIVE"
    let_pass(10)
    engine.advance(site(paper))
    assert [states(plan)["server:web-1"] for plan in plans] == ["running", "running"]


def test_a_pass_without_due_work_calls_nothing(paper):
    make_plan()
    engine.advance(site(paper))
    before = dict(paper.calls)
    assert engine.advance(site(paper)) == 0
    assert dict(paper.calls) == before


def test_all_is_taken_back_volumes_after_servers_and_the_door_last(paper):
    plan = make_plan()
    engine.advance(site(paper))
    paper.order.clear()
    rewrite(plan, desired="absent")
    carry_out(paper)
    assert set(states(plan).values()) == {"undone"}
    assert paper.things == {}
    first = {name.removeprefix("undo "): paper.order.index(name) for name in reversed(paper.order)}
    for before, after in (
        ("attachment:web-1", "server:web-1"), ("server:web-1", "volume:web-1"), ("volume:web-1", "purge"),
        ("purge", "role"), ("role", "user"), ("server:web-1", "quota:compute"), ("user", "project"),
    ):  # fmt: skip
        assert first[before] < first[after], (before, after)


def test_what_never_began_is_taken_back_without_a_call(paper):
    plan = make_plan()
    rewrite(plan, desired="absent")
    engine.advance(site(paper))
    assert set(states(plan).values()) == {"undone"}
    assert not paper.calls


def test_a_smaller_grant_takes_one_server_away_and_leaves_the_other(paper):
    plan = make_plan(servers=(a_server("web-1"), a_server("web-2")))
    engine.advance(site(paper))
    kept = Step.objects.get(key="server:web-1").external_id
    rewrite(plan, servers=(a_server("web-1"),))
    carry_out(paper)
    assert [thing.id for thing in paper.of("server")] == [kept]
    assert len(paper.of("volume")) == 1
    assert states(plan)["server:web-2"] == "undone"


def test_a_quota_is_lowered_only_when_what_used_it_is_gone(paper):
    plan = make_plan(servers=(a_server("web-1"), a_server("web-2")))
    engine.advance(site(paper))
    paper.order.clear()
    rewrite(plan, servers=(a_server("web-1"),))
    carry_out(paper)
    order = paper.order
    assert order.index("ensure quota:compute") > max(n for n, name in enumerate(order) if name == "undo server:web-2")


def test_what_is_new_is_made_when_what_it_replaces_is_gone(paper):
    """The quota has no room for both: nothing new may be tried before."""
    plan = make_plan(servers=(a_server("web-1"), a_server("web-2")))
    engine.advance(site(paper))
    paper.order.clear()
    rewrite(plan, servers=(a_server("web-1"), a_server("db-1")))
    engine.advance(site(paper))
    assert not [name for name in paper.order if name in {"ensure volume:db-1", "ensure server:db-1"}]
    assert Step.objects.get(key="volume:db-1").words == "waits until the volume that is no longer wanted is gone"
    carry_out(paper)
    for kind in ("volume", "server"):
        gone = max(n for n, name in enumerate(paper.order) if name == f"undo {kind}:web-2")
        assert paper.order.index(f"ensure {kind}:db-1") > gone, kind
    assert {step.state for step in plan.steps.filter(wanted=True)} == ALL_READY
    assert not plan.steps.exclude(words="").exists()


def test_a_line_for_another_has_its_group_made_last(paper):
    plan = make_plan(servers=(a_server("web-1"),))
    engine.advance(site(paper))
    paper.order.clear()
    rewrite(plan, servers=(a_server("db-1"),))
    carry_out(paper)
    assert paper.order.index("ensure group:db") > paper.order.index("undo group:web")
    assert {thing.want["group"] for thing in paper.of("server")} == {"group:db"}


def test_what_failed_before_it_was_made_waits_for_the_room_too(paper):
    plan = make_plan(servers=(a_server("web-1"), a_server("web-2")))
    paper.wrong["ensure volume:web-1"] = [Rejected("too many volumes", code=Failure.QUOTA)]
    carry_out(paper)
    assert states(plan)["volume:web-1"] == "failed"
    paper.order.clear()
    rewrite(plan, servers=(a_server("web-1"), a_server("db-1")))
    carry_out(paper)
    last = max(n for n, name in enumerate(paper.order) if name == "undo volume:web-2")
    assert paper.order.index("ensure volume:web-1") > last


def test_what_stands_grows_when_what_leaves_is_gone(paper):
    plan = make_plan(servers=(a_server("web-1"), a_server("web-2", volume_gib=20)))
    engine.advance(site(paper))
    paper.order.clear()
    rewrite(plan, servers=(a_server("web-1", volume_gib=20), a_server("db-1")))
    carry_out(paper)
    last = max(n for n, name in enumerate(paper.order) if name == "undo volume:web-2")
    assert paper.order.index("ensure volume:web-1") > last


def test_wanted_again_it_is_the_next_incarnation_under_another_tag(paper):
    two, one = (a_server("web-1"), a_server("web-2")), (a_server("web-1"),)
    plan = make_plan(servers=two)
    engine.advance(site(paper))
    tags = {thing.tag for thing in paper.of("server")}
    for servers in (one, two):
        rewrite(plan, servers=servers)
        carry_out(paper)
    assert Step.objects.get(key="server:web-2").incarnation == 2
    assert len({thing.tag for thing in paper.of("server")} - tags) == 1


def test_rejected_is_a_persons_and_stays_until_tried_again(paper):
    plan = make_plan()
    paper.wrong["ensure server:web-1"] = [Rejected("no such image", code=Failure.MISMATCH)]
    carry_out(paper)
    step = Step.objects.get(key="server:web-1")
    assert (step.state, step.failure, step.who, step.words, step.told) == (
        "failed", "mismatch", "you", "no such image", False,
    )  # fmt: skip
    assert states(plan)["attachment:web-1"] == "waiting"
    Step.objects.filter(pk=step.pk).update(due_at=plan.created_at)
    Plan.objects.update(due_at=plan.created_at)
    carry_out(paper)
    assert set(states(plan).values()) == ALL_READY


def test_busy_is_tried_again_later_and_later(paper):
    plan = make_plan()
    paper.wrong["ensure project"] = [Busy("overloaded"), Busy("overloaded", retry_after=120), Busy("overloaded")]
    waits = []
    for _ in range(3):
        engine.advance(site(paper))
        plan.refresh_from_db()
        step = Step.objects.get(key="project")
        assert step.due_at == plan.due_at
        waits.append((step.due_at - step.called_at).total_seconds())
        let_pass(waits[-1] + 1)
    assert waits[0] <= 2.1
    assert waits[1] >= 120
    engine.advance(site(paper))
    assert set(states(plan).values()) == ALL_READY


def test_a_call_cut_after_its_effect_makes_no_twin(paper):
    plan = make_plan()
    paper.cut = {"project", "volume", "server"}
    carry_out(paper)
    assert set(states(plan).values()) == ALL_READY
    assert len(paper.of("server")) == len(paper.of("volume")) == len(paper.of("project")) == 1


def test_gone_is_success_for_an_undo_and_no_end_for_the_rest(paper):
    plan = make_plan()
    engine.advance(site(paper))
    rewrite(plan, desired="absent")
    paper.wrong["undo attachment:web-1"] = [Gone("no such attachment")]
    carry_out(paper)
    assert set(states(plan).values()) == {"undone"}


def test_a_broken_set_up_pauses_the_cloud_and_then_goes_on(paper):
    plans = [make_plan(), make_plan()]
    paper.wrong["ensure project"] = [Broken("the password is wrong")]
    engine.advance(site(paper))
    watch = Watch.objects.get(cloud="paper")
    assert watch.paused_words == "the password is wrong"
    assert watch.paused_until is not None
    assert (watch.trouble, watch.troubled_at is None) == (watch.paused_words, False)
    before = dict(paper.calls)
    assert engine.advance(site(paper)) == 0
    assert dict(paper.calls) == before
    carry_out(paper)
    assert {state for plan in plans for state in states(plan).values()} == ALL_READY


def test_a_bug_in_one_step_is_named_by_its_place_and_stops_nobody_else(paper):
    struck, other = make_plan(servers=(a_server("db-1"),)), make_plan()
    paper.wrong["ensure volume:db-1"] = [ZeroDivisionError("secret in the text")]
    engine.advance(site(paper))
    step = struck.steps.get(key="volume:db-1")
    assert (step.failure, step.state, step.who) == ("bug", "running", "lab")
    assert step.place.startswith("tests/engine/paper.py:")
    assert "secret" not in step.words
    assert set(states(other).values()) == ALL_READY


def test_a_service_that_does_not_answer_is_left_alone_the_rest_goes_on(paper, settings):
    settings.ENGINE_UNITS = 1
    plans = [make_plan(servers=(a_server("web-1"),)) for _ in range(6)]
    paper.wrong["ensure quota:volume"] = [Busy("timed out", unavailable=True) for _ in range(9)]
    engine.advance(site(paper))
    assert paper.calls["ensure quota:volume"] == settings.ENGINE_BREAKER_FAILURES
    assert [states(plan)["group:web"] for plan in plans] == ["ready"] * 6
    assert Watch.objects.get(cloud="paper").breakers["volume"]["failures"] == settings.ENGINE_BREAKER_FAILURES
    del paper.wrong["ensure quota:volume"]
    let_pass(60)
    engine.advance(site(paper))
    assert {state for plan in plans for state in states(plan).values()} == ALL_READY


def test_in_maintenance_nothing_new_is_made_the_rest_goes_on(paper):
    paper.instant = False
    begun = make_plan()
    engine.advance(site(paper))
    new = make_plan()
    for volume in paper.of("volume"):
        volume.status = "ACTIVE"
    let_pass(10)
    engine.advance(site(paper, creates_allowed=False))
    assert states(begun)["volume:web-1"] == "ready"
    assert set(states(new).values()) == {"waiting"}
    assert "maintenance" in new.steps.get(key="project").words
    paper.instant = True
    let_pass(60)
    carry_out(paper)
    assert states(new)["server:web-1"] == "ready"


def test_secrets_are_stored_before_they_are_sent_and_are_what_was_sent(paper):
    plan = make_plan(kind="cloud", servers=(), flavors=(("p9", "f9"),))
    stored = []
    paper.on_call = stored.append
    engine.advance(site(paper))
    rows = {row.name: row for row in Secret.objects.filter(plan=plan)}
    assert {(row.name, row.audience) for row in rows.values()} == {("user", "worker"), ("credential", "shown")}
    assert len(reveal(rows["user"])) >= 40
    assert reveal(rows["user"]) not in rows["user"].ciphertext


def test_a_secret_is_shown_once_and_forgotten_when_nobody_looks(paper):
    plan = make_plan(kind="cloud", servers=())
    engine.advance(site(paper))
    now = timezone.now()
    assert secrets.erase_unseen(now + timedelta(days=13)) == 0
    secret = secrets.reveal(Secret.objects.get(name="credential"))
    assert secrets.show_once(plan, "credential") == secret
    assert secrets.show_once(plan, "credential") is None
    secrets.make(plan.pk, "credential")
    assert secrets.erase_unseen(now + timedelta(days=15)) == 1
    assert secrets.show_once(plan, "credential") is None
    assert set(secrets.known(plan)) == {"user"}


def test_another_credential_is_another_incarnation_with_another_secret(paper):
    wanted = {"kind": "cloud", "servers": ()}
    plan = make_plan(**wanted)
    engine.advance(site(paper))
    first = reveal(Secret.objects.get(plan=plan, name="credential"))
    rewrite(plan, **wanted, credential_turn=2)
    carry_out(paper)
    step = plan.steps.get(key="credential")
    assert (step.state, step.incarnation) == (StepState.READY, 2)
    assert reveal(Secret.objects.get(plan=plan, name="credential")) != first
    assert len(paper.of("credential")) == 1


def test_the_engine_refuses_a_restored_copy(paper, settings):
    make_plan()
    settings.PORTAL_DEPLOYMENT = None
    with pytest.raises(engine.NotThisDeployment):
        engine.advance(site(paper))
    assert not paper.calls
