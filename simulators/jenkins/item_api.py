"""Folders and jobs over HTTP: api/json, createItem, config.xml, doDelete, enable and disable."""

from typing import TYPE_CHECKING, Any, Final

from werkzeug import Request, Response
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from simulators.jenkins import access, builds, configs, items, queue
from simulators.jenkins.access import who
from simulators.jenkins.beans import Look, build_bean, display
from simulators.jenkins.pages import html_page
from simulators.jenkins.queue_api import queue_bean
from simulators.jenkins.tree import Bean

if TYPE_CHECKING:
    from simulators.jenkins.app import Jenkins

CREATE: Final = "hudson.model.Item.Create"
DELETE: Final = "hudson.model.Item.Delete"
JOB: Final = "/job/<item:name>"
MODES: Final = {name: kind for kind, name in configs.CLASSES.items()}


class ItemConverter(BaseConverter):
    """`A/job/B` in an address as the full name `A/B`."""

    regex = "[^/]+(?:/job/[^/]+)*"
    part_isolating = False

    def to_python(self, value: str) -> str:
        return value.replace("/job/", "/")


class BuildConverter(BaseConverter):
    """A build's number or permanent name."""

    regex = r"\d+|last\w+"


def register(app: "Jenkins") -> None:
    """Add the addresses of folders and jobs."""
    app.map.converters |= {"item": ItemConverter, "build": BuildConverter}
    register_creation(app)

    @app.get(f"{JOB}/api/json")
    def show(request: Request, name: str) -> Response:
        item = items.find(app.state, request, name)
        return app.api(request, item_bean(app.look(request), item))

    @app.get(f"{JOB}/configure")
    def configure(request: Request, name: str) -> Response:
        items.find(app.state, request, name, items.CONFIGURE)
        return html_page("Configure [Jenkins]", "<h1>Configure</h1>")

    @app.get(f"{JOB}/config.xml")
    def config(request: Request, name: str) -> Response:
        item = items.find(app.state, request, name, "hudson.model.Item.ExtendedRead")
        return Response(item["config"], headers={"Content-Type": "application/xml"})

    @app.post(f"{JOB}/config.xml")
    def reconfigure(request: Request, name: str) -> Response:
        items.replace(app.state, items.find(app.state, request, name, items.CONFIGURE), request.get_data())
        return Response("")

    @app.post(f"{JOB}/<any(enable, disable):verb>")
    def switch(request: Request, name: str, verb: str) -> Response:
        item = items.find(app.state, request, name, items.CONFIGURE)
        item["config"] = configs.with_disabled(item["config"], item["kind"], disabled=verb == "disable")
        return gone_to(app.look(request).url(item["name"]))

    @app.post(f"{JOB}/doDelete")
    def remove(request: Request, name: str) -> Response:
        return delete(app, request, items.find(app.state, request, name, DELETE)["name"])


def register_creation(app: "Jenkins") -> None:
    """Add createItem, at the top and in folders; it is there for POST alone, and hides from GET."""
    for rule in ("/createItem", f"{JOB}/createItem"):

        @app.get(rule)
        def hidden(_request: Request, name: str = "") -> Response:
            raise NotFound

        @app.post(rule)
        def create(request: Request, name: str = "") -> Response:
            return created(app, request, name)


def created(app: "Jenkins", request: Request, name: str) -> Response:
    """Make an item of the XML that was sent (200, empty) or, from a form, an empty one (302 to its configuration)."""
    folder = items.find(app.state, request, name)["name"] if name else ""
    if name and app.state["items"][folder]["kind"] != "folder":
        raise NotFound
    access.require(app.state, request, CREATE, item=folder)
    short = request.args.get("name") or request.form.get("name", "")
    if request.mimetype in ("text/xml", "application/xml"):
        items.create(app.state, who(request), folder, short, request.get_data())
        return Response("")
    mode = request.values.get("mode", "")
    kind = MODES.get(mode, "")
    if not items.known(app.state, kind):
        raise items.failure(f"No item type ‘{mode}’ is known" if mode else "No mode given")
    made = items.create(app.state, who(request), folder, short, None, kind)
    return gone_to(f"{app.look(request).url(made)}configure")


