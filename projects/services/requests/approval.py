"""Approval: policy and capacity checked and committed in one transaction, one allocation for each approved part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from projects import policies
from projects.admission import Stock
from projects.amounts import NOTHING, Amount
from projects.capacity import PoolFigures
from projects.errors import Invalid
from projects.figures import PoolKey
from projects.grants import Grant
from projects.losses import losses
from projects.models import AccessRequest, Allocation, Part, Project, User
from projects.outlook import growth, operator_limit
from projects.policies import Check
from projects.review import checks_of
from projects.services.allocations.making import change_grant, make_allocation
from projects.services.capacity import locked_figures, require_room
from projects.services.hooks import allocation_changed
from projects.services.members import admit
from projects.services.projects import make_project
from projects.services.requests.decisions import require_reviewer
from projects.services.requests.moves import locked, move, tell_requester
from projects.services.requests.parts import Offer, check_grant
from projects.services.requests.submission import require_other_parts
from projects.services.tickets import say_in
from projects.states import REQUEST_MOVES, PartState, RequestState, TicketState, ensure_move
from projects.text import clean_text


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided about one part: a grant with its amount, or None with the reason."""

    part: Part
    grant: Grant | None
    amount: Amount
    reason: str
    gone: tuple[str, ...] = ()  # what of a standing allocation is deleted
    offer: Offer | None = None  # what a grant was held to

    @property
    def pool(self) -> PoolKey:
        """The pool that it takes from."""
        return PoolKey(self.part.cloud_id, self.part.generation_id)


@transaction.atomic
def approve_request(
    *,
    request: AccessRequest,
    by: User,
    grants: Mapping[Part, Grant | None],
    reasons: Mapping[Part, str] | None = None,
    note: str = "",
    seen_updated_at: datetime | None = None,
    override_reason: str = "",
) -> AccessRequest:
    """Approve each part with its grant (None declines it) and commit what that takes.

    A grant other than asked, and a declined part, need a reason in `reasons`; a check that is bad or not made, and
    figures of the cloud that are older than 10 minutes, need `override_reason`. Raises StalePage where the request
    changed since `seen_updated_at`, IllegalMove where it was decided already, NotAllowed beyond the operator limit and
    where an operator's decision would delete servers or volumes, DoesNotFit, StaleObservation, NameTaken, Invalid.
    """
    fresh = locked(request, seen_updated_at)
    ensure_move(REQUEST_MOVES, fresh.status, RequestState.APPROVED)
    require_reviewer(fresh, by)
    override = clean_text(override_reason, field="override_reason", longest=2000)
    verdicts = _verdicts(fresh, grants, reasons or {})
    _require_limit(by, verdicts)
    _require_staff_to_delete(by, verdicts)
    checks = _require_checks(fresh, verdicts, override)
    words = clean_text(note, field="note", longest=5000)
    told = _told(verdicts, words)
    # before the pools are locked: from then on every other approval on these clouds waits for this one
    _decide_parts(verdicts)
    say_in(fresh, by, told, TicketState.RESOLVED)
    figures = _require_room(fresh, verdicts, override)
    _carry_out(fresh, verdicts, by)
    facts = _facts(verdicts, checks, figures, override)
    decision = move(fresh, RequestState.APPROVED, by=by, note=words, facts=facts)
    tell_requester(fresh, decision, "approved", told)
    for cloud in {verdict.part.cloud.name for verdict in verdicts if verdict.grant}:
        allocation_changed.fire(cloud=cloud)
    return fresh


def _verdicts(fresh: AccessRequest, grants: Mapping[Part, Grant | None], reasons: Mapping[Part, str]) -> list[Verdict]:
    found, held = [], Grant.from_json(fresh.allocation.grant) if fresh.allocation else Grant()
    for part in fresh.parts.select_related("cloud", "generation").order_by("pk"):
        if part not in grants:
            raise Invalid("Decide each part: grant it, or decline it with a reason.", field=f"part-{part.pk}")
        reason = clean_text(reasons.get(part, ""), field=f"reason-{part.pk}", longest=2000)
        found.append(_verdict(part, grants[part], reason, held))
    if not any(verdict.grant for verdict in found):
        raise Invalid("Nothing is granted here; decline the request instead.", field="parts")
    return found


def _verdict(part: Part, grant: Grant | None, reason: str, held: Grant) -> Verdict:
    if grant != Grant.from_json(part.asked) and not reason:
        raise Invalid("Say why this is not what was asked for; the requester reads it.", field=f"reason-{part.pk}")
    if grant is None:
        return Verdict(part, None, NOTHING, reason)
    offer = Offer(part.cloud, part.generation)
    check_grant(part.kind, grant, offer, f"part-{part.pk}", held)
    return Verdict(part, grant, offer.amount(grant), reason, losses(held, grant), offer)


