"""What the pages of projects and allocations show, read in a fixed number of queries."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, When
from django.utils import timezone

from projects.models import Allocation, Project, SshKey, User
from projects.text import account_name
from provisioning.bars import bars_of
from provisioning.cloudinit import unix_login
from provisioning.clouds import with_watch
from provisioning.models import Action, Plan, Sighting, Step
from provisioning.secrets import with_secrets
from provisioning.shown import AllocationView, ServerView, VolumeView
from provisioning.states import StepState
from provisioning.suspensions import moves, with_suspensions
from provisioning.systems import system_of, with_systems
from provisioning.waiting import with_waiting
from provisioning.whereabouts import host_of, runs_since, storage_of, with_hosts, with_starts, with_storage

MOST_ALLOCATIONS = 50
MOST_ACTION_AGE = timedelta(hours=1)


def allocations_of(project: Project, viewer: User) -> list[AllocationView]:
    """The project's allocations, newest first, at most MOST_ALLOCATIONS, given-back ones last."""
    rows = Allocation.objects.filter(project=project).select_related("cloud", "generation", "plan")
    told = with_watch(with_waiting(with_suspensions(rows)))
    live_first = told.order_by(Case(When(desired="absent", then=1), default=0), "-created_at", "-id")
    return views_of(live_first[:MOST_ALLOCATIONS], viewer)


def views_of(allocations: Iterable[Allocation], viewer: User) -> list[AllocationView]:
    """Allocations with their steps, servers and volumes, in four queries whatever their number.

    The rows must have been read with `plan`, `cloud`, `generation`, with_suspensions(), with_waiting(), with_watch().
    """
    rows = list(allocations)
    plans = {row.pk: plan for row in rows if (plan := getattr(row, "plan", None)) is not None}
    rows_of_steps = with_secrets(with_starts(with_storage(Step.objects.filter(plan__in=plans.values()))))
    steps = list(rows_of_steps.order_by("position", "id"))
    ids = [step.external_id for step in steps if step.external_id and step.kind in {"server", "volume"}]
    shown = with_systems(with_hosts(Sighting.objects.filter(external_id__in=ids, gone_at=None)))
    seen = {row.external_id: row for row in shown}
    actions = _latest_actions(plans.values())
    keys = tuple(SshKey.objects.filter(user=viewer))
    return [_view(row, plans.get(row.pk), steps, seen, actions, keys, viewer) for row in rows]


def latest_action(step: Step) -> Action | None:
    """What was asked of it last, if that was lately."""
    return _latest_actions([step.plan]).get(step.pk)


def _latest_actions(plans: Iterable[Plan]) -> dict[int, Action]:
    since = timezone.now() - MOST_ACTION_AGE
    rows = Action.objects.filter(plan__in=list(plans), asked_at__gte=since).order_by("asked_at", "id")
    return {action.step_id: action for action in rows}


def _view(
    allocation: Allocation,
    plan: Plan | None,
    steps: list[Step],
    seen: Mapping[str, Sighting],
    actions: Mapping[int, Action],
    keys: tuple[SshKey, ...],
    viewer: User,
) -> AllocationView:
    mine = tuple(step for step in steps if plan is not None and step.plan_id == plan.pk)
    name = account_of(allocation.people, viewer)
    public = {step.key.partition(":")[2]: step for step in mine if step.kind == "address" and step.wanted}
    groups = {step.key: step for step in mine if step.kind == "group"}
    servers = tuple(
        _server(step, public, groups, seen.get(step.external_id), actions.get(step.pk), *_account(step, name, keys))
        for step in mine
        if step.kind == "server" and step.state != StepState.UNDONE
    )
    names = {server.step.external_id: server.name for server in servers}
    volumes = tuple(
        _volume(step, seen.get(step.external_id), names)
        for step in mine
        if step.kind == "volume" and step.state != StepState.UNDONE
    )
    return AllocationView(allocation, plan, mine, servers, volumes, bars_of(allocation))


