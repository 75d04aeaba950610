"""The controller's own data: overview, who am I."""

from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response

from simulators.jenkins.beans import Look
from simulators.jenkins.item_api import jobs_in
from simulators.jenkins.tree import Bean

if TYPE_CHECKING:
    from simulators.jenkins.app import Jenkins


def register(app: "Jenkins") -> None:
    """Add the addresses of the controller itself."""

    @app.get("/api/json")
    def overview(request: Request) -> Response:
        return app.api(request, overview_of(app.look(request)))

    @app.get("/me/api/json")
    def me(request: Request) -> Response:
        return app.api(request, user_bean(app.look(request)))


def overview_of(look: Look) -> Bean:
    """What `GET api/json` says of the whole Jenkins."""
    view = Bean({"_class": "hudson.model.AllView", "name": "all", "url": look.base}, name=2, url=2)
    values: dict[str, Any] = {
        "_class": "hudson.model.Hudson",
        "assignedLabels": [Bean({"name": "built-in"}, name=2)],
        "mode": look.state["controller"]["mode"],
        "nodeDescription": "the Jenkins controller's built-in node",
        "nodeName": "",
        "numExecutors": look.state["controller"]["executors"],
        "description": None,
        "jobs": lambda: jobs_in(look, ""),
        "primaryView": view,
        "quietDownReason": None,
        "quietingDown": False,
        "slaveAgentPort": -1,
        "url": look.base,
        "useCrumbs": look.state["crumbs"],
        "useSecurity": True,
        "views": [view],
    }
    return Bean(values)


def user_bean(look: Look) -> Bean:
    """The user behind the credentials."""
    values = {"_class": "hudson.model.User", "absoluteUrl": f"{look.base}user/{look.user}", "description": None}
    return Bean(values | {"fullName": look.user, "id": look.user, "property": []})