def _require_limit(by: User, verdicts: list[Verdict]) -> None:
    total, limit = sum((verdict.amount for verdict in verdicts), NOTHING), operator_limit()
    over = ", ".join(f"{name} by {figure:,}" for name, figure in total.over(limit).items())
    policies.require(
        policies.within_limit(by, total, limit), f"This is above what an operator may grant ({over}); ask staff."
    )


def _require_staff_to_delete(by: User, verdicts: list[Verdict]) -> None:
    gone = ", ".join(words for verdict in verdicts for words in verdict.gone)
    policies.require(policies.can_delete(by) or not gone, f"This deletes {gone}; staff must decide it.")


def _require_checks(fresh: AccessRequest, verdicts: list[Verdict], override: str) -> list[Check]:
    offers = [verdict.offer for verdict in verdicts if verdict.offer]
    stock = Stock(
        [flavor for offer in offers for flavor in offer.known.values()],
        [image for offer in offers for image in offer.images.values()],
    )
    checks = checks_of(fresh, {verdict.part: verdict.grant for verdict in verdicts}, stock)
    if (doubtful := policies.needing_reason(checks)) and not override:
        names = ", ".join(f"{check.title.lower()}: {check.mark.words.lower()}" for check in doubtful)
        raise Invalid(f"Give a reason to approve all the same ({names}).", field="override_reason")
    return checks


def _require_room(fresh: AccessRequest, verdicts: list[Verdict], override: str) -> dict[PoolKey, PoolFigures]:
    granted = [verdict for verdict in verdicts if verdict.grant is not None]
    figures = locked_figures({verdict.pool for verdict in granted})
    # read after the lock: what is held may have shrunk since the request was read
    held = Allocation.objects.get(pk=fresh.allocation_id) if fresh.allocation_id else None
    more: dict[PoolKey, Amount] = {}
    for verdict in granted:
        extra = growth(held, verdict.amount) if held else verdict.amount
        more[verdict.pool] = more.get(verdict.pool, NOTHING) + extra
    clouds = {verdict.part.cloud for verdict in granted}
    require_room(more, figures, clouds, timezone.now(), stale_allowed=bool(override))
    return figures


def _decide_parts(verdicts: list[Verdict]) -> None:
    for verdict in verdicts:
        part = verdict.part
        part.state = PartState.APPROVED if verdict.grant else PartState.DECLINED
        part.granted = verdict.grant.as_json() if verdict.grant else None
        part.reason = verdict.reason
        part.save(update_fields=["state", "granted", "reason"])


def _carry_out(fresh: AccessRequest, verdicts: list[Verdict], by: User) -> None:
    granted = [(verdict.part, verdict.grant, verdict.amount) for verdict in verdicts if verdict.grant]
    if fresh.allocation is not None:
        for _, grant, amount in granted:
            change_grant(fresh.allocation, grant.lasting, amount, by=by)
        return
    if fresh.project is not None:  # another of its keepers may have been given the same meanwhile
        require_other_parts(fresh.project, [part for part, _, _ in granted])
    project: Project = fresh.project or make_project(fresh, by=by)
    fresh.project = project
    for part, grant, amount in granted:
        make_allocation(fresh, project, part, grant.lasting, amount, by=by)
    _admit(project, [grant for _, grant, _ in granted], by)


def _admit(project: Project, grants: Iterable[Grant], by: User) -> None:
    """Who is to build in the project's CI belongs to the project."""
    logins = [login for grant in grants if grant.ci for login in grant.ci.logins]
    known = {one.casefold() for one in project.members.values_list("github_login", flat=True)} if logins else set()
    for login in logins:
        if login.casefold() not in known:
            known.add(login.casefold())
            admit(project=project, by=by, login=login)


def _facts(
    verdicts: list[Verdict], checks: list[Check], figures: Mapping[PoolKey, PoolFigures], override: str
) -> dict[str, Any]:
    """What the decision was taken on, kept for whoever asks later."""
    return {
        "parts": {
            str(verdict.part.pk): {
                "amount": verdict.amount.as_json(),
                "reason": verdict.reason,
                "deleted": list(verdict.gone),
            }
            for verdict in verdicts
            if verdict.grant
        },
        "checks": {check.key: check.mark.value for check in checks},
        "override_reason": override,
        "free_before": {
            str(verdict.part.pk): figures[verdict.pool].free.as_json() for verdict in verdicts if verdict.grant
        },
    }


def _told(verdicts: list[Verdict], note: str) -> str:
    """What the requester reads."""
    lines = [note] if note else []
    for verdict in verdicts:
        what = f"{verdict.part.get_kind_display()} on {verdict.part.generation}"
        fate = "approved" if verdict.grant else "declined"
        lines.append(f"{what}: {fate}. {verdict.reason}".strip())
    return "\n".join(lines)
