"""Who may do what, and what the lab checks."""

from dataclasses import dataclass
from itertools import product

import pytest

from projects.amounts import Amount
from projects.policies import (
    EVERYBODY,
    KEEPERS,
    MEMBERS_MAY,
    OWNERS,
    Mark,
    allowed,
    can_manage,
    can_review,
    check_licence,
    check_name,
    check_purpose,
    check_repository,
    check_stated_licence,
    needing_reason,
    within_limit,
)
from projects.states import LookupState, MemberRole


@dataclass(frozen=True)
class Somebody:
    pk: int = 1
    is_operator: bool = False
    is_staff: bool = False


@dataclass(frozen=True)
class Request:
    requester_id: int | None = None


ANYBODY = Somebody()
OPERATOR = Somebody(pk=2, is_operator=True)
STAFF = Somebody(pk=3, is_operator=True, is_staff=True)
# What product.md promises to each role, verb by verb.
PROMISED = {
    "see": EVERYBODY,
    "connect": EVERYBODY,
    "build": EVERYBODY,
    "leave": EVERYBODY,
    "act": KEEPERS,
    "console": KEEPERS,
    "tickets": KEEPERS,
    "request_change": KEEPERS,
    "members": OWNERS,
    "tokens": OWNERS,
    "credential": OWNERS,
    "renew": OWNERS,
    "release": OWNERS,
}


def test_every_verb_is_promised_to_somebody():
    assert set(PROMISED) == set(MEMBERS_MAY)


@pytest.mark.parametrize(("verb", "role"), list(product(PROMISED, [*MemberRole, None])))
def test_roles_may_what_was_promised(verb, role):
    assert can_manage(role, verb) is (role in PROMISED[verb])
    assert allowed(ANYBODY, role, verb) is (role in PROMISED[verb])
    assert allowed(STAFF, role, verb)
    assert allowed(OPERATOR, role, verb) is (role in PROMISED[verb] or verb in {"see", "tickets"})


def test_operators_delete_nobodys_data():
    assert not allowed(OPERATOR, None, "release")


@pytest.mark.parametrize(
    ("person", "requester", "may"),
    [
        (ANYBODY, 9, False),
        (ANYBODY, 1, False),
        (OPERATOR, 9, True),
        (OPERATOR, 2, False),
        (STAFF, 9, True),
        (STAFF, 3, True),
    ],
)
def test_who_reviews(person, requester, may):
    assert can_review(person, Request(requester)) is may


@pytest.mark.parametrize(
    ("person", "ram", "may"),
    [(ANYBODY, 1, False), (OPERATOR, 100, True), (OPERATOR, 101, False), (STAFF, 10**9, True)],
)
def test_the_limit_of_operators(person, ram, may):
    assert within_limit(person, Amount(ram_mib=ram), Amount(ram_mib=100)) is may


@pytest.mark.parametrize(
    ("licence", "mark"),
    [
        ("MIT", Mark.OK),
        ("mit", Mark.OK),
        ("GPL-2.0+", Mark.OK),
        ("GPL-3.0-or-later", Mark.OK),
        ("education", Mark.OK),
        ("", Mark.BAD),
        ("Proprietary", Mark.BAD),
        ("CC-BY-NC-4.0", Mark.BAD),
        ("SSPL-1.0", Mark.BAD),
        ("BUSL-1.1", Mark.BAD),
        ("JSON", Mark.BAD),
        ("NOASSERTION", Mark.BAD),
        ("<script>", Mark.BAD),
    ],
)
def test_licences(licence, mark):
    assert check_licence(licence).mark is mark


def test_benchmarks_are_answered():
    check = check_purpose("benchmarking")
    assert check.mark is Mark.BAD
    assert "This is a shared cloud, results would mean nothing" in check.words
    assert check_purpose("ci").mark is Mark.OK
    assert check_purpose("mining").mark is Mark.BAD


@pytest.mark.parametrize(
    ("name", "state", "answer", "mark"),
    [
        (None, None, {}, Mark.UNKNOWN),
        ("a/b", None, {}, Mark.UNKNOWN),
        ("a/b", LookupState.ASKED, {}, Mark.UNKNOWN),
        ("a/b", LookupState.FAILED, {"archived": False}, Mark.UNKNOWN),
        ("a/b", LookupState.ABSENT, {}, Mark.BAD),
        ("a/b", LookupState.FOUND, {"archived": True}, Mark.BAD),
        ("a/b", LookupState.FOUND, {"disabled": True}, Mark.BAD),
        ("a/b", LookupState.FOUND, {"archived": False}, Mark.OK),
    ],
)
def test_repositories(name, state, answer, mark):
    check = check_repository(name, state, answer)
    assert check.mark is mark
    assert check.needs_reason is (mark is not Mark.OK)


@pytest.mark.parametrize(
    ("stated", "found", "mark"),
    [
        ("MIT", "MIT", Mark.OK),
        ("GPL-3.0-or-later", "GPL-3.0", Mark.OK),
        ("MIT", "Apache-2.0", Mark.WARN),
        ("MIT", "NOASSERTION", Mark.WARN),
        ("MIT", "", Mark.WARN),
    ],
)
def test_what_github_says_of_the_licence(stated, found, mark):
    assert check_stated_licence(stated, {"licence": found}).mark is mark


def test_names():
    taken = check_name("X", project_stands=True, own_project=False, others_open=0)
    own = check_name("X", project_stands=True, own_project=True, others_open=0)
    clash = check_name("X", project_stands=False, own_project=False, others_open=2)
    assert (taken.mark, own.mark, clash.mark) == (Mark.BAD, Mark.OK, Mark.WARN)
    assert needing_reason([taken, own, clash]) == [taken]
