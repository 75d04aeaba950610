"""The script console, as far as its wire goes: literals are printed, anything else fails as Groovy does."""

import re
from typing import TYPE_CHECKING, Final

from werkzeug import Request, Response
from werkzeug.exceptions import NotFound

from simulators.jenkins import access, nodes

if TYPE_CHECKING:
    from simulators.jenkins.app import Jenkins

LITERAL: Final = r"""(?:(?P<quote>["'])(?P<text>.*)(?P=quote)|(?P<number>\d+))"""
PRINT: Final = re.compile(rf"(?P<verb>println|print)\b\s*\(?\s*{LITERAL}\s*\)?")
THROW: Final = re.compile(r"""throw new (?P<kind>\w+)\(\s*(?:(["'])(?P<text>.*)\2)?\s*\)""")


def register(app: "Jenkins") -> None:
    """Add scriptText, of the controller and of nodes."""

    @app.post("/scriptText")
    def here(request: Request) -> Response:
        access.require(app.state, request, access.ADMINISTER)
        return Response(output(request.form.get("script", "")), content_type="text/plain;charset=utf-8")

    @app.post("/computer/<name>/scriptText")
    def on(request: Request, name: str) -> Response:
        access.require(app.state, request, access.ADMINISTER)
        if not nodes.connected(app.state, name):
            raise NotFound
        return Response(output(request.form.get("script", "")), content_type="text/plain;charset=utf-8")


def output(script: str) -> str:
    """What a script prints; it ends with the stack trace of the first line that fails."""
    printed = ""
    for line in filter(None, map(str.strip, script.splitlines())):
        match = PRINT.fullmatch(line)
        if match is None:
            return printed + trace(line)
        printed += (match["text"] or match["number"] or "") + ("\n" if match["verb"] == "println" else "")
    return printed


def trace(line: str) -> str:
    """A stack trace: of what was thrown, else of the name that Groovy does not know."""
    thrown = THROW.fullmatch(line)
    said = f"java.lang.{thrown['kind']}: {thrown['text'] or ''}" if thrown else MISSING.format(line)
    return f"{said}\n\tat Script1.run(Script1.groovy:1)\n\tat groovy.lang.GroovyShell.evaluate(GroovyShell.java:574)\n"


MISSING: Final = "groovy.lang.MissingPropertyException: No such property: {} for class: Script1"
