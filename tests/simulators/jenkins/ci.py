"""The simulated Jenkins as tests of jobs speak to it: several people, folders with their matrix, jobs."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from xml.sax.saxutils import escape

import jenkins
import requests

from simulators.jenkins.app import Jenkins

FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
MATRIX = "com.cloudbees.hudson.plugins.folder.properties.AuthorizationMatrixProperty"
STRATEGY = "org.jenkinsci.plugins.matrixauth.inheritance"
MEMBER = ("Item.Read", "Item.Build", "Item.Cancel", "Item.Workspace")
PORTAL = (*MEMBER, "Item.Create", "Item.Configure", "Item.Delete")


def line(user: str, permission: str) -> str:
    return f"USER:hudson.model.{permission}:{user}"


def matrix(*lines: str, strategy: str = "NonInheritingStrategy", element: str = MATRIX) -> str:
    inner = "".join(f"<permission>{one}</permission>" for one in lines)
    return f'<{element}><inheritanceStrategy class="{STRATEGY}.{strategy}"/>{inner}</{element}>'


def folder(*lines: str, description: str = "", strategy: str = "NonInheritingStrategy") -> str:
    """A folder's config.xml; with lines it has a matrix of its own."""
    properties = matrix(*lines, strategy=strategy) if lines else ""
    return f"<{FOLDER}><description>{description}</description><properties>{properties}</properties></{FOLDER}>"


def project(script: str = "make", label: str = "", parameters: tuple[str, ...] = (), more: str = "") -> str:
    """A freestyle job's config.xml."""
    defined = "".join(
        f"<hudson.model.StringParameterDefinition><name>{name}</name><defaultValue>none</defaultValue>"
        "</hudson.model.StringParameterDefinition>"
        for name in parameters
    )
    kind = "hudson.model.ParametersDefinitionProperty"
    properties = f"<{kind}><parameterDefinitions>{defined}</parameterDefinitions></{kind}>" if defined else ""
    where = f"<assignedNode>{escape(label)}</assignedNode><canRoam>false</canRoam>" if label else ""
    builders = f"<builders><hudson.tasks.Shell><command>{escape(script)}</command></hudson.tasks.Shell></builders>"
    return f"<project><properties>{properties}</properties>{where}{builders}{more}</project>"


def pipeline(script: str) -> str:
    """A pipeline's config.xml."""
    kind = "org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition"
    body = f"<script>{escape(script)}</script><sandbox>true</sandbox>"
    return f'<flow-definition><definition class="{kind}">{body}</definition></flow-definition>'


@dataclass
class Person:
    """Somebody with an API token."""

    url: str
    login: str

    @cached_property
    def client(self) -> jenkins.Jenkins:
        """python-jenkins as this person."""
        return jenkins.Jenkins(self.url, self.login, f"token-of-{self.login}", timeout=60)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """One call by hand; a text body goes as XML, redirects are not followed."""
        auth = (self.login, f"token-of-{self.login}")
        headers = {"Content-Type": "text/xml; charset=utf-8"} if isinstance(body, str) else {}
        data = body.encode() if isinstance(body, str) else body
        asked = {"auth": auth, "headers": headers, "data": data, "allow_redirects": False, "timeout": 60}
        return requests.request(method, f"{self.url}{path}", **asked, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.call("POST", path, body, **more)

    def json(self, path: str, **more: Any) -> Any:
        answer = self.get(f"{path}/api/json", **more)
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass
class Ci:
    """A simulated Jenkins with the portal's account, an administrator, and two people of two projects."""

    url: str
    app: Jenkins
    portal: Person = field(init=False)
    admin: Person = field(init=False)
    octocat: Person = field(init=False)
    mallory: Person = field(init=False)

    def __post_init__(self) -> None:
        for login in ("portal", "admin", "octocat", "mallory"):
            setattr(self, login, Person(self.url, login))

    def sim(self, path: str, body: Any) -> Any:
        answer = requests.post(f"{self.url}/_sim/{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def move(self, seconds: float) -> None:
        self.sim("time", {"seconds": seconds})

    def agent(
        self,
        name: str,
        labels: str,
        *,
        executors: int = 1,
        exclusive: bool = False,
        people: tuple[str, ...] = (),
        connect: bool = True,
    ) -> None:
        """An agent; with people it takes only their builds."""
        launcher = {"webSocket": True}
        self.admin.client.create_node(
            name,
            numExecutors=executors,
            remoteFS="/var/lib/jenkins",
            labels=labels,
            exclusive=exclusive,
            launcher=jenkins.LAUNCHER_JNLP,
            launcher_params=launcher,
        )
        if people:
            element = "org.jenkinsci.plugins.matrixauth.AuthorizationMatrixNodeProperty"
            lines = matrix(*(line(each, "Computer.Build") for each in people), element=element)
            config = self.admin.client.get_node_config(name)
            with_lines = config.replace("<nodeProperties/>", f"<nodeProperties>{lines}</nodeProperties>")
            assert with_lines != config
            self.admin.client.reconfig_node(name, with_lines)
        if connect:
            self.connect(name)

    def connect(self, name: str) -> None:
        self.sim(f"nodes/{name}", {"connected": True})

    def cut(self, name: str) -> None:
        """The agent's connection breaks."""
        self.sim(f"nodes/{name}", {"connected": False})
