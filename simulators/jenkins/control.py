"""What a test or a demo may change about the controller, its people and its agents, under /_sim/."""

from typing import TYPE_CHECKING, Any

from werkzeug import Request

from simulators.jenkins import nodes

if TYPE_CHECKING:
    from simulators.jenkins.app import Jenkins


def register(app: "Jenkins") -> None:
    """Add the endpoints for people, agents and the controller itself."""
    register_controller(app)

    @app.route("/_sim/users", methods=["GET", "POST"])
    def users(request: Request) -> Any:
        if request.method == "POST":
            change_user(app.state, asked_of(request))
        return {"users": app.state["users"], "permissions": app.state["permissions"]}

    @app.get("/_sim/nodes")
    def all_nodes(_request: Request) -> Any:
        return {"nodes": app.state["nodes"], "leaving": app.state["leaving"]}

    @app.post("/_sim/nodes/<name>")
    def change_node(request: Request, name: str) -> Any:
        """What happens to an agent: `disk` and `temp` (bytes `free` and `total`), `connected`, `architecture`."""
        node = app.state["nodes"].get(name)
        if node is None:
            return {"error": f"There is no {name}."}, 404
        asked = asked_of(request)
        for space in ("disk", "temp"):
            node[space] |= asked.get(space, {})
        node["architecture"] = asked.get("architecture", node["architecture"])
        if asked.get("connected") is True:
            # an agent without a process: for many of them, and where no process is wanted
            nodes.connect(app.state, name, "simulated", app.clock.now())
        if asked.get("connected") is False:
            nodes.disconnect(app.state, name, node["channel"], app.clock.now())
            app.channels.close(name)
        return {"node": node}


def register_controller(app: "Jenkins") -> None:
    """Add the endpoints for the controller."""

    @app.route("/_sim/controller", methods=["GET", "POST"])
    def controller(request: Request) -> Any:
        """Crumbs on or off, the address it was told, its own executors, thresholds, and whether it is starting."""
        asked = asked_of(request)
        for name in ("crumbs", "starting"):
            app.state[name] = bool(asked.get(name, app.state[name]))
        app.state["address"] = str(asked.get("address", app.state["address"])).rstrip("/")
        for name in ("controller", "thresholds"):
            app.state[name] |= asked.get(name, {})
        return {name: app.state[name] for name in ("crumbs", "address", "starting", "controller", "thresholds")}

    @app.post("/_sim/restart")
    def restart(request: Request) -> Any:
        """Sessions and connections are lost; with `starting`, it answers 503 until told otherwise."""
        app.restarted()
        app.state["starting"] = bool(asked_of(request).get("starting", False))
        return {"session": app.session}

    @app.post("/_sim/permissions")
    def permissions(request: Request) -> Any:
        """Replace the global matrix: lines such as `USER:hudson.model.Hudson.Read:anonymous`."""
        app.state["permissions"] = [str(line) for line in asked_of(request)["lines"]]
        return {"permissions": app.state["permissions"]}


def change_user(state: dict[str, Any], asked: dict[str, Any]) -> None:
    """Add somebody or change him: password, token, groups, and the ids of global permissions that he has more."""
    login = str(asked["login"])
    if asked.get("gone"):
        state["users"].pop(login, None)
        return
    user = state["users"].setdefault(login, {"password": "", "token": "", "groups": []})
    user |= {name: asked[name] for name in ("password", "token", "groups") if name in asked}
    lines = [f"USER:{permission}:{login}" for permission in asked.get("permissions", [])]
    state["permissions"] += [line for line in lines if line not in state["permissions"]]


def asked_of(request: Request) -> dict[str, Any]:
    """The JSON object in the body, an empty one where there is none."""
    body = request.get_json(silent=True, force=True)
    return body if isinstance(body, dict) else {}
