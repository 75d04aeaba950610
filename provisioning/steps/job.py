"""A CI job in the folder: a repository's own pipeline, or the starter job that tells about the agents."""

from dataclasses import replace
from typing import Final, cast
from xml.etree import ElementTree as ET

from provisioning.adapters.jenkins import config, open_controller
from provisioning.adapters.jenkins.rows import Item
from provisioning.errors import Gone
from provisioning.outcomes import Missing, Outcome, Pending, Ready
from provisioning.ports import Position
from provisioning.spec import JobWant
from provisioning.steps.base import Kind
from provisioning.steps.folder import folder_of

BRANCHES: Final = ("*/main", "*/master")
STARTER: Final = """\
set -eu
uname -a
cat /etc/os-release
lscpu
free -m
df -h .
if command -v nvidia-smi; then nvidia-smi; fi
"""


class Job(Kind):
    """Jobs come from the portal alone: who could configure one could send it to any agent."""

    def ensure(self, cloud: object, it: Position) -> Ready | Missing:  # noqa: ARG002
        want, jobs, name, mark = cast("JobWant", it.want), open_controller().jobs, name_of(it), mark_of(it)
        found = jobs.find(name, mark)
        if found is None and it.external_id:
            return Missing("The CI job is no longer there.")
        if found is None:
            jobs.create(name, document(want), about=about(want), mark=mark)
        else:
            jobs.change(name, mark, lambda kept: _made_as(kept, want, mark))
        return Ready(id=name)

    def undo(self, cloud: object, it: Position) -> Ready | Pending:  # noqa: ARG002
        gone = open_controller().jobs.remove(name_of(it), mark_of(it))
        return Ready() if gone else Pending(2, "The CI job is being deleted.", id=name_of(it))

    def read(self, cloud: object, it: Position) -> Item:  # noqa: ARG002
        found = open_controller().jobs.find(name_of(it), mark_of(it))
        if found is None:
            raise Gone("The CI job is not in Jenkins.", system="jenkins")
        return found

    def check(self, cloud: object, it: Position) -> Outcome | None:
        try:
            self.read(cloud, it)
        except Gone:
            return Missing("The CI job is no longer there.")
        return None


def name_of(it: Position) -> str:
    return it.external_id or f"{folder_of(it)}/{it.tag.step.partition(':')[2]}"


def mark_of(it: Position) -> str:
    """Of its first incarnation: its name says none, so what stands there of an earlier one is found before it is made.

    What was away with all of Jenkins and came back is ours still, with its builds.
    """
    return str(replace(it.tag, incarnation=1))


def about(want: JobWant) -> str:
    """What people read in Jenkins."""
    return f"{want.script} of {want.repository_url}" if want.repository_url else "Tells about the agents."


def document(want: JobWant) -> ET.Element:
    """Its configuration (config.xml), without description and permissions."""
    return _pipeline(want) if want.repository_url else _starter(want)


def _pipeline(want: JobWant) -> ET.Element:
    job = ET.Element("flow-definition")
    ET.SubElement(job, "keepDependencies").text = "false"
    ET.SubElement(job, "properties")
    definition = ET.SubElement(job, "definition", {"class": "org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition"})
    scm = ET.SubElement(definition, "scm", {"class": "hudson.plugins.git.GitSCM"})
    ET.SubElement(scm, "configVersion").text = "2"
    remotes = ET.SubElement(scm, "userRemoteConfigs")
    ET.SubElement(ET.SubElement(remotes, "hudson.plugins.git.UserRemoteConfig"), "url").text = want.repository_url
    branches = ET.SubElement(scm, "branches")
    for branch in BRANCHES:
        ET.SubElement(ET.SubElement(branches, "hudson.plugins.git.BranchSpec"), "name").text = branch
    ET.SubElement(definition, "scriptPath").text = want.script
    ET.SubElement(definition, "lightweight").text = "false"  # it knows one branch only
    ET.SubElement(job, "disabled").text = "false"
    return job


def _starter(want: JobWant) -> ET.Element:
    job = ET.Element("project")
    ET.SubElement(job, "properties")
    ET.SubElement(job, "assignedNode").text = " && ".join(want.labels)
    ET.SubElement(job, "canRoam").text = "false"  # else Jenkins does not look at the labels
    ET.SubElement(job, "disabled").text = "false"
    shell = ET.SubElement(ET.SubElement(job, "builders"), "hudson.tasks.Shell")
    ET.SubElement(shell, "command").text = STARTER
    return job


def _made_as(kept: ET.Element, want: JobWant, mark: str) -> bool:
    """Put what says where it comes from and runs into a configuration that stands; False where it is so."""
    wanted, described, changed = document(want), config.described(about(want), mark), False
    if config.text_of(kept, "description") != described:
        config.set_text(kept, "description", described)
        changed = True
    for path in ("definition", "assignedNode", "canRoam", "builders"):
        new, old = wanted.find(path), kept.find(path)
        if new is None or (old is not None and _told(old) == _told(new)):
            continue
        if old is not None:
            kept.remove(old)
        kept.append(new)
        changed = True
    return changed


def _told(element: ET.Element) -> list[tuple[str, str]]:
    """Its texts in order: what Jenkins adds of its own (plugin versions, empty elements) is no difference."""
    return [(one.tag, one.text.strip()) for one in element.iter() if one.text and one.text.strip()]
