"""Facts of GitHub, asked of the simulated one over HTTP."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal import lookups
from portal.github import BUDGET, Answer, NoAnswer, login_facts, repository_facts
from projects.models import Lookup
from projects.policies import Mark
from projects.review import check_of_repository, checks_of
from projects.services.lookups import (
    ask_keys,
    ask_login,
    ask_repository,
    due_lookups,
    forget_old_lookups,
    record_answer,
)
from projects.services.requests import ask_again
from projects.states import LookupKind, LookupState
from tests.factories import SubmittedRequestFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub(github, settings):
    settings.GITHUB_URL = github.url
    settings.GITHUB_API_URL = f"{github.url}/api/v3"
    settings.GITHUB_TOKEN = ""
    return github


def age(**by):
    Lookup.objects.update(asked_at=timezone.now() - timedelta(**by), answered_at=timezone.now() - timedelta(**by))


def paths(hub):
    return [call["path"] for call in hub.calls()["calls"]]


def answered(lookup):
    lookups.answer_due()
    lookup.refresh_from_db()
    return lookup


def test_a_login_has_a_number(hub):
    lookup = answered(ask_login("Ada-Porter"))
    assert lookup.status is LookupState.FOUND
    assert lookup.answer["login"] == "ada-porter"
    assert lookup.answer["id"] > 0


def test_an_absent_login_is_absent(hub):
    assert answered(ask_login("nobody-of-this-name")).status is LookupState.ABSENT


def test_keys_come_with_the_number_of_their_owner(hub):
    lookup = answered(ask_keys("ada-porter"))
    assert lookup.answer["id"] == answered(ask_login("ada-porter")).answer["id"]
    assert {key.split()[0] for key in lookup.answer["keys"]} >= {"ssh-ed25519"}


def test_a_repository_tells_its_licence_and_whether_it_lives(hub):
    answer = answered(ask_repository("ada-porter/fastcodec")).answer
    assert (answer["licence"], answer["archived"]) == ("Apache-2.0", False)
    assert answered(ask_repository("ada-porter/old-decoder")).answer["archived"] is True
    assert answered(ask_repository("ben-builder/scratchpad")).answer["licence"] == ""


def test_a_renamed_repository_is_found_where_it_is_now(hub):
    assert answered(ask_repository("ada-porter/quickcodec")).answer["full_name"] == "ada-porter/fastcodec"


def test_a_blocked_repository_is_as_good_as_absent(hub):
    assert answered(ask_repository("eve-outsider/taken-down")).status is LookupState.ABSENT


def test_an_absent_repository_is_absent(hub):
    assert answered(ask_repository("nobody/nothing")).status is LookupState.ABSENT


def test_an_answer_is_fresh_for_a_day_and_then_asked_by_its_tag(hub):
    lookup = answered(ask_login("ada-porter"))
    assert ask_login("ada-porter").status is LookupState.FOUND
    assert lookups.answer_due() == 0
    age(hours=25)
    assert ask_login("ada-porter").status is LookupState.ASKED
    again = answered(lookup)
    assert (again.status, again.answer) == (LookupState.FOUND, lookup.answer)
    assert [call["status"] for call in hub.calls()["calls"]] == [200, 304]


def test_an_open_requests_repository_is_asked_about_again_and_not_checked_once_a_day_has_gone(hub, clock):
    url = f"{hub.url}/ada-porter/fastcodec"
    SubmittedRequestFactory(repository_url=url, state="declined")
    answered(ask_repository("ada-porter/fastcodec"))
    age(hours=25)
    assert ask_again(now=timezone.now()) == 0, "nobody decides about it any more"
    waiting = SubmittedRequestFactory(repository_url=url)
    assert check_of_repository(waiting).mark is Mark.UNKNOWN
    assert Mark.UNKNOWN in {check.mark for check in checks_of(waiting)}
    hub.fault(method="GET", path="/api/v3", status=500, times=1)
    assert ask_again(now=timezone.now()) == 1
    assert ask_again(now=timezone.now()) == 0
    lookups.answer_due()
    assert check_of_repository(waiting).mark is Mark.UNKNOWN
    Lookup.objects.update(answered_at=timezone.now() - timedelta(minutes=5))
    lookups.answer_due()
    assert check_of_repository(waiting).mark is Mark.OK


def test_what_fails_is_not_checked_and_tried_again_with_growing_pauses(hub):
    hub.fault(method="GET", path="/api/v3", status=500)
    lookup = answered(ask_login("ada-porter"))
    assert (lookup.status, lookup.tries) == (LookupState.FAILED, 1)
    assert lookup.reason
    assert due_lookups(timezone.now()) == []
    assert due_lookups(timezone.now() + timedelta(seconds=61)) == [lookup]
    record_answer(lookup=lookup, state=LookupState.FAILED, now=timezone.now())
    assert due_lookups(timezone.now() + timedelta(seconds=61)) == []
    hub.heal()
    age(minutes=5)
    assert answered(lookup).status is LookupState.FOUND


def test_a_cut_connection_is_no_answer(hub):
    hub.fault(method="GET", path="/api/v3", cut="before")
    assert answered(ask_login("ada-porter")).status is LookupState.FAILED


def test_a_slow_answer_is_given_up_after_the_timeout(hub, settings):
    settings.GITHUB_TIMEOUT = 0.2
    hub.fault(method="GET", path="/api/v3", delay=1.5, times=1)
    assert answered(ask_login("ada-porter")).status is LookupState.FAILED


def test_the_budget_is_shared_and_kept(hub):
    answered(ask_login("ada-porter"))
    key = f"github:calls:{int(timezone.now().timestamp() // 3600)}"
    assert cache.get(key) == 1
    cache.set(key, BUDGET)
    lookup = answered(ask_login("ben-builder"))
    assert lookup.status is LookupState.FAILED
    assert "limit" in lookup.reason
    assert len(paths(hub)) == 1


def test_where_github_refuses_for_the_number_of_calls_it_is_left_alone(hub):
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(timezone.now().timestamp()) + 600)}
    hub.fault(method="GET", path="/api/v3", status=403, headers=headers, times=1)
    answered(ask_login("ada-porter"))
    answered(ask_login("ben-builder"))
    assert len(paths(hub)) == 1


def test_only_the_configured_host_is_asked(hub, jenkins):
    hub.fault(method="GET", path="/api/v3", status=301, headers={"Location": f"{jenkins.url}/login"}, times=1)
    lookup = answered(ask_login("ada-porter"))
    assert (lookup.status, "another host" in lookup.reason) == (LookupState.FAILED, True)
    assert jenkins.calls()["calls"] == []


@pytest.mark.parametrize(
    "name", ["../../users/ada-porter", "a/b/../../c", "a", "a/b?x=1", "a/b#c", "-a/b", "a/..", "@x/y"]
)
def test_what_is_no_repository_is_never_asked(hub, name):
    assert repository_facts(name).facts is None
    assert paths(hub) == []


def test_a_circle_of_addresses_ends(hub):
    hub.fault(method="GET", path="/api/v3", status=302, headers={"Location": "/api/v3/users/ada-porter"}, times=None)
    with pytest.raises(NoAnswer, match="from one address to the next"):
        repository_facts("ada-porter/anything")
    assert len(paths(hub)) == 3


def test_an_answer_that_cannot_be_kept_does_not_stop_the_rest(hub, monkeypatch):
    strange, next_one = ask_login("strange-one"), ask_login("ada-porter")
    ask = lookups.ASK[LookupKind.LOGIN]
    told = Answer({"id": 2**70, "login": "nul\x00"})
    monkeypatch.setitem(lookups.ASK, LookupKind.LOGIN, lambda row: told if row.pk == strange.pk else ask(row))
    assert answered(next_one).status is LookupState.FOUND
    strange.refresh_from_db()
    assert (strange.status, strange.reason) == (LookupState.FAILED, "GitHub's answer was not understood.")


def test_what_nobody_asks_about_any_more_is_forgotten(clock):
    ask_login("ada-porter")
    assert forget_old_lookups(now=clock.now + timedelta(days=179)) == 0
    assert forget_old_lookups(now=clock.now + timedelta(days=181)) == 1


def test_the_command_prints_what_the_settings_take(hub, capsys):
    call_command("github_id", "Ada-Porter")
    assert capsys.readouterr().out.strip() == f"ada-porter:{login_facts('ada-porter').facts['id']}"
    with pytest.raises(CommandError, match="no account"):
        call_command("github_id", "nobody-of-this-name")