def account_of(people: list[dict[str, Any]], viewer: User) -> str:
    """What the visitor's account on the servers is called; a renamed login keeps the name that it was granted under."""
    own = account_name(viewer.github_login)
    for person in people:
        if person.get("github_id") == viewer.github_id is not None:
            return str(person["login"])
        if person["login"] == own and person.get("github_id") is not None:
            return ""  # whoever has that login now is somebody else
    return own


def _account(step: Step, name: str, keys: tuple[SshKey, ...]) -> tuple[str, tuple[SshKey, ...]]:
    """The visitor's account on one server, as cloud-init made it ("" where none), and the keys that are not there."""
    made = dict(step.want.get("people", ()))
    if name not in made:
        return "", ()
    login = unix_login(name, staff=str(settings.STAFF_ACCOUNT["login"]))
    return login, tuple(key for key in keys if not any(key.public_key.split()[1] in x for x in made[name]))


def _server(
    step: Step,
    public: Mapping[str, Step],
    groups: Mapping[str, Step],
    sighting: Sighting | None,
    action: Action | None,
    login: str,
    missing: tuple[SshKey, ...],
) -> ServerView:
    row = sighting.row if sighting else {}
    return ServerView(
        step=step,
        status=row.get("status", ""),
        task=row.get("task_state", ""),
        host=row.get("host", ""),
        system=system_of(sighting, step.want),
        flavor=step.want.get("flavor", ""),
        addresses=tuple((ip, kind) for ip, kind in row.get("addresses", ())),
        host_state=host_of(sighting),
        up_since=runs_since(step, sighting),
        ports=tuple(groups[group].facts.get("ports", ())) if (group := step.want.get("group")) in groups else (),
        login=login,
        action=action,
        missing_keys=missing,
        public=public.get(step.key.partition(":")[2]),
    )


def _volume(step: Step, sighting: Sighting | None, names: Mapping[str, str]) -> VolumeView:
    row = sighting.row if sighting else {}
    return VolumeView(
        name=step.key.partition(":")[2],
        status=row.get("status", ""),
        size_gib=int(row.get("size_gib") or step.want.get("size_gib", 0)),
        storage=storage_of(step),
        servers=tuple(names[server] for server in row.get("servers", ()) if server in names),
    )


def why_ending(allocations: Iterable[Allocation]) -> dict[UUID, str]:
    """For allocations that are being given back what brought that about, as the history says it: one query."""
    rows = {f"allocation {row.pk}": row for row in allocations}
    begun = moves().filter(verb__in=["allocation.suspended", "allocation.ending"], target__in=list(rows))
    begun = begun.filter(project__in={row.project_id for row in rows.values()})
    return {rows[target].pk: text for target, text in begun.order_by("at", "id").values_list("target", "text")}


def server_step(allocation: UUID, name: str) -> Step | None:
    """A server's step by the allocation and the server's name, with its plan and project."""
    return _step(allocation, f"server:{name}")


def job_step(allocation: UUID, name: str) -> Step | None:
    """The step of a CI job that Jenkins has, likewise."""
    step = _step(allocation, f"job:{name}")
    return step if step and step.external_id else None


def _step(allocation: UUID, key: str) -> Step | None:
    lent = "plan__allocation__"
    rows = Step.objects.select_related(f"{lent}project", f"{lent}cloud", f"{lent}generation")
    return rows.filter(plan__allocation=allocation, key=key).first()


def status_of(step: Step) -> str:
    """The state of a server, in nova's words, as last seen; empty where it was not seen yet."""
    row = Sighting.objects.filter(cloud=step.plan.cloud, kind="server", external_id=step.external_id).first()
    return str(row.row.get("status", "")) if row and row.gone_at is None else ""


def standing_of(projects: list[int]) -> dict[int, list[Allocation]]:
    """The allocations that stand, by project, for a page of the list of projects: one query."""
    rows = Allocation.objects.filter(project__in=projects).exclude(phase="released").select_related("generation")
    found: dict[int, list[Allocation]] = {}
    for row in rows.order_by("created_at", "id"):
        found.setdefault(row.project_id, []).append(row)
    return found
