"""Builds: what runs where, until when, and how it ended.

A build has parts, one for each executor that it takes: a freestyle build one, a pipeline one for each place that its
script names, beside the one-off executor that it keeps on the built-in node (`""`). Nothing here looks at the clock.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from simulators.jenkins.access import SYSTEM
from simulators.jenkins.configs import Facts, facts_of

COLORS: Final = {
    "SUCCESS": "blue",
    "UNSTABLE": "yellow",
    "FAILURE": "red",
    "ABORTED": "aborted",
    "NOT_BUILT": "notbuilt",
}
SLEEP: Final = re.compile(r"^\s*sleep\s+(\d+)", re.MULTILINE)
FAILS: Final = re.compile(r"^\s*(?:false|exit\s+[1-9]\d*)\s*$", re.MULTILINE)
SECONDS: Final = 10.0
State = dict[str, Any]
Build = dict[str, Any]


def begin(state: State, now: float, waited: dict[str, Any], places: int) -> Build:
    """A build of the job for which a queue item waited; it needs as many executors as it has `places`."""
    item = state["items"][waited["job"]]
    pace = state["pace"] | item["pace"]
    facts = facts_of(item["config"])
    build = {
        "job": waited["job"],
        "number": item["next"],
        "queue_id": waited["id"],
        "user": waited["user"],
        "runs_as": runs_as(state, waited["user"]),
        "parameters": waited["parameters"],
        "pipeline": item["kind"] == "pipeline",
        "scheduled": waited["since"],
        "began": now,
        "ended": None,
        "result": None,
        "will_be": pace.get("result") or planned_result(facts),
        "seconds": planned_seconds(facts) if pace.get("seconds") is None else pace["seconds"],
        "lines": pace.get("lines") or planned_lines(facts, waited["parameters"]),
        "disk": pace.get("disk", 0),
        "waiting": places,
        "parts": [],
        "notes": [],
    }
    item["next"] += 1
    state["builds"][build["job"]][str(build["number"])] = build
    state["running"].append([build["job"], build["number"]])
    return build


def runs_as(state: State, user: str) -> str:
    """As whom builds run that somebody started: as themselves with authorize-project, else as all-powerful."""
    return user if "authorize-project" in state["plugins"] else SYSTEM


def planned_seconds(facts: Facts) -> float:
    """How long the job's shell steps take: ten seconds, and as long as they sleep."""
    return SECONDS + sum(float(found) for command in facts.commands for found in SLEEP.findall(command))


def planned_result(facts: Facts) -> str:
    """FAILURE where a shell step ends in one."""
    return "FAILURE" if any(FAILS.search(command) for command in facts.commands) else "SUCCESS"


def planned_lines(facts: Facts, parameters: dict[str, str]) -> list[str]:
    """What `sh -xe` prints of the shell steps, with what they echo."""
    printed = []
    for line in (line.strip() for command in facts.commands for line in command.splitlines()):
        if not line:
            continue
        spoken = re.sub(r"\$\{?(\w+)\}?", lambda found: parameters.get(found[1], ""), line)
        printed.append(f"+ {spoken}")
        if spoken.startswith("echo "):
            printed.append(spoken.removeprefix("echo ").strip("'\""))
    return printed


def take(build: Build, now: float, node: str, executor: int | None, root: str = "") -> None:
    """Let a part of the build begin on an executor of a node whose root directory is `root`.

    Executor None: on none, as a pipeline without a place does.
    """
    part = {"node": node, "executor": executor, "root": root, "began": now, "ends": now + build["seconds"]}
    build["parts"].append(part | {"over": False})


def running(state: State) -> Iterator[Build]:
    """The builds that are running, the oldest first."""
    return (state["builds"][job][str(number)] for job, number in list(state["running"]))


def running_on(state: State, node: str) -> list[dict[str, Any]]:
    """What occupies a node: `executor`, its number or -1 for a one-off executor, and the `build`."""
    found = []
    for build in running(state):
        if build["pipeline"] and not node:
            found.append({"executor": -1, "build": build})
        found += [{"executor": part["executor"], "build": build} for part in under_way(build) if part["node"] == node]
    return found


def under_way(build: Build) -> list[dict[str, Any]]:
    """The parts that hold an executor."""
    return [part for part in build["parts"] if not part["over"] and part["executor"] is not None]


def next_end(state: State) -> float | None:
    """When the next part of any build ends."""
    return min((part["ends"] for build in running(state) for part in build["parts"] if not part["over"]), default=None)


def end(state: State, build: Build, now: float, result: str, note: str = "") -> None:
    """End a build, and with it every part."""
    for part in build["parts"]:
        part["over"] = True
    build |= {"result": result, "ended": now, "waiting": 0}
    if note:
        build["notes"].append([now, note])
    state["running"].remove([build["job"], build["number"]])


def interrupt(build: Build, part: dict[str, Any], when: float, result: str, note: str) -> None:
    """Let a part end early and badly; told once."""
    if part["ends"] > when:
        part["ends"] = when
        build["will_be"] = result
        build["notes"].append([when, note])


def newest(state: State, job: str) -> Iterator[Build]:
    """All builds of a job, the newest first."""
    return reversed(state["builds"][job].values())


ENDED: Final = frozenset(COLORS)
LAST: Final[dict[str, frozenset[str | None]]] = {
    "lastBuild": ENDED | {None},
    "lastCompletedBuild": ENDED,
    "lastFailedBuild": frozenset({"FAILURE"}),
    "lastStableBuild": frozenset({"SUCCESS"}),
    "lastSuccessfulBuild": frozenset({"SUCCESS", "UNSTABLE"}),
    "lastUnstableBuild": frozenset({"UNSTABLE"}),
    "lastUnsuccessfulBuild": ENDED - {"SUCCESS"},
}


def pick(state: State, job: str, name: str) -> Build | None:
    """The build of a number or of a permanent name, such as lastBuild."""
    if name in LAST:
        return next((build for build in newest(state, job) if build["result"] in LAST[name]), None)
    found: Build | None = state["builds"][job].get(name)
    return found


def color(state: State, job: str) -> str:
    """The job's ball: of its last completed build, blinking while it builds."""
    if facts_of(state["items"][job]["config"]).disabled:
        return "disabled"
    done = pick(state, job, "lastCompletedBuild")
    last = pick(state, job, "lastBuild")
    return (COLORS[done["result"]] if done else "notbuilt") + ("_anime" if last and not last["result"] else "")


def estimate(state: State, job: str) -> float | None:
    """How many seconds a build is expected to take, from the last three good ones."""
    good = list(islice((build for build in newest(state, job) if build["result"] in ("SUCCESS", "UNSTABLE")), 3))
    return sum(build["ended"] - build["began"] for build in good) / len(good) if good else None
