"""On a real OpenStack: ten allocations by the portal, and the same by the best script by hand, in turns."""

import os
import statistics
import time
from contextlib import ExitStack
from pathlib import Path

from tests.load.machine import load
from tests.load.report import Row
from tests.load.script import POLL, Names, Script
from tests.load.stage import real_stage
from tests.processes import until

COUNT, TURNS, FLAVOR = 10, 4, "p9.small"
WHAT = f"{COUNT} allocations on a real OpenStack, as a multiple of a script's time"
AIM = "1.15"


def measure() -> list[Row]:
    """Portal and script in turns; each takes everything back before the next begins.

    A turn differs from the next of its kind by a fifth, whoever makes it: medians of four.
    """
    cloud, config_file = os.environ.get("CONTRACT_CLOUD"), os.environ.get("OS_CLIENT_CONFIG_FILE")
    if not cloud or not config_file:
        return [Row(WHAT, AIM, "bring a real OpenStack up (make openstack) and set CONTRACT_CLOUD", load(), met=None)]
    ours, theirs = [], []
    with real_stage(cloud, Path(config_file)) as on:
        names = _names(cloud)
        _by_hand(cloud, config_file, names, 2)  # a cloud that has just come up is slow for whoever comes first
        for turn in range(TURNS):
            with ExitStack() as alone:  # the script's turns are its own: an idle worker still looks at the cloud
                on.start_worker(alone)
                ours.append(_by_the_portal(turn))
            theirs.append(_by_hand(cloud, config_file, names, COUNT))
    ratio = statistics.median(ours) / statistics.median(theirs)
    seen = f"{ratio:.2f} (portal {_said(ours)} s, script {_said(theirs)} s)"
    return [Row(WHAT, AIM, seen, load(), met=ratio <= 1.15)]


def _by_hand(cloud: str, config_file: str, names: Names, count: int) -> float:
    script = Script(cloud, config_file, names, count)
    took = script.run()
    script.undo()
    return took


def _said(seconds: list[float]) -> str:
    return ", ".join(f"{one:.1f}" for one in seconds)


def _by_the_portal(turn: int) -> float:
    """Seconds from the first approval until all are ready."""
    from projects.models import Allocation
    from projects.services import allocations
    from tests import asking

    waiting = [asking.asked(turn * COUNT + number, flavor=FLAVOR, volume_gib=1) for number in range(COUNT)]
    began = time.monotonic()
    for request in waiting:
        asking.approve(request)

    def all_ready() -> bool:
        time.sleep(POLL / 4)  # as the script waits: to ask all the time would take the cloud's own processor
        return Allocation.objects.filter(phase="ready").count() == COUNT

    until(all_ready, 300, what=f"{COUNT} ready")
    took = time.monotonic() - began
    for allocation in Allocation.objects.filter(phase="ready").select_related("project", "part__request__requester"):
        owner = allocation.part.request.requester if allocation.part else None
        assert owner, "what was asked for has somebody who asked"
        allocations.release_allocation(allocation=allocation, by=owner, typed_name=allocation.project.name, now=True)
    until(lambda: not Allocation.objects.exclude(phase="released").exists(), 400, what="all given back")
    return took


def _names(cloud: str) -> Names:
    """The ids that the portal's plans use, from its catalog and from keystone."""
    from projects.models import Flavor, Image
    from provisioning.adapters.openstack import open_cloud
    from provisioning.places import places

    identity = open_cloud(cloud).identity
    return Names(
        flavor=Flavor.objects.get(name=FLAVOR, present=True).external_id,
        image=Image.objects.filter(name="debian-12-ppc64le", present=True).latest("pk").external_id,
        network=places(cloud).network_id,
        domain=identity.domain_id,
        role=identity.role_id("member"),
    )
