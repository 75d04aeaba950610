"""Time passing: quiet periods expire, executors take what waits, builds end; each at its own moment."""

import hashlib
from typing import Any

from simulators.jenkins import builds, nodes, queue
from simulators.jenkins.configs import facts_of

State = dict[str, Any]


def settle(state: State, now: float) -> None:
    """Let happen what is due by now, in order."""
    lose(state, now)
    while (at := next_event(state)) is not None and at <= now:
        finish(state, at)
        for waiting in queue.waits(state):
            if waiting["ready"] is None and waiting["until"] <= at:
                waiting["ready"] = at
        assign(state, at)
    assign(state, now)
    queue.forget(state, now)


def next_event(state: State) -> float | None:
    """When something happens next by itself."""
    quiet = [waiting["until"] for waiting in queue.waits(state) if waiting["ready"] is None]
    end = builds.next_end(state)
    return min(quiet if end is None else [*quiet, end], default=None)


def lose(state: State, now: float) -> None:
    """End parts whose agent is lost, at once; where it was deleted the build takes five seconds to be torn down."""
    for build in builds.running(state):
        for part in builds.under_way(build):
            if part["node"] and part["node"] not in state["nodes"]:
                builds.interrupt(build, part, now + 5, "ABORTED", f"Agent {part['node']} was deleted; cancelling")
            elif part["node"] and not nodes.connected(state, part["node"]):
                builds.interrupt(build, part, now, "FAILURE", "FATAL: Agent went offline during the build")


def finish(state: State, at: float) -> None:
    """End the parts that are due, and each build that has no other part to wait for."""
    for build in builds.running(state):
        for part in build["parts"]:
            if not part["over"] and part["ends"] <= at:
                part["over"] = True
                if part["executor"] is not None:
                    nodes.use_disk(state, part["node"], build["disk"])
        if not build["waiting"] and all(part["over"] for part in build["parts"]):
            builds.end(state, build, at, build["will_be"])


def assign(state: State, now: float) -> None:
    """Give executors to what waits, the oldest first."""
    waits = [waiting for waiting in queue.waits(state) if waiting["ready"] is not None]
    free = nodes.free_executors(state, now) if waits else []
    for waiting in waits:
        if queue.blocker(state, waiting):
            continue
        pipeline = state["items"][waiting["job"]]["kind"] == "pipeline"
        if pipeline and waiting["build"] is None:
            start_pipeline(state, now, waiting, free)
        else:
            place(state, now, waiting, free)


def place(state: State, now: float, waiting: queue.Waiting, free: list[tuple[str, int]]) -> None:
    """Let a queue item run on a free executor, where there is one that fits."""
    label = queue.label_in(waiting)
    fitting = [
        (node, executor)
        for node, executor in free
        if (label is None or label.meets(nodes.labels_of(state, node))) and not queue.refusal(state, waiting, node)
    ]
    if not fitting:
        return
    chosen = min(fitting, key=lambda one: (liking(waiting["job"], one[0]), one[1]))
    free.remove(chosen)
    if waiting["build"] is None:
        build = builds.begin(state, now, waiting, 1)
    else:
        build = state["builds"][waiting["job"]][str(waiting["build"])]
    build["waiting"] -= 1
    builds.take(build, now, *chosen, nodes.root_of(state, chosen[0]))
    queue.leave(waiting, now, build["number"])


def liking(job: str, node: str) -> str:
    """Jenkins sends a job to the agents where it ran before: each job has an order of agents of its own."""
    return hashlib.md5(f"{job}@{node}".encode()).hexdigest()


def start_pipeline(state: State, now: float, waiting: queue.Waiting, free: list[tuple[str, int]]) -> None:
    """Begin a pipeline on a one-off executor, and queue what it wants executors for."""
    pace = state["pace"] | state["items"][waiting["job"]]["pace"]
    places = pace.get("labels") or facts_of(state["items"][waiting["job"]]["config"]).places
    build = builds.begin(state, now, waiting, len(places))
    queue.leave(waiting, now, build["number"])
    if not places:
        builds.take(build, now, "", None)
    for label in places:
        wanted = {name: waiting[name] for name in ("parameters", "user")} | {"build": build["number"], "label": label}
        place(state, now, queue.add(state, now, waiting["job"], until=now, ready=now, **wanted), free)
