"""What `api/json` shows of builds, and where everything is."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from simulators.jenkins import builds
from simulators.jenkins.builds import Build
from simulators.jenkins.tree import Bean

CLASSES: Final = {False: "hudson.model.FreeStyleBuild", True: "org.jenkinsci.plugins.workflow.job.WorkflowRun"}
PLACEHOLDER: Final = "org.jenkinsci.plugins.workflow.support.steps.ExecutorStepExecution$PlaceholderTask"


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at the state, when (seconds), and under which address (with a slash at its end)."""

    state: dict[str, Any]
    user: str
    base: str
    now: float

    def url(self, full_name: str) -> str:
        """The address of a folder or job."""
        return self.base + "".join(f"job/{quote(part)}/" for part in full_name.split("/"))


def display(full_name: str) -> str:
    """`A » B`."""
    return full_name.replace("/", " » ")


def milliseconds(seconds: float | None) -> int | None:
    """Jenkins's unit of time."""
    return None if seconds is None else int(seconds * 1000)


def build_bean(look: Look, build: Build) -> Bean:
    """A build; its number and address are seen from one level further away than the rest."""
    ended, number = build["ended"], build["number"]
    values = {
        "_class": CLASSES[build["pipeline"]],
        "actions": lambda: actions(build),
        "artifacts": [],
        "building": ended is None,
        "description": None,
        "displayName": f"#{number}",
        "duration": 0 if ended is None else milliseconds(ended - build["began"]),
        "estimatedDuration": lambda: milliseconds(builds.estimate(look.state, build["job"]) or -0.001),
        "executor": Bean({}) if ended is None else None,
        "fullDisplayName": f"{display(build['job'])} #{number}",
        "id": str(number),
        "inProgress": ended is None,
        "keepLog": False,
        "number": number,
        "queueId": build["queue_id"],
        "result": build["result"],
        "timestamp": milliseconds(build["scheduled"]),
        "url": f"{look.url(build['job'])}{number}/",
    }
    return Bean(values | freestyle_only(build), number=2, url=2)


def freestyle_only(build: Build) -> dict[str, Any]:
    """What only a freestyle build has: its agent, and what changed in its source."""
    if build["pipeline"]:
        return {"changeSets": [], "culprits": [], "nextBuild": None}
    changes = Bean({"_class": "hudson.scm.EmptyChangeLogSet", "items": [], "kind": None})
    return {"builtOn": build["parts"][0]["node"], "changeSet": changes, "culprits": []}


def actions(build: Build | dict[str, Any]) -> list[Bean]:
    """Who started it, with which parameters."""
    user = build["user"]
    cause = {"_class": "hudson.model.Cause$UserIdCause", "shortDescription": f"Started by user {user or 'anonymous'}"}
    causes = [Bean(cause | {"userId": user or None, "userName": user or "anonymous"}, **dict.fromkeys(IN_CAUSE, 3))]
    found = [Bean({"_class": "hudson.model.CauseAction", "causes": causes}, causes=2)]
    if build["parameters"]:
        values = [
            Bean({"_class": "hudson.model.StringParameterValue", "name": name, "value": value}, name=3, value=3)
            for name, value in build["parameters"].items()
        ]
        found.insert(0, Bean({"_class": "hudson.model.ParametersAction", "parameters": values}, parameters=2))
    return found


IN_CAUSE: Final = ("shortDescription", "userId", "userName")


def executable(look: Look, build: Build, executor: int) -> Bean:
    """What an executor shows as `currentExecutable`: the build, or the place that a pipeline took."""
    if not build["pipeline"] or executor == -1:
        return build_bean(look, build)
    name = f"part of {display(build['job'])} #{build['number']}"
    values = {"_class": f"{PLACEHOLDER}$PlaceholderExecutable", "displayName": name, "fullDisplayName": name}
    address = f"{look.url(build['job'])}{build['number']}/"
    when = milliseconds(build["scheduled"])
    return Bean(values | {"number": build["number"], "timestamp": when, "url": address}, number=2, url=2)
