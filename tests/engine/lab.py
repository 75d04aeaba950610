"""The simulated Jenkins with a lab's agents and jobs in it, and looks at it."""

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from provisioning import ci_look
from provisioning.adapters.jenkins.errors import SYSTEM
from provisioning.models import Agent, Build, Watch
from tests.contract.jenkins.server import Server
from tests.contract.jenkins.test_items import freestyle
from tests.simulated import Simulated

GIB = 1024**3


@dataclass
class Lab:
    """What the tests do to it, as the portal's account or by the simulator's controls."""

    sim: Simulated

    def __post_init__(self) -> None:
        self.server = Server(self.sim.url, "portico", "demo-token", "demo", self.sim)
        self.controller = self.server.controller()

    def agent(self, name: str, *labels: str) -> str:
        """An agent with two executors that is connected and was measured."""
        made = {"labels": labels or ("ppc64le",), "executors": 2, "home": "/home/jenkins/agent", "exclusive": False}
        self.controller.nodes.create(name, about="", mark="mark", **made)
        self.does(name, connected=True)
        self.sim.move(6)
        return name

    def does(self, name: str, **what: Any) -> None:
        """What happens to an agent: `connected`, `disk={"free": bytes}`."""
        self.sim.control("POST", f"nodes/{name}", what)

    def job(self, name: str, label: str = "ppc64le", **pace: Any) -> str:
        """A job in the folder of its full name; `pace` as the simulator's builds take it."""
        self._make(name, freestyle(label=label), pace)
        return name

    def pipeline(self, name: str, *labels: str, **pace: Any) -> str:
        """Likewise a pipeline that takes an executor for each of these labels."""
        self._make(name, ET.Element("flow-definition"), {"labels": list(labels), **pace})
        return name

    def _make(self, name: str, config: ET.Element, pace: dict[str, Any]) -> None:
        folder = name.partition("/")[0]
        if self.server.ask("GET", f"job/{folder}/api/json").status_code == 404:
            self.controller.folders.create(folder, about="", mark="mark", lines=self.server.lines())
        self.controller.jobs.create(name, config, about="", mark="mark")
        if pace:
            self.sim.control("POST", f"builds/{name}", pace)

    def build(self, job: str) -> None:
        """Start it, and let it begin where it can."""
        self.controller.builds.start(job)
        self.sim.move(1)

    def look(self) -> bool:
        """Look now, whenever the last look was."""
        Watch.objects.filter(cloud=SYSTEM).update(looked_at=None, look_until=None)
        return ci_look.look()


def build_of(job: str) -> Build:
    return Build.objects.get(job=job)


def agent_of(name: str) -> Agent:
    return Agent.objects.get(name=name)
