"""What a look at a large Jenkins costs: 200 agents, and 2,000 jobs with five builds each, in 100 folders."""

import json
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.load.machine import cpu_seconds, load
from tests.load.report import Row
from tests.load.stage import stage
from tests.simulated import Simulated, simulator

AGENTS, FOLDERS, JOBS, BUILDS = 200, 100, 20, 5
LOOKS = 5
ACCOUNT = {"--user": "portico", "--password": "demo", "--token": "demo-token"}


def measure() -> list[Row]:
    """The first look, with everything new, and those that find nothing changed."""
    with stage() as on:
        state, options = on.home / "jenkins.json", [word for pair in ACCOUNT.items() for word in pair]
        small, large = (Path(tempfile.mkdtemp(dir=on.home)) for _ in range(2))
        with simulator("jenkins", small, "--state", state, *options) as sim:
            _tell(sim)
            _one_of_each(sim)
            sim.process.stop()  # it saves its state
        state.write_text(json.dumps(_many(json.loads(state.read_text()))))
        sim = on.stack.enter_context(simulator("jenkins", large, "--state", state, *options))
        _tell(sim)
        for name in (f"agent-{number:03}" for number in range(AGENTS)):  # a restart cut them off
            sim.control("POST", f"nodes/{name}", {"connected": True})
        sim.move(6)
        sim.control("DELETE", "calls")
        first = _look(sim)
        calls = sum(sim.calls()["totals"].values())
        later = [_look(sim) for _ in range(LOOKS)]
        from provisioning.models import Agent, Build

        if (Agent.objects.count(), Build.objects.count()) != (AGENTS, FOLDERS * JOBS * BUILDS):
            raise RuntimeError("The look did not see everything.")
        return [_row("a first look at", calls, [first]), _row("a look with nothing changed at", calls, later)]


def _row(what: str, calls: int, seen: list[tuple[float, float, float]]) -> Row:
    wall, cpu, theirs = (statistics.median(each) for each in zip(*seen, strict=True))
    words = f"{calls} requests, {wall:.2f} s, {cpu:.2f} s of it the portal’s CPU, {theirs:.2f} s the simulator’s"
    met = calls <= 5 and wall <= 2
    size = f"{AGENTS} agents, {FOLDERS * JOBS:,} jobs with {BUILDS} builds each"
    return Row(f"{what} {size}", "5 requests, 2 s", words, load(), met=met)


def _tell(sim: Simulated) -> None:
    from django.conf import settings

    settings.JENKINS_URL, settings.JENKINS_USER, settings.JENKINS_TOKEN = sim.url, ACCOUNT["--user"], ACCOUNT["--token"]


def _one_of_each(sim: Simulated) -> None:
    """An agent, and a job in a folder that was built there once."""
    from provisioning.adapters.jenkins import open_controller
    from tests.contract.jenkins.test_items import freestyle

    jenkins = open_controller()
    made: dict[str, Any] = {"labels": ["ppc64le"], "executors": 2, "home": "/home/jenkins/agent", "exclusive": False}
    jenkins.nodes.create("one", about="", mark="mark", **made)
    sim.control("POST", "nodes/one", {"connected": True})
    jenkins.folders.create(
        "one", about="", mark="mark", lines=[f"USER:hudson.model.Item.{each}:portico" for each in OWN]
    )
    jenkins.jobs.create("one/job", freestyle(label="ppc64le"), about="", mark="mark")
    jenkins.builds.start("one/job")
    sim.move(60)


def _many(saved: dict[str, Any]) -> dict[str, Any]:
    """The saved state with as many of each as are asked for; the builds are spread over the agents."""
    state = saved["state"]
    node, folder, job = state["nodes"]["one"], state["items"]["one"], state["items"]["one/job"]
    (build,) = state["builds"]["one/job"].values()
    names = [f"agent-{number:03}" for number in range(AGENTS)]
    state["nodes"] = {name: {**node, "name": name} for name in names}
    state["items"], state["builds"] = {}, {}
    for number in range(FOLDERS * JOBS):
        inside = f"folder-{number // JOBS:03}"
        name, part = f"{inside}/job-{number % JOBS:02}", {**build["parts"][0], "node": names[number % AGENTS]}
        state["items"] |= {inside: {**folder, "name": inside}, name: {**job, "name": name, "next": BUILDS + 1}}
        every = {"job": name, "parts": [part]}
        state["builds"][name] = {str(one): {**build, **every, "number": one} for one in range(1, BUILDS + 1)}
    return saved


def _look(sim: Simulated) -> tuple[float, float, float]:
    """Seconds by the clock, of our CPU and of the simulator's."""
    from provisioning import ci_look
    from provisioning.models import Watch

    Watch.objects.update(looked_at=None, look_until=None)
    began, cpu, theirs = time.monotonic(), _cpu(), cpu_seconds(sim.process.process.pid)
    if not ci_look.look():
        raise RuntimeError(f"Jenkins was not seen: {Watch.objects.get(cloud='jenkins').trouble}")
    return time.monotonic() - began, _cpu() - cpu, cpu_seconds(sim.process.process.pid) - theirs


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


OWN = ("Build", "Cancel", "Configure", "Create", "Delete", "Read")
