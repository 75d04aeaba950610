"""What Jenkins measures of its agents, and how a disk that fills takes an agent offline.

Measured an hour after the last time, five seconds after an agent connects, and when somebody asks. What was measured
last is held against the thresholds again at every look.
"""

import re
from functools import lru_cache
from typing import Any, Final
from xml.etree import ElementTree as ET

from simulators.jenkins.items import State
from simulators.jenkins.nodes import GIB, Node
from simulators.jenkins.tree import Bean

HOUR: Final = 3600.0
ROOM: Final = "hudson.node_monitors"
DISK_SPACE: Final = f"{ROOM}.DiskSpaceMonitorDescriptor$DiskSpace"
# monitor: what it looks at, and its thresholds' names in the node property
SPACES: Final = {
    f"{ROOM}.DiskSpaceMonitor": ("disk", "freeDiskSpaceThreshold", "freeDiskSpaceWarningThreshold"),
    f"{ROOM}.TemporarySpaceMonitor": ("temp", "freeTempSpaceThreshold", "freeTempSpaceWarningThreshold"),
}
NAMES: Final = (
    *SPACES,
    *(f"{ROOM}.{name}Monitor" for name in ("SwapSpace", "Architecture", "ResponseTime", "Clock")),
)
THRESHOLDS: Final = {
    name: size * GIB
    for _space, low, warning in SPACES.values()
    for name, size in ((low, 1), (warning, 2))
}  # fmt: skip
SIZE: Final = re.compile(r"([\d.]+)\s*([KMGT]?)i?B?", re.IGNORECASE)
UNITS: Final = ("", "K", "M", "G", "T")


def settle(state: State, now: float) -> None:
    """Measure where it is due; of several times that have passed only the last leaves a record."""
    if now >= state["measure_at"]:
        # from the first start on there is nothing to count hours from
        at = now - (now - state["measure_at"]) % HOUR if state["measure_at"] else now
        measure(state, at)


def measure(state: State, now: float) -> None:
    """Look at every agent that is connected; of the others nothing is known any more."""
    for node in state["nodes"].values():
        node["monitors"] = measured(node, now) if node["channel"] else {}
        apply(state, node)
    state["measure_at"] = now + HOUR


def measured(node: Node, now: float) -> dict[str, Any]:
    """What the monitors read on an agent; a disk without a free byte gives nothing at all."""
    when = int(now * 1000)
    found: dict[str, Any] = {
        name: dict(node[space]) | {"path": node["root"] if space == "disk" else "/tmp", "timestamp": when}  # noqa: S108
        for name, (space, *_) in SPACES.items()
        if node[space]["free"] > 0
    }
    return found | {f"{ROOM}.ArchitectureMonitor": node["architecture"], f"{ROOM}.ResponseTimeMonitor": when}


def apply(state: State, node: Node) -> None:
    """Take a node offline whose disk is low, and put it back where it was its disk that took it offline."""
    for name, (_space, low, warning) in SPACES.items():
        record, threshold = node["monitors"].get(name), threshold_of(state, node, low)
        if record is None:
            continue
        if record["free"] > threshold:
            if node["mark"] and node["mark"].get("trigger") == name:
                node["mark"] = None
        elif node["mark"] is None:
            warned = threshold_of(state, node, warning)
            node["mark"] = {
                "class": DISK_SPACE,
                "timestamp": record["timestamp"],
                "path": record["path"],
                "size": record["free"],
                "totalSize": record["total"],
                "threshold": threshold,
                "warningThreshold": warned,
                "trigger": name,
            }


def threshold_of(state: State, node: Node, name: str) -> int:
    """A threshold in bytes: the node's own, or the controller's."""
    return own_thresholds(node["properties"]).get(name) or int(state["thresholds"][name])


@lru_cache(maxsize=1024)
def own_thresholds(properties: str) -> dict[str, int]:
    """The thresholds in a node's properties, in bytes."""
    element = ET.fromstring(properties).find("hudson.node__monitors.DiskSpaceMonitorNodeProperty")  # noqa: S314 - ours
    sizes = {child.tag: SIZE.fullmatch((child.text or "").strip()) for child in (() if element is None else element)}
    return {
        name: int(float(size[1]) * 1024 ** " KMGT".index(size[2].upper() or " "))
        for name, size in sizes.items()
        if size
    }


def shown(state: State, node: Node) -> dict[str, Any]:
    """`monitorData`: null for what was not, or could not be, measured."""
    data: dict[str, Any] = dict.fromkeys(NAMES)
    for name, (_space, low, warning) in SPACES.items():
        record = node["monitors"].get(name)
        if record is not None:
            values = {
                "_class": DISK_SPACE,
                "timestamp": record["timestamp"],
                "path": record["path"],
                "size": record["free"],
            }
            limits = {"threshold": threshold_of(state, node, low), "totalSize": record["total"]}
            data[name] = Bean(values | limits | {"warningThreshold": threshold_of(state, node, warning)})
    if node["monitors"]:
        data |= steady(node["monitors"])
    return data


def steady(monitors: dict[str, Any]) -> dict[str, Any]:
    """What does not change here: memory, architecture, speed, clock."""
    memory = {"availablePhysicalMemory": 24 * GIB, "availableSwapSpace": 2 * GIB}
    memory |= {"totalPhysicalMemory": 32 * GIB, "totalSwapSpace": 2 * GIB}
    speed = {
        "_class": f"{ROOM}.ResponseTimeMonitor$Data",
        "timestamp": monitors[f"{ROOM}.ResponseTimeMonitor"],
        "average": 12,
    }
    return {
        f"{ROOM}.SwapSpaceMonitor": Bean({"_class": f"{ROOM}.SwapSpaceMonitor$MemoryUsage2", **memory}),
        f"{ROOM}.ArchitectureMonitor": monitors[f"{ROOM}.ArchitectureMonitor"],
        f"{ROOM}.ResponseTimeMonitor": Bean(speed),
        f"{ROOM}.ClockMonitor": Bean({"_class": "hudson.util.ClockDifference", "diff": 3}),
    }


def words(mark: dict[str, Any]) -> str:
    """Why a disk took its agent offline, as Jenkins says it."""
    low, left, whole = (size_words(mark[name]) for name in ("threshold", "size", "totalSize"))
    return f"Disk space is below threshold of {low}. Only {left} out of {whole} left on {mark['path']}."


def size_words(size: int) -> str:
    """`1.00 GiB`, `300.00 MiB`."""
    value, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.2f} {unit}" if unit != "B" else f"{size} B"
