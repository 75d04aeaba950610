"""What people ask of a server or a CI job: each verb's call, and how the cloud's listing shows that it was done."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from provisioning.adapters.jenkins import open_controller
from provisioning.adapters.openstack import Conflict, OpenStackCloud
from provisioning.errors import Rejected
from provisioning.ports import Order, SeenServer

Args = Mapping[str, Any]

CALLS: Final[Mapping[str, Callable[[Args], tuple[str, Any]]]] = {
    "start": lambda _: ("os-start", None),
    "stop": lambda _: ("os-stop", None),
    "reboot": lambda args: ("reboot", {"type": args.get("type", "SOFT")}),
    "reinstall": lambda args: ("rebuild", {"imageRef": args["image_id"]}),
    "rescue": lambda _: ("rescue", {}),
    "unrescue": lambda _: ("unrescue", None),
    "confirm": lambda _: ("confirmResize", None),
    "revert": lambda _: ("revertResize", None),
}
ON_JOBS: Final[Mapping[str, Callable[[Order], Any]]] = {
    "build": lambda order: open_controller().builds.start(order.target),
    "stop-build": lambda order: open_controller().builds.stop(order.target, int(order.args["number"])),
}
ENDS: Final[Mapping[str, str]] = {"start": "ACTIVE", "stop": "SHUTOFF", "rescue": "RESCUE", "unrescue": "ACTIVE"}


def perform(cloud: OpenStackCloud, order: Order, seen: SeenServer | None = None) -> bool:
    """Make the call, once; True where its answer is all that there is to wait for.

    Raises Rejected where the server is as it would become, or cannot do that now.
    """
    if call := ON_JOBS.get(order.verb):
        call(order)
        return True
    if seen is not None and ENDS.get(order.verb) == seen.status and not seen.task_state:
        raise Rejected(f"The server is {seen.status} already.")
    action, args = CALLS[order.verb](order.args)
    try:
        cloud.compute.act(order.target, action, args)
    except Conflict as error:  # a clear no, so it had no effect
        raise Rejected(error.words) from error
    return False


def before(seen: SeenServer) -> dict[str, str]:
    """What must be kept of a server before the call, to see afterwards that something happened."""
    return {"status": seen.status, "updated_at": seen.updated_at, "image_id": seen.image_id}


def done(order: Order, before: Mapping[str, Any], seen: SeenServer) -> bool:
    """Whether the server shows that the order was carried out: at rest, in the state it leads to, and changed since."""
    if seen.task_state:
        return False
    if order.verb in ENDS:
        return seen.status == ENDS[order.verb]
    if order.verb in {"confirm", "revert"}:
        return seen.status in {"ACTIVE", "SHUTOFF"}
    right = order.verb != "reinstall" or seen.image_id == order.args["image_id"]
    return right and seen.status in {"ACTIVE", "SHUTOFF"} and seen.updated_at != before.get("updated_at")
