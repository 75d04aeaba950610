"""Console log and console link."""

import secrets
from html import escape

from werkzeug import Response

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.nova.actions import ACTIONS, must_be
from simulators.openstack.nova.common import routes, server_of
from simulators.openstack.nova.events import today
from simulators.openstack.store import Row


def log_of(call: Call, server: Row) -> list[str]:
    """What the machine has said since it was started."""
    host = call.world.hosts.one(name=server["host"]) or {"arch": "ppc64le", "cpu": "POWER9"}
    image = call.world.images.get(server["image_id"]) or {"name": "disk"}
    lines = [
        f"[    0.000000] Linux version 6.1.0 ({host['arch']}) booting {image['name']}",
        f"[    0.000000] cpu: {host['cpu']}, {server['flavor']['vcpus']} online",
        f"[    0.000000] Memory: {server['flavor']['ram'] * 1024}K available",
        "[    0.412031] virtio_blk virtio1: [vda] ready",
        "[    1.102934] EXT4-fs (vda1): mounted filesystem",
        f"[    2.330151] systemd[1]: Hostname set to <{server['hostname']}>.",
    ]
    if server["launched"] is None:
        return lines
    return [
        *lines,
        f"[    6.718204] cloud-init: Cloud-init finished at {today(server['launched'])}. Up 6.71 seconds",
        "",
        f"{server['hostname']} login: ",
    ]


def output(call: Call, server: Row, asked: Row) -> Row:
    """The last lines of the log. Raises 404, 409."""
    if server["host"] is None or server["vm_state"] == "building":
        raise Refused(404, "Unable to get console log")
    lines = log_of(call, server)
    length = asked.get("length")
    return {"output": "\n".join(lines[-int(length) :] if length and int(length) > 0 else lines)}


def link(call: Call, server: Row, kind: str) -> str:
    """A link that opens the console."""
    must_be(server, "get_vnc_console", ("active", "paused", "rescued"))
    return f"{call.root}/compute/console/{kind}/{server['id']}?token={secrets.token_urlsafe(16)}"


def old_vnc(call: Call, server: Row, asked: Row) -> Row:
    """The action before 2.6."""
    kind = str(asked.get("type", "novnc"))
    return {"console": {"type": kind, "url": link(call, server, kind)}}


ACTIONS.update({"os-getConsoleOutput": output, "os-getVNCConsole": old_vnc})


@routes.post("/servers/<id>/remote-consoles")
def remote(call: Call, id: str) -> Row:
    asked = call.part("remote_console")
    kind = str(asked.get("type"))
    if kind not in ("novnc", "xvpvnc", "spice-html5", "serial", "webmks"):
        raise Refused(400, f"Invalid input for field/attribute type. Value: {kind}.")
    url = link(call, server_of(call, id), kind)
    return {"remote_console": {"protocol": asked.get("protocol"), "type": kind, "url": url}}


def page(call: Call, kind: str, id: str) -> Response:
    """The console itself: its log, readable."""
    server = call.world.servers.get(id)
    if server is None:
        return Response("This console is closed.", 404)
    text = escape("\n".join(log_of(call, server)))
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>Console of {escape(server['name'])}</title>"
    style = "<style>body{background:#111;color:#ddd;font:1rem monospace;padding:1rem}pre{white-space:pre-wrap}</style>"
    return Response(
        f"{head}{style}<h1>{escape(server['name'])}</h1><pre>{text}</pre></html>", 200, content_type="text/html"
    )
