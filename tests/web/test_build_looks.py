"""What a look at a job's builds and at a build's log shows, with a Jenkins behind it that has built."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from projects.models import Allocation, User
from projects.states import Kind
from provisioning import peek
from provisioning.adapters.jenkins import Controller, builds
from provisioning.models import Step
from tests.contract.jenkins.test_items import freestyle
from tests.factories import AllocationFactory, UserFactory, at_the_desk
from tests.factories_provisioning import PlanFactory, StepFactory
from tests.simulated import Simulated

pytestmark = pytest.mark.django_db
MARK = "portico/test/of/looks"
COMMAND = "echo one\necho '<b>two</b>'\necho three"


@pytest.fixture
def controller(jenkins: Simulated, settings: Any) -> Controller:
    """The Jenkins of the settings, with an agent that is connected."""
    settings.JENKINS_URL, settings.JENKINS_USER, settings.JENKINS_TOKEN = jenkins.url, "portico", "demo-token"
    found = Controller(jenkins.url, "portico", "demo-token", 10)
    kept = {"labels": ["power9"], "executors": 1, "home": "/home/jenkins/agent", "exclusive": False}
    found.nodes.create("p9-1", about="", mark=MARK, **kept)
    jenkins.control("POST", "nodes/p9-1", {"connected": True})
    return found


@pytest.fixture
def job(controller: Controller, owner: User) -> Step:
    """A job that was made and not built yet."""
    own = [f"USER:hudson.model.Item.{one}:portico" for one in ("Create", "Configure", "Read", "Build", "Delete")]
    controller.folders.create("folder-1", about="", mark=MARK, lines=own)
    controller.jobs.create("folder-1/fastcodec", freestyle(COMMAND, label="power9"), about="", mark=MARK)
    made: Allocation = AllocationFactory(kind=Kind.CI, granted={}, project__owner=owner)
    return StepFactory(plan=PlanFactory(allocation=made), key="job:fastcodec", external_id="folder-1/fastcodec")


def seen(client: Client, job: Step, what: str, *path: int, offset: int = 0) -> str:
    """The answer that the browser of this client reads, once a worker has looked."""
    name = "provisioning:build" if path else "provisioning:job"
    url = reverse(name, args=[job.plan.allocation_id, "fastcodec", *path])
    key = client.get(url, {"offset": offset}).content.decode().split("/peek/")[1].split("/")[0]
    args = {"number": path[0], "start": offset} if path else {}
    peek.look(key, what, job.pk, args)
    return " ".join(client.get(reverse("provisioning:peek", args=[key])).content.decode().split())


def test_the_last_builds_are_listed_with_their_results(client, owner, job, controller, jenkins) -> None:
    client.force_login(owner)
    assert "Nothing was built yet." in seen(client, job, "builds")
    controller.builds.start(job.external_id)
    jenkins.move(60)
    text = seen(client, job, "builds")
    assert reverse("provisioning:build", args=[job.plan.allocation_id, "fastcodec", 1]) in text
    assert ">good<" in text
    assert 'data-label="Agent">p9-1<' in text


def test_who_may_stop_a_build_is_offered_it_while_something_is_lent(
    client, owner, job, controller, jenkins, settings
) -> None:
    client.force_login(owner)
    controller.builds.start(job.external_id)
    jenkins.move(6)  # out of the queue
    assert 'name="stop" value="1"' in seen(client, job, "builds")
    Allocation.objects.update(desired="suspended")
    assert 'name="stop"' not in seen(client, job, "builds")
    Allocation.objects.update(desired="present")
    client.force_login(at_the_desk(settings, UserFactory()))
    text = seen(client, job, "builds")
    assert "its console log" in text
    assert 'name="stop"' not in text


def test_a_log_is_read_on_at_the_builds_own_address(client, owner, job, controller, jenkins) -> None:
    client.force_login(owner)
    controller.builds.start(job.external_id)
    jenkins.move(6)
    text = seen(client, job, "build_log", 1)
    own = reverse("provisioning:build", args=[job.plan.allocation_id, "fastcodec", 1])
    assert f'<a href="{own}?offset=' in text


def test_a_log_is_text_whatever_stands_in_it(client, owner, job, controller, jenkins) -> None:
    client.force_login(owner)
    controller.builds.start(job.external_id)
    jenkins.move(60)
    text = seen(client, job, "build_log", 1)
    assert "&lt;b&gt;two&lt;/b&gt;" in text
    assert "<b>two" not in text
    assert "Only its end" not in text
    assert "Read on" not in text
    assert "Jenkins: not found" in seen(client, job, "build_log", 99)


def test_of_a_long_log_is_said_that_its_beginning_is_left_out(
    client, owner, job, controller, jenkins, monkeypatch
) -> None:
    monkeypatch.setattr(builds, "LONGEST", 60)
    client.force_login(owner)
    controller.builds.start(job.external_id)
    jenkins.move(60)
    assert "Only its end is shown" in seen(client, job, "build_log", 1)


def test_a_jenkins_that_is_down_is_called_by_its_name(client, owner, job, jenkins) -> None:
    client.force_login(owner)
    jenkins.fault(path="/job/", status=503)
    text = seen(client, job, "builds")
    assert "Jenkins does not answer right now." in text
    assert "503" not in text
