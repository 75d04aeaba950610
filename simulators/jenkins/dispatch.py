"""Time passing: quiet periods expire, executors take what waits, builds end; each at its own moment."""

import hashlib
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Offer:
    """The free executors of one moment, by node; `fitting` remembers which nodes suit a label and a user."""

    state: State
    executors: dict[str, list[int]]
    fitting: dict[tuple[str | None, str], list[str]] = field(default_factory=dict)

    def take(self, waiting: queue.Waiting) -> tuple[str, int] | None:
        """Node and executor for a queue item, None where nothing fits."""
        key = (waiting["label"], waiting["user"])
        if key not in self.fitting:
            self.fitting[key] = [node for node in self.executors if self.suits(node, waiting)]
        free = [node for node in self.fitting[key] if self.executors[node]]
        if not free:
            return None
        node = min(free, key=lambda one: liking(waiting["job"], one))
        return node, self.executors[node].pop(0)

    def suits(self, node: str, waiting: queue.Waiting) -> bool:
        """Whether a node has the label and takes the build."""
        label = queue.label_in(waiting)
        wanted = label is None or label.meets(nodes.labels_of(self.state, node))
        return wanted and not queue.refusal(self.state, waiting, node)


def offer_of(state: State) -> Offer:
    """What is free now."""
    offer = Offer(state, {})
    for node, executor in nodes.free_executors(state):
        offer.executors.setdefault(node, []).append(executor)
    return offer


def stop(state: State, build: builds.Build, now: float, note: str) -> None:
    """End a build by somebody's hand; what it still waits for leaves the queue."""
    for waiting in queue.waits(state):
        if (waiting["job"], waiting["build"]) == (build["job"], build["number"]):
            queue.leave(waiting, now, None)
    builds.end(state, build, now, "ABORTED", note)


def assign(state: State, now: float) -> None:
    """Begin pipelines, which need no executor to begin; then give the free ones to what waits, the oldest first."""
    if not (waits := ready(state)):
        return
    for waiting in waits:
        if waiting["build"] is None and is_pipeline(state, waiting) and not queue.blocker(state, waiting):
            start_pipeline(state, now, waiting)
    offer = offer_of(state)
    for waiting in ready(state):
        if not any(offer.executors.values()):
            break
        if not queue.blocker(state, waiting) and (waiting["build"] is not None or not is_pipeline(state, waiting)):
            place(state, now, waiting, offer)


def ready(state: State) -> list[queue.Waiting]:
    """What is through its quiet period, the oldest first."""
    return [waiting for waiting in queue.waits(state) if waiting["ready"] is not None]


def is_pipeline(state: State, waiting: queue.Waiting) -> bool:
    """Whether a queue item is a pipeline's, or a part of one."""
    return bool(state["items"][waiting["job"]]["kind"] == "pipeline")


def place(state: State, now: float, waiting: queue.Waiting, offer: Offer) -> None:
    """Let a queue item run on a free executor, where there is one that fits."""
    chosen = offer.take(waiting)
    if chosen is None:
        return
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


def start_pipeline(state: State, now: float, waiting: queue.Waiting) -> None:
    """Begin a pipeline on a one-off executor, and queue what it wants executors for."""
    item = state["items"][waiting["job"]]
    places = (state["pace"] | item["pace"]).get("labels") or facts_of(item["config"]).places
    build = builds.begin(state, now, waiting, len(places))
    queue.leave(waiting, now, build["number"])
    if not places:
        builds.take(build, now, "", None)
    for label in places:
        wanted = {name: waiting[name] for name in ("parameters", "user")} | {"build": build["number"], "label": label}
        queue.add(state, now, waiting["job"], until=now, ready=now, **wanted)
