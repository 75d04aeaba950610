"""How many REST calls somebody may make in an hour, and the headers that say so."""

from typing import TYPE_CHECKING, Any, Final

from werkzeug import Response

from simulators.github.cases import refused

if TYPE_CHECKING:
    from simulators.github.api import Caller
    from simulators.github.app import GitHub

WITH_TOKEN: Final = 5000
HOUR: Final = 3600


def count(app: "GitHub", caller: "Caller", *, free: bool, response: Response) -> Response | None:
    """Count the call and write the x-ratelimit headers on its answer; the refusal where nothing is left.

    `free` calls (304) cost nothing, as with the real one. Headers that a case has set stay.
    """
    budget = budget_of(app, caller)
    spent = not free and budget["used"] >= budget["limit"]
    if not free and not spent:
        budget["used"] += 1
    target = too_many(caller) if spent else response
    for name, value in headers(budget).items():
        target.headers.setdefault(name, value)
    return target if spent else None


def budget_of(app: "GitHub", caller: "Caller") -> dict[str, Any]:
    """The count of this hour, by account where a token was sent, else by address."""
    key = f"account {caller.account['id']}" if caller.account else f"address {caller.address}"
    budgets: dict[str, dict[str, Any]] = app.state["budgets"]
    known = budgets.get(key)
    if known is None or app.clock.now() >= known["reset"]:
        limit = WITH_TOKEN if caller.account else app.hourly
        known = budgets[key] = {"limit": limit, "used": 0, "reset": int(app.clock.now()) + HOUR}
    return known


def headers(budget: dict[str, Any]) -> dict[str, str]:
    """The five headers."""
    return {
        "x-ratelimit-limit": str(budget["limit"]),
        "x-ratelimit-remaining": str(budget["limit"] - budget["used"]),
        "x-ratelimit-used": str(budget["used"]),
        "x-ratelimit-reset": str(budget["reset"]),
        "x-ratelimit-resource": "core",
    }


def too_many(caller: "Caller") -> Response:
    """The refusal of a spent budget."""
    who = f"user ID {caller.account['id']}" if caller.account else caller.address
    return refused(f"API rate limit exceeded for {who}.", 403)
