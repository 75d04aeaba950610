"""Agents over HTTP: api/json, creation, config.xml, the offline mark, deletion."""

import json
from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, NotFound

from simulators.jenkins import monitors, node_xml, nodes
from simulators.jenkins.access import require, who
from simulators.jenkins.computer_beans import CONNECT, all_beans, built_in_bean, computer_bean
from simulators.jenkins.item_api import gone_to
from simulators.jenkins.items import failure, oops
from simulators.jenkins.nodes import INBOUND, Node
from simulators.jenkins.pages import html_page

if TYPE_CHECKING:
    from simulators.jenkins.app import Jenkins

COMPUTER: Final = "hudson.model.Computer"
MANAGE: Final = "hudson.model.Hudson.Manage"
BUILT_IN: Final = ("(built-in)", "(master)")
DUMB: Final = "hudson.slaves.DumbSlave$DescriptorImpl"
# class of a launcher, and the plugin that has it
LAUNCHERS: Final = {
    INBOUND: "",
    "hudson.plugins.sshslaves.SSHLauncher": "ssh-slaves",
    "hudson.slaves.CommandLauncher": "command-launcher",
}


def register(app: "Jenkins") -> None:
    """Add the addresses of agents."""
    register_changes(app)

    @app.get("/computer/api/json")
    def show_all(request: Request) -> Response:
        return app.api(request, all_beans(app.look(request)))

    @app.get("/computer/<name>/api/json")
    def show(request: Request, name: str) -> Response:
        look = app.look(request)
        return app.api(request, built_in_bean(look) if name in BUILT_IN else computer_bean(look, seen(app, name)))

    @app.get("/computer/<name>/config.xml")
    def config(request: Request, name: str) -> Response:
        node = configured(app, request, name, "ExtendedRead")
        return Response(node_xml.written(node), headers={"Content-Type": "application/xml"})


def register_changes(app: "Jenkins") -> None:
    """Add what POST does."""

    @app.post_only("/computer/doCreateItem")
    def create(request: Request) -> Response:
        require(app.state, request, f"{COMPUTER}.Create")
        name = nodes.free_name(app.state, request.values.get("name", ""))
        nodes.create(app.state, name, submitted(app, request), app.clock.now())
        return gone_to(f"{app.state['address']}/computer/")

    @app.post("/computer/updateNow")
    def measure(request: Request) -> Response:
        require(app.state, request, MANAGE)
        monitors.measure(app.state, app.clock.now())
        return gone_to(f"{app.state['address']}/computer/")

    @app.post("/computer/<name>/config.xml")
    def reconfigure(request: Request, name: str) -> Response:
        replace(app, configured(app, request, name, "Configure"), request.get_data())
        return Response("")

    @app.post("/computer/<name>/toggleOffline")
    def toggle(request: Request, name: str) -> Response:
        node = seen(app, name)
        require(app.state, request, CONNECT if node["mark"] else f"{COMPUTER}.Disconnect", node=name)
        node["mark"] = None if node["mark"] else mark(request, app.clock.now())
        return gone_to(f"{app.state['address']}/computer/{quote(name)}/")

    @app.post("/computer/<name>/changeOfflineCause")
    def change_cause(request: Request, name: str) -> Response:
        """Marks, whoever had marked it before."""
        node = seen(app, name)
        require(app.state, request, f"{COMPUTER}.Disconnect", node=name)
        node["mark"] = mark(request, app.clock.now())
        return gone_to(f"{app.state['address']}/computer/{quote(name)}/")

    @app.post("/computer/<name>/doDelete")
    def delete(request: Request, name: str) -> Response:
        nodes.remove(app.state, configured(app, request, name, "Delete"), app.clock.now())
        app.channels.close(name)
        return gone_to(f"{app.state['address']}/computer/{quote(name)}/..")


def seen(app: "Jenkins", name: str) -> Node:
    """The node behind an agent's addresses, also one that is going. Raises 404."""
    node: Node | None = app.state["nodes"].get(name) or app.state["leaving"].get(name)
    if node is None or not node["computer"]:
        raise NotFound
    return node


def configured(app: "Jenkins", request: Request, name: str, permission: str) -> Node:
    """A node that is there, for somebody who holds a permission on it. Raises 404 or 403."""
    seen(app, name)
    require(app.state, request, f"{COMPUTER}.{permission}", node=name)
    if name not in app.state["nodes"]:
        raise NotFound
    return app.state["nodes"][name]  # type: ignore[no-any-return]


def submitted(app: "Jenkins", request: Request) -> Node:
    """What a form says of a new node. Raises 400 without a form, 500 for classes that are not there."""
    if "json" not in request.form:
        page = html_page("Error 400", "<p>This page expects a form submission</p><p>Nothing is submitted</p>", 400)
        raise HTTPException(response=page)
    try:
        form: dict[str, Any] = json.loads(request.form["json"])
        plugin = LAUNCHERS[form["launcher"]["stapler-class"]]
        values = {
            "description": form["nodeDescription"],
            "root": form["remoteFS"],
            "executors": int(form["numExecutors"]),
            "mode": form["mode"],
            "launcher": launcher_xml(form["launcher"]),
            "label": form["labelString"],
            "properties": "<nodeProperties/>",
        }
    except (KeyError, TypeError, ValueError) as error:
        raise oops() from error
    if request.form.get("type") != DUMB or plugin not in ["", *app.state["plugins"]]:
        raise oops()
    return values


def launcher_xml(launcher: dict[str, Any]) -> str:
    """A launcher as config.xml keeps it."""
    kind = launcher["stapler-class"]
    if kind != INBOUND:
        fields = (name for name in launcher if name not in ("stapler-class", "$class"))
        inside = "".join(f"<{name}>{escape(str(launcher[name]))}</{name}>" for name in fields)
        return f'<launcher class="{kind}">{inside}</launcher>'
    work = launcher.get("workDirSettings") or {}
    directory = f"<workDirPath>{escape(work['workDirPath'])}</workDirPath>" if work.get("workDirPath") else ""
    return (
        f'<launcher class="{kind}"><workDirSettings>'
        f"<disabled>{truth(work.get('disabled'))}</disabled>{directory}"
        f"<internalDir>{escape(work.get('internalDir') or 'remoting')}</internalDir>"
        f"<failIfWorkDirIsMissing>{truth(work.get('failIfWorkDirIsMissing'))}</failIfWorkDirIsMissing>"
        f"</workDirSettings><webSocket>{truth(launcher.get('webSocket'))}</webSocket></launcher>"
    )


def truth(value: Any) -> str:
    """A truth in XML."""
    return "true" if value in (True, "true") else "false"


def replace(app: "Jenkins", node: Node, body: bytes) -> None:
    """Take a whole config.xml. Raises 500 where it cannot be read, 400 for another class of node."""
    old = node["name"]
    try:
        kind, values = node_xml.read(body)
    except ValueError as error:
        raise oops() from error
    if kind != "slave":
        raise failure("Node types do not match")
    nodes.replace(app.state, node, values)
    if node["name"] != old:
        app.channels.close(old)


def mark(request: Request, now: float) -> dict[str, Any]:
    """What keeps a node from new builds: who said so, when, and in which words."""
    message = request.values.get("offlineMessage", "").strip()
    user = who(request) or "anonymous"
    return {"class": node_xml.USER_CAUSE, "timestamp": int(now * 1000), "userId": user, "message": message}
