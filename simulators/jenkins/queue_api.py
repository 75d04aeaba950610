"""The queue over HTTP."""

from typing import TYPE_CHECKING, Any, Final

from werkzeug import Request, Response
from werkzeug.exceptions import NotFound

from simulators.jenkins import access, builds, configs, dispatch, items, queue
from simulators.jenkins.access import who
from simulators.jenkins.beans import PLACEHOLDER, Look, actions, build_bean, display, milliseconds
from simulators.jenkins.pages import html_page
from simulators.jenkins.tree import Bean

if TYPE_CHECKING:
    from simulators.jenkins.app import Jenkins

CANCEL: Final = "hudson.model.Item.Cancel"


def register(app: "Jenkins") -> None:
    """Add the addresses of the queue."""

    @app.get("/queue/api/json")
    def everything(request: Request) -> Response:
        look = app.look(request)
        waits = [one for one in queue.waits(app.state) if items.seen(app.state, look.user, one["job"])]
        found = [queue_bean(look, one) for one in reversed(waits)]
        values = {"_class": "hudson.model.Queue", "discoverableItems": [], "items": found}
        return app.api(request, Bean(values, inline=("items", "discoverableItems")))

    @app.get("/queue/item/<int:number>/api/json")
    def one(request: Request, number: int) -> Response:
        return app.api(request, queue_bean(app.look(request), found(app, request, number)))

    @app.get("/queue/item/<int:number>/")
    def page(request: Request, number: int) -> Response:
        return html_page(f"Queue item {found(app, request, number)['id']} [Jenkins]", "<h1>Queue item</h1>")

    @app.post("/queue/cancelItem")
    def cancel(request: Request) -> Response:
        waiting = app.state["queue"].get(request.args.get("id", ""))
        if waiting is None or waiting["left"]:
            raise NotFound
        if not access.may(app.state, who(request), CANCEL, item=waiting["job"]):
            return Response("", 422)
        cancelled(app.state, waiting, app.clock.now())
        return Response("", 204)


def found(app: "Jenkins", request: Request, number: int) -> queue.Waiting:
    """A queue item of a job that the caller sees. Raises 404."""
    waiting: queue.Waiting | None = app.state["queue"].get(str(number))
    if waiting is None or not items.seen(app.state, who(request), waiting["job"]):
        raise NotFound
    return waiting


def cancelled(state: dict[str, Any], waiting: queue.Waiting, now: float) -> None:
    """Take something out of the queue; the pipeline that waited for it ends."""
    queue.leave(waiting, now, None)
    if waiting["build"] is not None:
        build = state["builds"][waiting["job"]][str(waiting["build"])]
        if build["ended"] is None:
            dispatch.stop(state, build, now, "Queue task was cancelled")


def queue_bean(look: Look, waiting: queue.Waiting) -> Bean:
    """A queue item as it is now."""
    kind = kind_of(look.state, waiting)
    values = {
        "_class": f"hudson.model.Queue${kind}",
        "actions": lambda: actions(waiting),
        "blocked": kind == "BlockedItem",
        "buildable": kind == "BuildableItem",
        "id": waiting["id"],
        "inQueueSince": milliseconds(waiting["since"]),
        "params": "".join(f"\n{name}={value}" for name, value in waiting["parameters"].items()),
        "stuck": kind == "BuildableItem" and stuck(look, waiting),
        "task": lambda: task_bean(look, waiting),
        "url": f"queue/item/{waiting['id']}/",
        "why": lambda: queue.why(look.state, waiting, look.now),
    }
    return Bean(values | particulars(look, waiting))


def kind_of(state: dict[str, Any], waiting: queue.Waiting) -> str:
    """Which of Jenkins's four kinds of item it is now."""
    if waiting["left"]:
        return "LeftItem"
    if waiting["ready"] is None:
        return "WaitingItem"
    return "BlockedItem" if queue.blocker(state, waiting) else "BuildableItem"


def particulars(look: Look, waiting: queue.Waiting) -> dict[str, Any]:
    """What only this kind of item has."""
    if waiting["left"]:
        number = waiting["left"]["number"]
        build = look.state["builds"][waiting["job"]].get(str(number))
        return {"cancelled": number is None, "executable": build_bean(look, build) if build else None}
    if waiting["ready"] is None:
        return {"timestamp": milliseconds(waiting["until"])}
    return {"buildableStartMilliseconds": milliseconds(waiting["ready"]), "pending": False}


def stuck(look: Look, waiting: queue.Waiting) -> bool:
    """Whether it waits far longer than the job takes: ten times, or a day where nobody knows."""
    usual = builds.estimate(look.state, waiting["job"])
    return look.now - waiting["ready"] > (86400 if usual is None else 10 * max(usual, 60))


def task_bean(look: Look, waiting: queue.Waiting) -> Bean:
    """The job that waits, or the pipeline's part."""
    job = waiting["job"]
    if waiting["build"] is not None:
        name = f"part of {display(job)} #{waiting['build']}"
        return Bean({"_class": PLACEHOLDER, "name": name, "url": f"{look.url(job)}{waiting['build']}/"}, name=2, url=2)
    values = {
        "_class": configs.CLASSES[look.state["items"][job]["kind"]],
        "name": job.rpartition("/")[2],
        "url": look.url(job),
        "color": builds.color(look.state, job),
    }
    return Bean(values, name=999, url=2, color=2)
