"""What pages ask of Jenkins at once: a build, its end, the list of builds and a log, on a job that our steps made."""

from collections.abc import Iterator
from typing import Any

import pytest

from provisioning.adapters.jenkins import Controller, listing
from provisioning.errors import Gone
from provisioning.outcomes import Pending, Ready
from provisioning.ports import Order
from provisioning.spec import FolderWant, JobWant, SuspensionWant
from provisioning.steps import actions
from provisioning.steps.folder import FolderAtRest
from tests.contract.jenkins.server import Server
from tests.contract.jenkins.test_steps import Bench


@pytest.fixture
def job(server: Server, controller: Controller, settings: Any) -> Iterator[str]:
    """The full name of a starter job, that waits for agents which nobody has."""
    settings.JENKINS_URL, settings.JENKINS_USER, settings.JENKINS_TOKEN = server.url, server.user, server.token
    bench = Bench(controller)
    bench.do("ensure", "folder", FolderWant("Fastcodec", ("ada-porter",)), called=False)
    yield bench.do("ensure", "job:agents", JobWant("", "", ("no-such-label",)), called=False).id
    server.ask("POST", f"job/{bench.folder}/doDelete")


def order(verb: str, job: str, **args: Any) -> bool:
    return actions.perform(None, Order(verb, job, args))  # type: ignore[arg-type]  # no cloud is needed


def test_a_build_is_taken_and_nothing_is_waited_for(job: str, controller: Controller, server: Server) -> None:
    assert order("build", job) is True
    server.until("the build to wait", lambda: [q for q in listing.queue(controller.client) if q.job == job])
    assert order("build", job) is True, "the same again is the same that waits already"
    assert listing.builds(controller.client, job, 5) == ()


@pytest.mark.parametrize(("verb", "job_too"), [("stop-build", True), ("build", False)])
def test_what_is_not_there_is_a_clear_no(job: str, verb: str, job_too: bool) -> None:
    with pytest.raises(Gone) as refused:
        order(verb, job if job_too else f"{job}-gone", number=99)
    assert refused.value.system == "jenkins"


def test_at_rest_nothing_waits_and_nothing_runs(job: str, server: Server, controller: Controller) -> None:
    """One job of the folder runs, on an agent that the simulated Jenkins connects on order; another one waits."""
    bench, folder = Bench(controller), job.rpartition("/")[0]
    controller.nodes.create(
        folder, about="p9", mark="portico/x", labels=["rest"], executors=1, home="/home/jenkins", exclusive=False
    )
    server.sim.control("POST", f"nodes/{folder}", {"connected": True})
    bench.facts = {"folder": {"id": folder, "logins": [], "mark": mark_of(server, folder)}}
    busy = bench.do("ensure", "job:busy", JobWant("", "", ("rest",)), called=False).id
    server.sim.control("POST", f"builds/{busy}", {"seconds": 3600})
    order("build", busy)
    order("build", job)
    server.until("the build to run", lambda: [b for b in listing.builds(controller.client, busy, 5) if b.building])
    it = bench.at("suspension", SuspensionWant(()))
    assert isinstance(FolderAtRest().ensure(None, it), Pending)
    server.until("all to end", lambda: isinstance(FolderAtRest().ensure(None, it), Ready))
    assert not [waiting for waiting in listing.queue(controller.client) if waiting.job.startswith(folder)]
    (ended,) = listing.builds(controller.client, busy, 5)
    assert ended.result == "ABORTED"


def mark_of(server: Server, folder: str) -> str:
    return str(server.ask("GET", f"job/{folder}/api/json").json()["description"].split()[-1])
