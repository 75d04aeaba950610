"""Access requests: from a draft to a decision. Everything here runs in one transaction and writes its own audit."""

from projects.services.requests.approval import approve_request
from projects.services.requests.changes import request_change
from projects.services.requests.decisions import (
    answer_request,
    claim_request,
    decline_request,
    lapse_requests,
    return_request,
    unclaim_request,
    withdraw_request,
)
from projects.services.requests.drafts import adopt_draft, begin_draft, forget_old_drafts, save_draft, set_parts
from projects.services.requests.parts import PartAsked
from projects.services.requests.submission import ask_again, submit_request

__all__ = [
    "PartAsked",
    "adopt_draft",
    "answer_request",
    "approve_request",
    "ask_again",
    "begin_draft",
    "claim_request",
    "decline_request",
    "forget_old_drafts",
    "lapse_requests",
    "request_change",
    "return_request",
    "save_draft",
    "set_parts",
    "submit_request",
    "unclaim_request",
    "withdraw_request",
]
