"""Allocations: what a project holds, until when, and how it is given back."""

from projects.services.allocations.ending import expire_due, held_back, let_end, make_absent_due, mark_of
from projects.services.allocations.holding import (
    release_allocation,
    renew_allocation,
    resume_allocation,
    suggested_end,
    suspend_allocation,
)
from projects.services.allocations.seen import mark_phase, record_observed, record_observed_many

__all__ = [
    "expire_due",
    "held_back",
    "let_end",
    "make_absent_due",
    "mark_of",
    "mark_phase",
    "record_observed",
    "record_observed_many",
    "release_allocation",
    "renew_allocation",
    "resume_allocation",
    "suggested_end",
    "suspend_allocation",
]