def delete(app: "Jenkins", request: Request, full_name: str) -> Response:
    """Delete an item with everything in it: builds are ended, what waits is cancelled."""
    doomed = list(items.within(app.state, full_name))
    for name in doomed:
        access.require(app.state, request, DELETE, item=name)
    for build in builds.running(app.state):
        if build["job"] in doomed:
            builds.end(app.state, build, app.clock.now(), "ABORTED")
    app.state["queue"] = {key: one for key, one in app.state["queue"].items() if one["job"] not in doomed}
    for name in doomed:
        del app.state["items"][name], app.state["builds"][name]
    parent = full_name.rpartition("/")[0]
    look = app.look(request)
    return gone_to(look.url(parent) if parent else look.base)


def gone_to(address: str) -> Response:
    """A redirect, as after every form."""
    return Response("", 302, {"Location": address})


def jobs_in(look: Look, folder: str) -> list[Bean]:
    """What somebody sees in a folder, or at the top; from further away only name, address and colour."""
    names = (name for name in items.children(look.state, folder) if access.may(look.state, look.user, items.READ, name))
    return [item_bean(look, look.state["items"][name]) for name in names]


def item_bean(look: Look, item: dict[str, Any]) -> Bean:
    """A folder or job."""
    name, kind = item["name"], item["kind"]
    short, facts = name.rpartition("/")[2], configs.facts_of(item["config"])
    values = {
        "_class": configs.CLASSES[kind],
        "actions": [],
        "description": facts.description,
        "displayName": facts.display_name or short,
        "displayNameOrNull": facts.display_name,
        "fullDisplayName": display(name),
        "fullName": name,
        "name": short,
        "url": look.url(name),
    }
    more = folder_values(look, name) if kind == "folder" else job_values(look, item)
    return Bean(values | more, name=999, url=2, color=2, allBuilds=-2)


def folder_values(look: Look, name: str) -> dict[str, Any]:
    """What only a folder has."""
    view = Bean({"_class": "hudson.model.AllView", "name": "All", "url": look.url(name)}, name=2, url=2)
    return {"healthReport": [], "jobs": lambda: jobs_in(look, name), "primaryView": view, "views": [view]}


def job_values(look: Look, item: dict[str, Any]) -> dict[str, Any]:
    """What only a job has."""
    state, name, facts = look.state, item["name"], configs.facts_of(item["config"])
    values = {
        "buildable": not facts.disabled,
        "builds": lambda: [build_bean(look, build) for build in list(builds.newest(state, name))[:100]],
        "allBuilds": lambda: [build_bean(look, build) for build in builds.newest(state, name)],
        "color": lambda: builds.color(state, name),
        "concurrentBuild": facts.concurrent,
        "firstBuild": lambda: picked(look, name, next(iter(state["builds"][name]), "")),
        "healthReport": [],
        "inQueue": lambda: queue.waiting_for(state, name) is not None,
        "keepDependencies": False,
        "nextBuildNumber": item["next"],
        "property": [parameters_bean(facts)] if facts.parameters else [],
        "queueItem": lambda: queued(look, name),
    }
    values |= {last: (lambda last=last: picked(look, name, last)) for last in builds.LAST}
    if item["kind"] == "freestyle":
        values |= {"disabled": facts.disabled, "downstreamProjects": [], "labelExpression": facts.label}
        values |= {"scm": Bean({"_class": "hudson.scm.NullSCM"}), "upstreamProjects": []}
    return values


def queued(look: Look, name: str) -> Bean | None:
    """The job's place in the queue."""
    waiting = queue.waiting_for(look.state, name)
    return queue_bean(look, waiting) if waiting else None


def picked(look: Look, name: str, which: str) -> Bean | None:
    """The build of a number or a permanent name."""
    build = builds.pick(look.state, name, which)
    return build_bean(look, build) if build else None


def parameters_bean(facts: configs.Facts) -> Bean:
    """The job's parameters with their defaults."""
    kind = "hudson.model.ParametersDefinitionProperty"
    return Bean(
        {
            "_class": kind,
            "parameterDefinitions": [
                Bean(
                    {
                        "_class": tag,
                        "defaultParameterValue": Bean({"_class": VALUE, "name": name, "value": value}, value=2),
                        "description": None,
                        "name": name,
                        "type": tag.rpartition(".")[2],
                    }
                )
                for tag, name, value in facts.parameters
            ],
        }
    )


VALUE: Final = "hudson.model.StringParameterValue"
