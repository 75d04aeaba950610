"""What pages ask of Jenkins at once: a build, its end, the list of builds and a log, on a job that our steps made."""

from collections.abc import Iterator
from typing import Any

import pytest

from provisioning.adapters.jenkins import Controller, listing
from provisioning.errors import Gone
from provisioning.ports import Order
from provisioning.spec import FolderWant, JobWant
from provisioning.steps import actions
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
