"""What a test or a demo may say about builds and plugins, under /_sim/."""

from typing import TYPE_CHECKING, Any, Final

from werkzeug import Request

from simulators.jenkins import access
from simulators.jenkins.builds import COLORS
from simulators.jenkins.tree import Bean

if TYPE_CHECKING:
    from simulators.jenkins.app import Jenkins

# what may be said, and of which type
FIELDS: Final[dict[str, type | tuple[type, ...]]] = {
    "seconds": (int, float),  # how long a build runs
    "result": str,
    "lines": list,  # what it prints
    "disk": int,  # bytes by which it fills its agent's disk; negative: by which it cleans it
    "labels": list,  # for which labels a pipeline takes executors, where its script is not seen
}


def register(app: "Jenkins") -> None:
    """Add the endpoints for the pace of builds and for the list of plugins."""

    @app.post("/_sim/builds")
    def every(request: Request) -> Any:
        """How builds of all jobs run from now on."""
        return paced(app.state["pace"], request)

    @app.post("/_sim/builds/<path:name>")
    def one(request: Request, name: str) -> Any:
        """How builds of one job, by its full name, run from now on."""
        item = app.state["items"].get(name)
        return paced(item["pace"], request) if item else ({"error": f"There is no {name}."}, 404)

    @app.route("/_sim/plugins", methods=["GET", "POST"])
    def plugins(request: Request) -> Any:
        if request.method == "POST":
            app.state["plugins"] = sorted(map(str, request.get_json(force=True)["plugins"]))
        return {"plugins": app.state["plugins"]}

    @app.get("/pluginManager/api/json")
    def installed(request: Request) -> Any:
        access.require(app.state, request, "hudson.model.Hudson.SystemRead")
        rows = [
            Bean({"active": True, "enabled": True, "longName": name, "shortName": name, "version": "1"})
            for name in app.state["plugins"]
        ]
        return app.api(request, Bean({"_class": "hudson.LocalPluginManager", "plugins": rows}))


def paced(pace: dict[str, Any], request: Request) -> Any:
    """Take up what was said; refuses all of it where a part is not understood."""
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict) or not understood(asked):
        return {"error": f"What may be said: {', '.join(FIELDS)}; the results are: {', '.join(COLORS)}."}, 400
    pace |= asked
    return pace


def understood(asked: dict[str, Any]) -> bool:
    """Whether each thing that was said is known and makes sense."""
    if not all(isinstance(value, FIELDS.get(name, ())) for name, value in asked.items()):
        return False
    texts = [*asked.get("lines", []), *asked.get("labels", [])]
    known = asked.get("result", "SUCCESS") in COLORS and asked.get("seconds", 0) >= 0
    return known and all(isinstance(text, str) for text in texts)
