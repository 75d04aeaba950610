"""What people see in a browser of agents."""

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug import Request, Response

from simulators.jenkins import builds, items, nodes
from simulators.jenkins.beans import Look, display
from simulators.jenkins.computer_beans import reason
from simulators.jenkins.computers import BUILT_IN, seen
from simulators.jenkins.nodes import Node
from simulators.jenkins.pages import link, page, table

if TYPE_CHECKING:
    from simulators.jenkins.app import Jenkins


def register(app: "Jenkins") -> None:
    """Add the pages of all agents and of one."""

    @app.get("/computer")
    def everything(request: Request) -> Response:
        look = app.look(request)
        there = [name for name in nodes.names(app.state) if app.state["nodes"][name]["computer"]]
        return page(look, "Nodes", agents(look, ["", *there]))

    @app.get("/computer/<name>")
    def one(request: Request, name: str) -> Response:
        node = "" if name in BUILT_IN else seen(app, name)["name"]
        look = app.look(request)
        inside = f"<p>{link(f'{look.base}computer/', 'All nodes')}</p>{agents(look, [node])}"
        return page(look, nodes.title(node), inside)


def agents(look: Look, names: list[str]) -> str:
    """Their state, what they are for, and what they do."""
    known = look.state["leaving"] | look.state["nodes"]
    rows = (
        (
            link(f"{look.base}computer/{quote(name or BUILT_IN[0])}/", nodes.title(name)),
            state_of(known.get(name)),
            escape(known[name]["label"] or "") if name else "built-in",
            ", ".join(doing(look, one["build"]) for one in builds.running_on(look.state, name)) or "idle",
        )
        for name in names
    )
    return table(("Name", "State", "Labels", "Executors"), rows)


def state_of(node: Node | None) -> str:
    """Whether it takes builds, and if not, why; the built-in node (None) is always there."""
    if node is None or (node["channel"] and not node["mark"]):
        return "online"
    return f"offline: {reason(node['mark'] or node['cause']) or 'its agent is not connected'}"


def doing(look: Look, build: builds.Build) -> str:
    """A build that runs there; of others' jobs only that there is one."""
    if not items.seen(look.state, look.user, build["job"]):
        return "Unknown Task"
    return link(f"{look.url(build['job'])}{build['number']}/", f"{display(build['job'])} #{build['number']}")
