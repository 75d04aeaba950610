"""Builds over HTTP: starting and stopping them, their facts and their console."""

import re
from typing import TYPE_CHECKING, Any, Final

from werkzeug import Request, Response
from werkzeug.exceptions import NotFound

from simulators.jenkins import builds, console, dispatch, items, queue
from simulators.jenkins.access import in_browser, who
from simulators.jenkins.beans import build_bean
from simulators.jenkins.configs import facts_of
from simulators.jenkins.item_api import JOB, gone_to
from simulators.jenkins.pages import html_page

if TYPE_CHECKING:
    from simulators.jenkins.app import Jenkins

BUILD: Final = "hudson.model.Item.Build"
CANCEL: Final = "hudson.model.Item.Cancel"
WORKSPACE: Final = "hudson.model.Item.Workspace"
ONE: Final = f"{JOB}/<build:number>"


def register(app: "Jenkins") -> None:
    """Add the addresses of builds."""
    register_starting(app)
    register_console(app)

    @app.get(f"{ONE}/api/json")
    def show(request: Request, name: str, number: str) -> Response:
        return app.api(request, build_bean(app.look(request), found(app, request, name, number)))

    @app.post(f"{ONE}/<any(stop, term, kill):_verb>")
    def stop(request: Request, name: str, number: str, _verb: str) -> Response:
        build = found(app, request, name, number, CANCEL)
        if build["ended"] is None:
            dispatch.stop(app.state, build, app.clock.now(), f"Aborted by {who(request) or 'anonymous'}")
        return gone_to(f"{app.look(request).url(build['job'])}{build['number']}/")

    @app.get(f"{JOB}/ws/")
    def workspace(request: Request, name: str) -> Response:
        item = items.find(app.state, request, name, WORKSPACE)
        if not app.state["builds"][item["name"]]:
            raise NotFound
        return html_page("Workspace [Jenkins]", "<h1>Workspace</h1>")


def register_starting(app: "Jenkins") -> None:
    """Add what queues a build."""

    @app.post(f"{JOB}/build")
    def build(request: Request, name: str) -> Response:
        item = buildable(app, request, name)
        if facts_of(item["config"]).parameters and not request.form:
            raise items.failure("This page expects a form submission")
        return queued(app, request, item, {})

    @app.post(f"{JOB}/buildWithParameters")
    def with_parameters(request: Request, name: str) -> Response:
        item = buildable(app, request, name)
        defined = facts_of(item["config"]).parameters
        if not defined:
            raise items.failure(f"{item['name']} is not parameterized")
        given = {each: request.values.get(each, default) for _kind, each, default in defined}
        return queued(app, request, item, given)


def register_console(app: "Jenkins") -> None:
    """Add the log: whole, and from an offset on."""

    @app.get(f"{ONE}/consoleText")
    def whole(request: Request, name: str, number: str) -> Response:
        text = console.text(found(app, request, name, number), app.clock.now())
        return Response(text, content_type="text/plain;charset=utf-8")

    @app.get(f"{ONE}/logText/progressiveText")
    def on(request: Request, name: str, number: str) -> Response:
        build = found(app, request, name, number)
        log = console.text(build, app.clock.now()).encode()
        start = request.args.get("start", 0, type=int)
        # an offset behind the end begins again, as after a log that was cut
        text = log[start if 0 <= start <= len(log) else 0 :]
        response = Response(text, content_type="text/plain;charset=utf-8")
        response.headers["X-Text-Size"] = str(len(log))
        if build["ended"] is None:
            response.headers["X-More-Data"] = "true"
        return response


def found(app: "Jenkins", request: Request, name: str, number: str, permission: str = items.READ) -> builds.Build:
    """A build by its number or permanent name. Raises 404."""
    item = items.find(app.state, request, name, permission)
    build = builds.pick(app.state, item["name"], number) if item["kind"] != "folder" else None
    if build is None:
        raise NotFound
    return build


def buildable(app: "Jenkins", request: Request, name: str) -> dict[str, Any]:
    """A job that the caller may build now. Raises 409 for a disabled one, 404 for a folder."""
    item = items.find(app.state, request, name, BUILD)
    if item["kind"] == "folder":
        raise NotFound
    if facts_of(item["config"]).disabled:
        raise items.failure(f"{item['name']} is not buildable", 409)
    return item


def queued(app: "Jenkins", request: Request, item: dict[str, Any], parameters: dict[str, str]) -> Response:
    """201 with the queue item's address; 303 where the same parameters wait already. A browser goes on to the job."""
    now = app.clock.now()
    waiting, new = queue.schedule(app.state, now, item["name"], parameters, who(request), delay_of(request))
    status = 303 if parameters and not new else 201
    if in_browser(request):
        return gone_to(app.look(request).url(item["name"]))
    return Response("", status, {"Location": f"{app.look(request).base}queue/item/{waiting['id']}/"})


def delay_of(request: Request) -> float | None:
    """The quiet period that the call asks for, `0sec`, or a bare number of milliseconds."""
    match = re.fullmatch(r"(\d+)(sec|secs)?", request.args.get("delay", ""))
    return (float(match[1]) if match[2] else float(match[1]) / 1000) if match else None
