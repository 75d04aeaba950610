"""Nodes: what is configured, what is connected, what is free. The built-in node is `""`."""

import re
from functools import lru_cache
from typing import Any, Final

from simulators.jenkins import builds
from simulators.jenkins.items import State, check_name, failure

Node = dict[str, Any]
GIB: Final = 1024**3
INBOUND: Final = "hudson.slaves.JNLPLauncher"
TOKEN: Final = re.compile(r'"([^"]*)"|(\S+)')
BROKEN: Final = "hudson.slaves.OfflineCause$ChannelTermination"
REMOVED: Final = "hudson.slaves.OfflineCause$SimpleOfflineCause"
FAILED: Final = "hudson.slaves.OfflineCause$LaunchFailed"
FAILED_WORDS: Final = "This agent is offline because Jenkins failed to launch the agent process on it."


def free_name(state: State, name: str) -> str:
    """A name as Jenkins takes it, trimmed. Raises 400 for a bad or a taken one; here case counts."""
    name = check_name(name)
    if name in state["nodes"]:
        raise failure(f"Agent called ‘{name}’ already exists")
    return name


def create(state: State, name: str, values: Node, now: float) -> None:
    """A new node; one that does not wait for its agent to call is launched at once, in vain: nothing listens here.

    A node that begins without executors has no computer: all its addresses are 404, and its name is taken.
    """
    failed = None if INBOUND in values["launcher"] else {"class": FAILED, "text": FAILED_WORDS, "at": now}
    state["nodes"][name] = {
        "mark": None,
        "name": name,
        "retention": '<retentionStrategy class="hudson.slaves.RetentionStrategy$Always"/>',
        **values,
        "computer": values["executors"] > 0,
        "channel": "",
        "cause": failed,
        "monitors": {},
        "architecture": "Linux (ppc64le)",
        "disk": disk(200),
        "temp": disk(20),
    }


def disk(gib: int) -> dict[str, int]:
    """A disk of so many GiB, a tenth of it used; in bytes."""
    return {"total": gib * GIB, "free": gib * GIB * 9 // 10}


def replace(state: State, node: Node, values: Node) -> None:
    """Take another configuration as a whole; the last writer wins, and another name renames and cuts off."""
    old = node["name"]
    node |= values
    if node["name"] != old:
        state["nodes"][node["name"]] = state["nodes"].pop(old) | {"channel": "", "cause": None}


def remove(state: State, node: Node, now: float) -> None:
    """Delete a node; while a build still runs on it, its computer is seen."""
    del state["nodes"][node["name"]]
    if builds.running_on(state, node["name"]):
        cause = {"class": REMOVED, "text": "Node is being removed", "at": now}
        state["leaving"][node["name"]] = node | {"channel": "", "mark": None, "cause": cause}


def settle(state: State) -> None:
    """Forget the deleted nodes on which nothing runs any more."""
    for name in list(state["leaving"]):
        if not builds.running_on(state, name):
            del state["leaving"][name]


# -- what the queue and the builds ask


def names(state: State) -> list[str]:
    """All nodes but the built-in one, sorted."""
    return sorted(state["nodes"])


def title(node: str) -> str:
    """What a node is called on pages."""
    return node or "Built-In Node"


def row(state: State, node: str) -> Node:
    """A node's configuration; the built-in node's is the controller's."""
    found: Node = state["nodes"][node] if node else state["controller"]
    return found


def connected(state: State, node: str) -> bool:
    """Whether a node has a channel; the built-in node always has."""
    return not node or bool(node in state["nodes"] and state["nodes"][node]["channel"])


def online(state: State, node: str) -> bool:
    """Whether a node takes builds: connected, and not marked offline."""
    return connected(state, node) and (not node or not state["nodes"][node]["mark"])


def exclusive(state: State, node: str) -> bool:
    """Whether a node takes only jobs that ask for its labels."""
    return bool(row(state, node)["mode"] == "EXCLUSIVE")


def labels_of(state: State, node: str) -> frozenset[str]:
    """A node's labels, its own name among them."""
    return atoms_in(row(state, node)["label"] or "") | {node or "built-in"}


@lru_cache(maxsize=4096)
def atoms_in(text: str) -> frozenset[str]:
    """The labels in a node's line of labels; quotes hold together what has spaces."""
    return frozenset(quoted or plain for quoted, plain in TOKEN.findall(text))


def root_of(state: State, node: str) -> str:
    """The directory that holds a node's workspaces."""
    return str(row(state, node).get("root") or "/var/lib/jenkins")


def free_executors(state: State) -> list[tuple[str, int]]:
    """Each executor that could take a build now: node and number."""
    busy = {(part["node"], part["executor"]) for build in builds.running(state) for part in builds.under_way(build)}
    return [
        (node, number)
        for node in ["", *names(state)]
        if online(state, node)
        for number in range(row(state, node)["executors"])
        if (node, number) not in busy
    ]


def use_disk(state: State, node: str, size: int) -> None:
    """Let a build leave so many bytes on a node's disk; negative: clear them away."""
    if node in state["nodes"]:
        space = state["nodes"][node]["disk"]
        space["free"] = min(space["total"], max(0, space["free"] - size))


# -- connections


def connect(state: State, name: str, channel: str, now: float) -> None:
    """An agent is there; it is measured five seconds later, with all others."""
    state["nodes"][name] |= {"channel": channel, "cause": None}
    state["measure_at"] = min(state["measure_at"], now + 5)


def disconnect(state: State, name: str, channel: str, now: float) -> None:
    """A channel broke; nothing happens where another one has taken its place."""
    node = state["nodes"].get(name)
    if node is not None and node["channel"] == channel:
        node |= {"channel": "", "cause": {"class": BROKEN, "text": "Connection was broken", "at": now}}
