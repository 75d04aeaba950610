"""The tables of moves, walked whole."""

from contextlib import nullcontext
from itertools import product

import pytest

from projects.errors import IllegalMove
from projects.states import (
    DESIRED_MOVES,
    REQUEST_MOVES,
    TICKET_MOVES,
    Desired,
    RequestState,
    TicketState,
    ensure_move,
)

TABLES = [(REQUEST_MOVES, RequestState), (TICKET_MOVES, TicketState), (DESIRED_MOVES, Desired)]
PAIRS = [(table, was, now) for table, states in TABLES for was, now in product(states, states)]


@pytest.mark.parametrize(("table", "was", "now"), PAIRS, ids=lambda value: str(value)[:12])
def test_only_listed_moves_pass(table, was, now):
    with nullcontext() if (was, now) in table else pytest.raises(IllegalMove, match=was.words):
        ensure_move(table, was, now)


@pytest.mark.parametrize(
    ("table", "states", "final"),
    [
        (REQUEST_MOVES, RequestState, {"approved", "declined", "withdrawn", "lapsed"}),
        (TICKET_MOVES, TicketState, {"closed"}),
        (DESIRED_MOVES, Desired, {"absent"}),
    ],
    ids=["request", "ticket", "desired"],
)
def test_what_is_final_moves_no_more(table, states, final):
    assert {state.value for state in states if not any(was is state for was, _ in table)} == final
