"""What `api/json` shows of agents."""

from html import escape
from typing import Any, Final

from simulators.jenkins import builds, monitors, nodes
from simulators.jenkins.access import may
from simulators.jenkins.beans import Look, executable
from simulators.jenkins.node_xml import USER_CAUSE
from simulators.jenkins.nodes import INBOUND, Node
from simulators.jenkins.tree import Bean

CONNECT: Final = "hudson.model.Computer.Connect"


def all_beans(look: Look) -> Bean:
    """All agents by name, the built-in node first."""
    state = look.state
    rows = {name: node for name, node in (state["leaving"] | state["nodes"]).items() if node["computer"]}
    beans = [built_in_bean(look), *(computer_bean(look, rows[name]) for name in sorted(rows))]
    values = {
        "_class": "hudson.model.ComputerSet",
        "busyExecutors": len([1 for build in builds.running(state) for _part in builds.under_way(build)]),
        "computer": beans,
        "displayName": "Nodes",
        "totalExecutors": sum(nodes.row(state, name)["executors"] for name in ["", *rows] if nodes.online(state, name)),
    }
    return Bean(values, inline=["computer"])


def built_in_bean(look: Look) -> Bean:
    """The controller's own node, on which nothing but pipelines' one-off executors should run."""
    controller = look.state["controller"] | {"name": "", "description": "the Jenkins controller's built-in node"}
    values = common(look, controller, offline=False) | {
        "_class": "hudson.model.Hudson$MasterComputer",
        "jnlpAgent": False,
        "launchSupported": True,
        "monitorData": dict.fromkeys(monitors.NAMES),
        "offlineCause": None,
        "offlineCauseReason": "",
        "temporarilyOffline": False,
    }
    return Bean(values, inline=["monitorData"])


def computer_bean(look: Look, node: Node) -> Bean:
    """An agent; looking at it holds its last measurement against the thresholds."""
    monitors.apply(look.state, node)
    cause = node["mark"] or node["cause"]
    connects = may(look.state, look.user, CONNECT, node=node["name"])
    values = common(look, node, offline=not node["channel"] or node["mark"] is not None) | {
        "_class": "hudson.slaves.SlaveComputer",
        "absoluteRemotePath": node["root"] if node["channel"] and connects else None,
        "jnlpAgent": INBOUND in node["launcher"],
        "launchSupported": INBOUND not in node["launcher"],
        "monitorData": monitors.shown(look.state, node) if connects else {},
        "offlineCause": cause_bean(cause),
        "offlineCauseReason": reason(cause),
        "temporarilyOffline": node["mark"] is not None,
    }
    return Bean(values, inline=["monitorData"])


def common(look: Look, node: Node, *, offline: bool) -> dict[str, Any]:
    """What every computer has."""
    name = node["name"]
    busy = builds.running_on(look.state, name)
    icon = "symbol-computer-offline" if offline else "symbol-computer"
    labels = nodes.labels_of(look.state, name) if not name or name in look.state["nodes"] else {name}
    return {
        "actions": [],
        "assignedLabels": [Bean({"name": label}, name=2) for label in sorted(labels)],
        "description": node["description"] or "",
        "displayName": nodes.title(name),
        "executors": [executor_bean(look, busy, number) for number in range(node["executors"])],
        "icon": icon,
        "iconClassName": icon,
        "idle": not busy,
        "loadStatistics": Bean({"_class": "hudson.model.Label$1"}),
        "manualLaunchAllowed": True,
        "numExecutors": node["executors"],
        "offline": offline,
        "oneOffExecutors": [executor_bean(look, [one], -1) for one in busy if one["executor"] == -1],
    }


def executor_bean(look: Look, busy: list[dict[str, Any]], number: int) -> Bean:
    """An executor with what it runs."""
    build = next((one["build"] for one in busy if one["executor"] == number), None)
    values: dict[str, Any] = {
        "currentExecutable": executable(look, build, number) if build else None,
        "idle": build is None,
        "likelyStuck": False,
        "number": number,
        "progress": progress(look, build) if build else -1,
    }
    return Bean(values)


def progress(look: Look, build: builds.Build) -> int:
    """Percent of the time that the build is expected to take; -1 where nothing is known."""
    expected = builds.estimate(look.state, build["job"])
    return min(99, int((look.now - build["began"]) * 100 / expected)) if expected else -1


def cause_bean(cause: dict[str, Any] | None) -> Bean | None:
    """Why an agent is offline; its words are seen from one level deeper only."""
    if cause is None:
        return None
    if "trigger" in cause:
        return Bean({"_class": cause["class"]} | {name: value for name, value in cause.items() if name not in OWN})
    if cause["class"] == USER_CAUSE:
        return Bean({"_class": USER_CAUSE, "description": described(cause), "timestamp": cause["timestamp"]})
    return Bean({"_class": cause["class"], "description": cause["text"], "timestamp": int(cause["at"] * 1000)})


OWN: Final = ("class", "trigger")


def described(mark: dict[str, Any]) -> str:
    """Who marked an agent offline, and with which words, as they are."""
    return f"Disconnected by {mark['userId']}" + (f" : {mark['message']}" if mark["message"] else "")


def reason(cause: dict[str, Any] | None) -> str:
    """The reason as HTML; of a message only what follows its last ` : `."""
    if cause is None:
        return ""
    if cause["class"] == USER_CAUSE:
        return escape(cause["message"].rpartition(" : ")[2])
    return escape(monitors.words(cause) if "trigger" in cause else cause["text"])
