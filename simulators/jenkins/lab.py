"""The model lab's Jenkins: four docker agents, a machine with two GPUs, and the people of the demo's GitHub."""

from typing import Any, Final

from simulators.jenkins import computers, nodes
from simulators.jenkins.access import ADMINISTER
from simulators.jenkins.app import SERVICE, Jenkins
from simulators.jenkins.nodes import INBOUND, Node

DIRECTOR: Final = "dana-director"
PEOPLE: Final = ("ada-porter", "ben-builder", "eve-outsider", "olga-operator", "otto-operator", DIRECTOR)
# name: labels and executors; each has a disk of 200 GiB
SHARED: Final = {
    f"{short}-docker-{number}": (f"ppc64le {generation} docker", 2)
    for short, generation in (("p8", "power8"), ("p9", "power9"))
    for number in (1, 2)
}
GPU_HOST: Final = {"p8-gpu-1": ("ppc64le power8 docker gpu gpu-p100 nvidia-docker", 2)}  # an executor for each GPU
PROPERTY: Final = "org.jenkinsci.plugins.matrixauth.AuthorizationMatrixNodeProperty"
STRATEGY: Final = "org.jenkinsci.plugins.matrixauth.inheritance.NonInheritingStrategy"


class Lab(Jenkins):
    """A Jenkins whose agents are there without a process of their own, and come back by themselves when it restarts."""

    def __init__(self, user: str, password: str, token: str) -> None:
        super().__init__(user, password, token)
        self.restarted()

    def first_state(self) -> dict[str, Any]:
        """People have no password: they choose on the page who they are. The director administers."""
        state = super().first_state()
        state["users"] |= {login: {"password": "", "token": "", "groups": []} for login in PEOPLE}
        state["permissions"].append(f"USER:{ADMINISTER}:{DIRECTOR}")
        for name, (labels, executors) in SHARED.items():
            nodes.create(state, name, agent(labels, executors), self.clock.now())
        for name, (labels, executors) in GPU_HOST.items():
            closed = {"mode": "EXCLUSIVE", "properties": closed_to_all_but(*self.first_user)}
            nodes.create(state, name, agent(labels, executors) | closed, self.clock.now())
        return state

    def restarted(self) -> None:
        """The lab's own agents call again at once."""
        super().restarted()
        for name in {**SHARED, **GPU_HOST}.keys() & self.state["nodes"].keys():
            nodes.connect(self.state, name, "simulated", self.clock.now())


def agent(labels: str, executors: int) -> Node:
    """How the lab sets an agent up."""
    return {
        "description": "Set up by the lab",
        "root": "/var/lib/jenkins",
        "executors": executors,
        "mode": "NORMAL",
        "launcher": computers.launcher_xml({"stapler-class": INBOUND, "webSocket": True}),
        "label": labels,
        "properties": "<nodeProperties/>",
    }


def closed_to_all_but(user: str) -> str:
    """Node permissions with which this account may do what it may with agents, and nobody else may build."""
    theirs = (one for one in SERVICE if one.startswith("hudson.model.Computer."))
    lines = "".join(f"<permission>USER:{one}:{user}</permission>" for one in theirs)
    strategy = f'<inheritanceStrategy class="{STRATEGY}"/>'
    return f"<nodeProperties><{PROPERTY}>{strategy}{lines}</{PROPERTY}></nodeProperties>"
