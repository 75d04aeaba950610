"""What people see in a browser of folders, jobs and builds: what they may read, and buttons for what they may do."""

import time
from html import escape
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response

from simulators.jenkins import access, build_api, builds, console, crumbs, items, queue
from simulators.jenkins.beans import Look
from simulators.jenkins.configs import facts_of
from simulators.jenkins.item_api import JOB
from simulators.jenkins.pages import link, page, table

if TYPE_CHECKING:
    from simulators.jenkins.app import Jenkins


def register(app: "Jenkins") -> None:
    """Add the pages behind the addresses of items and builds."""

    @app.get("/")
    def dashboard(request: Request) -> Response:
        look = app.look(request)
        return page(look, "Dashboard", listing(look, ""))

    @app.get(f"{JOB}/")
    def item(request: Request, name: str) -> Response:
        found, look = items.find(app.state, request, name), app.look(request)
        facts = facts_of(found["config"])
        inside = listing(look, found["name"]) if found["kind"] == "folder" else job(app, request, look, found)
        about = f"<p>{escape(facts.description or '')}</p>"
        return page(look, title_of(look, found["name"]), f"{above(look, found['name'])}{about}{inside}")

    @app.get(f"{build_api.ONE}/")
    def build(request: Request, name: str, number: str) -> Response:
        look, found = app.look(request), build_api.found(app, request, name, number)
        return page(look, build_title(look, found), facts_of_build(app, request, look, found))

    @app.get(f"{build_api.ONE}/console")
    def log(request: Request, name: str, number: str) -> Response:
        look, found = app.look(request), build_api.found(app, request, name, number)
        text = escape(console.text(found, look.now))
        way = link(address_of(look, found), build_title(look, found))
        return page(look, "Console Output", f'<p>{way}</p><pre tabindex="0">{text}</pre>')


def listing(look: Look, folder: str) -> str:
    """What the caller may read in a folder, or at the top."""
    names = [name for name in items.children(look.state, folder) if items.seen(look.state, look.user, name)]
    return table(("Name", "Last build"), [line(look, name) for name in names]) if names else "<p>Nothing is here</p>"


def line(look: Look, name: str) -> tuple[str, str]:
    """An item in a folder."""
    item = look.state["items"][name]
    last = builds.pick(look.state, name, "lastBuild") if item["kind"] != "folder" else None
    return link(look.url(name), short_title(item)), f"{numbered(look, last)} {state_of(last)}" if last else ""


def above(look: Look, name: str) -> str:
    """The way back to the folder around an item."""
    folder = name.rpartition("/")[0]
    return f"<p>In {link(look.url(folder), title_of(look, folder))}</p>" if folder else ""


def job(app: "Jenkins", request: Request, look: Look, item: dict[str, Any]) -> str:
    """A job: what waits, what was built, and Build Now."""
    name, facts = item["name"], facts_of(item["config"])
    waits = [queue.why(look.state, one, look.now) or "" for one in queue.waits(look.state) if one["job"] == name]
    rows = [
        (numbered(look, build), state_of(build), moment(build["began"]), took(look, build))
        for build in builds.newest(look.state, name)
    ]
    start = f"{look.url(name)}{'buildWithParameters' if facts.parameters else 'build'}?delay=0sec"
    may = not facts.disabled and access.may(look.state, look.user, build_api.BUILD, item=name)
    return "".join(
        (
            button(app, request, start, "Build Now") if may else "",
            *(f"<p>Pending: {escape(why)}</p>" for why in waits),
            "<h2>Builds</h2>",
            table(("Build", "Result", "Begun", "Took"), rows[:100]) if rows else "<p>No builds yet</p>",
        )
    )


def facts_of_build(app: "Jenkins", request: Request, look: Look, build: builds.Build) -> str:
    """A build: how it goes, where, for whom, and Stop."""
    where = ", ".join(part["node"] for part in build["parts"] if part["node"]) or "no agent"
    address = address_of(look, build)
    may = build["ended"] is None and access.may(look.state, look.user, build_api.CANCEL, item=build["job"])
    return (
        f"<p>Build of {link(look.url(build['job']), title_of(look, build['job']))}</p>"
        f"<p>{state_of(build)}; begun {moment(build['began'])}, took {took(look, build)}, on {escape(where)}; "
        f"started by user {escape(build['user'] or 'anonymous')}</p>"
        f"<p>{link(f'{address}console', 'Console Output')}</p>"
        f"{button(app, request, f'{address}stop', 'Stop') if may else ''}"
    )


def button(app: "Jenkins", request: Request, address: str, words: str) -> str:
    """Something that is done by POST, with the crumb of the caller's session."""
    crumb = crumbs.crumb_of(app, request, request.cookies.get(access.COOKIE, ""))
    field = f'<input type="hidden" name="{crumbs.FIELD}" value="{crumb}">'
    return f'<form method="post" action="{escape(address)}">{field}<button>{escape(words)}</button></form>'


def title_of(look: Look, name: str) -> str:
    """`A » B`, as they are to be shown."""
    return " » ".join(short_title(look.state["items"][one]) for one in items.path(name))


def short_title(item: dict[str, Any]) -> str:
    """Its own name, or what is shown instead."""
    return facts_of(item["config"]).display_name or item["name"].rpartition("/")[2]


def build_title(look: Look, build: builds.Build) -> str:
    """`A » B #7`."""
    return f"{title_of(look, build['job'])} #{build['number']}"


def numbered(look: Look, build: builds.Build) -> str:
    """The way to a build."""
    return link(address_of(look, build), f"#{build['number']}")


def address_of(look: Look, build: builds.Build) -> str:
    """Where a build is."""
    return f"{look.url(build['job'])}{build['number']}/"


def state_of(build: builds.Build) -> str:
    """How it ended, or that it has not."""
    return build["result"] or "in progress"


def moment(seconds: float) -> str:
    """A point in time."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def took(look: Look, build: builds.Build) -> str:
    """How long it has run."""
    return queue.span((build["ended"] or look.now) - build["began"])
