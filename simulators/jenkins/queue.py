"""The queue: what waits, for what, and what has left it in the last five minutes."""

from typing import Any, Final

from simulators.jenkins import builds, nodes
from simulators.jenkins.access import SYSTEM, may
from simulators.jenkins.configs import facts_of
from simulators.jenkins.labels import Label, label_of

QUIET: Final = 5.0
KEPT: Final = 300.0
BUILD: Final = "hudson.model.Computer.Build"
State = dict[str, Any]
Waiting = dict[str, Any]


def schedule(
    state: State, now: float, job: str, parameters: dict[str, str], user: str, quiet: float | None = None
) -> tuple[Waiting, bool]:
    """Queue a build, and whether it is a new one: one of the same job and parameters that waits already is taken."""
    for waiting in waits(state):
        if waiting["job"] == job and waiting["build"] is None and waiting["parameters"] == parameters:
            return waiting, False
    facts = facts_of(state["items"][job]["config"])
    if quiet is None:
        quiet = QUIET if facts.quiet is None else facts.quiet
    return add(state, now, job, label=facts.label, parameters=parameters, user=user, until=now + quiet), True


def add(state: State, now: float, job: str, **more: Any) -> Waiting:
    """A new queue item; `build` is the number of the pipeline's build that wants an executor."""
    number = state["next_queue_id"]
    state["next_queue_id"] += 1
    waiting = {"id": number, "job": job, "since": now, "ready": None, "build": None, "left": None} | more
    state["queue"][str(number)] = waiting
    return waiting


def waits(state: State) -> list[Waiting]:
    """What is in the queue, the oldest first."""
    return [waiting for waiting in state["queue"].values() if waiting["left"] is None]


def waiting_for(state: State, job: str) -> Waiting | None:
    """The first of a job's builds that waits to begin."""
    return next((waiting for waiting in waits(state) if waiting["job"] == job and waiting["build"] is None), None)


def leave(waiting: Waiting, now: float, number: int | None) -> None:
    """Take something out of the queue: as this build, or cancelled (None)."""
    waiting["left"] = {"at": now, "number": number}


def forget(state: State, now: float) -> None:
    """Drop what left more than five minutes ago."""
    for number, waiting in list(state["queue"].items()):
        if waiting["left"] and now - waiting["left"]["at"] > KEPT:
            del state["queue"][number]


def blocker(state: State, waiting: Waiting) -> dict[str, Any] | None:
    """The running build that must end first, where the job's builds do not run side by side."""
    job = waiting["job"]
    if waiting["build"] is not None or facts_of(state["items"][job]["config"]).concurrent:
        return None
    return next((build for build in builds.running(state) if build["job"] == job), None)


def refusal(state: State, waiting: Waiting, node: str) -> str:
    """Why a node, if it has the label, does not take this; empty where it does."""
    if waiting["label"] is None and nodes.exclusive(state, node):
        return f"‘{nodes.title(node)}’ is reserved for jobs with matching label expression"
    user = builds.runs_as(state, waiting["user"])
    if user != SYSTEM and not may(state, user, BUILD, node=node):
        return f"‘{user}’ lacks permission to run on ‘{nodes.title(node)}’"
    return ""


def label_in(waiting: Waiting) -> Label | None:
    """The label that a queue item asks for."""
    return label_of(waiting["label"]) if waiting["label"] else None


def why(state: State, waiting: Waiting, now: float) -> str | None:
    """What a queue item waits for, in Jenkins's words."""
    if waiting["left"]:
        return None
    if waiting["ready"] is None:
        return f"In the quiet period. Expires in {span(waiting['until'] - now)}"
    blocking = blocker(state, waiting)
    if blocking is not None:
        return f"Build #{blocking['number']} is already in progress (ETA: {eta(state, blocking, now)})"
    return why_no_executor(state, waiting)


def why_no_executor(state: State, waiting: Waiting) -> str:
    """Which executor a buildable item waits for."""
    label = label_in(waiting) if nodes.names(state) else None
    fitting = [node for node in ["", *nodes.names(state)] if label is None or label.meets(nodes.labels_of(state, node))]
    named = f"‘{nodes.title(fitting[0])}’" if len(fitting) == 1 else f"‘{label.name}’" if label else ""
    if label and not fitting:
        return f"There are no nodes with the label {named}"
    if label and not any(nodes.online(state, node) for node in fitting):
        return f"{named} is offline" if len(fitting) == 1 else f"All nodes of label {named} are offline"
    idle = {node for node, _executor in nodes.free_executors(state)}.intersection(fitting)
    reasons = [reason for node in fitting if node in idle and (reason := refusal(state, waiting, node))]
    if reasons:
        return "; ".join(reasons)
    return f"Waiting for next available executor on {named}" if label else "Waiting for next available executor"


def eta(state: State, build: builds.Build, now: float) -> str:
    """When a running build is expected to end."""
    seconds = builds.estimate(state, build["job"])
    return span(seconds - (now - build["began"])) if seconds and seconds > now - build["began"] else "N/A"


def span(seconds: float) -> str:
    """A short time as Jenkins writes it: `4.9 sec`, `12 sec`, `3 min 5 sec`."""
    if seconds >= 60:
        return f"{int(seconds // 60)} min {int(seconds % 60)} sec"
    if seconds >= 10:
        return f"{int(seconds)} sec"
    return f"{seconds:.1f} sec" if seconds >= 0.1 else f"{max(0, int(seconds * 1000))} ms"
