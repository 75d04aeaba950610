"""Queue, builds and logs on agents that are connected; the numbers are those of Jenkins's behaviours."""

import pytest

from provisioning.adapters.jenkins import Controller, builds, listing
from provisioning.adapters.jenkins.rows import Agent
from provisioning.errors import Broken, Gone, Rejected
from tests.contract.jenkins.server import Server, Thing, thing
from tests.contract.jenkins.test_items import freestyle

GIB = 1024**3


@pytest.fixture
def connected(server: Server, controller: Controller, agent: Thing) -> Thing:
    """The agent, connected without a process behind it."""
    server.sim.control("POST", f"nodes/{agent.name}", {"connected": True})
    assert controller.nodes.state(agent.name).online
    return agent


@pytest.fixture
def job(controller: Controller, folder: Thing) -> Thing:
    """A job for agents labelled power9 that prints three lines in ten seconds."""
    it = thing("job:build", folder.name)
    controller.jobs.create(it.name, freestyle("echo one\necho twö\necho three", label="power9"), about="", mark=it.mark)
    return it


def running(server: Server, controller: Controller, agent: Thing, job: Thing) -> Agent:
    """The agent once the job runs on it."""
    controller.builds.start(job.name)

    def look() -> Agent | None:
        state = controller.nodes.state(agent.name)
        return state if state.running else None

    return server.until("a running build", look)


def why(controller: Controller, job: Thing) -> str:
    return next((each.why for each in listing.queue(controller.client) if each.job == job.name), "")


def test_24_an_agent_that_builds_stays_for_a_while(server, controller, connected, job) -> None:
    assert not running(server, controller, connected, job).idle
    assert not controller.nodes.remove(connected.name, connected.mark)
    assert server.until("it to be gone", lambda: controller.nodes.remove(connected.name, connected.mark))


def test_28_an_agent_that_connects_is_measured(server, controller, connected) -> None:
    state = server.until("a measurement", lambda: (s := controller.nodes.state(connected.name)).disk and s)
    assert (state.online, state.connected, state.marked, state.cause) == (True, True, False, "")
    assert state.architecture == "Linux (ppc64le)"
    assert 0 < state.disk.free < state.disk.total
    assert (state.disk.path, state.disk.threshold) == ("/home/jenkins/agent", GIB)
    assert state.disk.measured_at
    assert state.temporary


def test_29_a_disk_that_is_nearly_full_marks_the_agent_by_itself(server, controller, connected) -> None:
    free(server, connected, GIB // 2)
    low = server.until("the mark", lambda: (s := controller.nodes.state(connected.name)).marked and s)
    assert (low.drained, low.cause) == (False, "DiskSpace")
    assert "below threshold" in low.reason
    server.sim.control("DELETE", "calls")
    assert controller.nodes.undrain(connected.name, connected.mark).marked
    assert {call["method"] for call in server.sim.calls()["calls"]} == {"GET"}, "nothing of ours to take back"

    assert controller.nodes.drain(connected.name, connected.mark, "cleaning").drained
    free(server, connected, 100 * GIB)
    assert controller.nodes.state(connected.name).drained, "ours does not end when the disk has space again"
    assert not controller.nodes.undrain(connected.name, connected.mark).marked


def test_29_a_disk_without_any_space_reads_as_nothing(server, controller, connected) -> None:
    server.until("a measurement", lambda: controller.nodes.state(connected.name).disk)
    free(server, connected, 0)
    state = controller.nodes.state(connected.name)
    assert (state.online, state.disk) == (True, None)


def free(server: Server, agent: Thing, size: int) -> None:
    server.sim.control("POST", f"nodes/{agent.name}", {"disk": {"free": size}})
    server.sim.move(3600)


def test_30_what_runs_goes_on_after_a_drain_and_what_waits_waits(server, controller, connected, job) -> None:
    running(server, controller, connected, job)
    drained = controller.nodes.drain(connected.name, connected.mark, "its server goes")
    assert (drained.drained, drained.idle, len(drained.running)) == (True, False, 1)
    controller.builds.start(job.name)
    server.until("the build to end", lambda: controller.nodes.state(connected.name).idle)
    server.until("the reason", lambda: "offline" in why(controller, job))
    assert not controller.nodes.undrain(connected.name, connected.mark).marked
    server.until("the next build", lambda: controller.nodes.state(connected.name).running)


def test_32_what_finds_no_agent_waits_and_says_why(server, controller, agent, folder) -> None:
    it = thing("job:gpu", folder.name)
    controller.jobs.create(it.name, freestyle(label="no-such-label"), about="", mark=it.mark)
    number = controller.builds.start(it.name)
    server.until("the reason", lambda: "no-such-label" in why(controller, it))
    (waiting,) = [each for each in listing.queue(controller.client) if each.job == it.name]
    assert (waiting.id, bool(waiting.since)) == (number, True)
    controller.builds.cancel(number)
    assert not why(controller, it)
    controller.builds.cancel(number)
    assert controller.jobs.remove(it.name, it.mark)


def test_33_a_twin_in_the_queue_is_success(controller, folder) -> None:
    it = thing("job:build", folder.name)
    document = freestyle(label="no-such-label", parameter="WHO")
    controller.jobs.create(it.name, document, about="", mark=it.mark)
    first = controller.builds.start(it.name, {"WHO": "a b&c"})
    assert controller.builds.start(it.name, {"WHO": "a b&c"}) == first
    assert controller.builds.start(it.name, {}) not in {first, 0}, "with its defaults it is another"
    with pytest.raises(Rejected):
        controller.builds.start(it.name)
    controller.builds.cancel(first)


def test_33_what_cannot_be_built_is_refused_in_words(controller, folder, job) -> None:
    with pytest.raises(Rejected, match="is not parameterized"):
        controller.builds.start(job.name, {"WHO": "x"})
    off = thing("job:off", folder.name)
    controller.jobs.create(off.name, freestyle(disabled=True), about="", mark=off.mark)
    with pytest.raises(Rejected) as refused:
        controller.builds.start(off.name)
    assert "<" not in refused.value.words
    with pytest.raises(Gone):
        controller.builds.start(f"{folder.name}/no-such")


@pytest.mark.parametrize("name", ["..", "a/../b", "a//b", "."])
def test_a_name_leads_nowhere_else(controller, name) -> None:
    with pytest.raises(Rejected, match="is no name"):
        controller.builds.start(name)


def test_33_a_build_that_was_vetoed_is_no_success(server, controller, job) -> None:
    location = f"{server.url}/job/{job.name.replace('/', '/job/')}/"
    server.sim.fault(method="POST", path="/job/.*/build", status=302, headers={"Location": location})
    with pytest.raises(Rejected, match="did not queue"):
        controller.builds.start(job.name)


def test_34_a_running_build_is_told_by_its_full_name(server, controller, connected, job) -> None:
    (build,) = running(server, controller, connected, job).running
    assert (build.job, build.number) == (job.name, 1)


def test_a_log_is_read_on_by_offset_until_it_ends(server, controller, connected, job) -> None:
    running(server, controller, connected, job)
    piece = controller.builds.log(job.name, 1)
    assert (piece.start, piece.more) == (0, True)
    text = piece.text
    while piece.more:
        server.sim.move(2)
        piece = controller.builds.log(job.name, 1, piece.end)
        text += piece.text
    assert text == server.ask("GET", f"job/{job.name.replace('/', '/job/')}/1/consoleText").text
    assert "twö" in text
    assert piece.end == len(text.encode())
    assert controller.builds.log(job.name, 1, piece.end).text == ""
    assert controller.builds.log(job.name, 1, 10**9).start == 0, "behind its end Jenkins begins again"
    with pytest.raises(Gone):
        controller.builds.log(job.name, 99)


def test_a_log_holds_no_nul(server, controller, connected, job) -> None:
    server.sim.control("POST", f"builds/{job.name}", {"lines": ["a\0b"], "seconds": 1})
    running(server, controller, connected, job)
    server.until("the line", lambda: "\nab\n" in controller.builds.log(job.name, 1).text)


def test_of_a_long_log_the_end_is_read(server, controller, connected, job, monkeypatch) -> None:
    monkeypatch.setattr(builds, "LONGEST", 60)
    running(server, controller, connected, job)
    server.until("the end", lambda: not controller.builds.log(job.name, 1).more)
    whole = server.ask("GET", f"job/{job.name.replace('/', '/job/')}/1/consoleText").text
    piece = controller.builds.log(job.name, 1)
    assert piece.start == len(whole.encode()) - 60
    assert whole.endswith("\n" + piece.text)
    assert piece.text.endswith("Finished: SUCCESS\n")


def test_a_long_log_that_began_again_is_not_read_whole(server, controller, connected, job, monkeypatch) -> None:
    monkeypatch.setattr(builds, "LONGEST", 60)
    running(server, controller, connected, job)
    server.until("the end", lambda: not controller.builds.log(job.name, 1).more)
    assert controller.builds.log(job.name, 1, 10**9) == controller.builds.log(job.name, 1)


def test_a_page_in_place_of_a_log_is_not_shown(server, controller, connected, job) -> None:
    running(server, controller, connected, job)
    page = {"headers": {"Content-Type": "text/html", "X-Text-Size": "4"}, "body": "<h1>"}
    server.sim.fault(method="GET", path="/.*progressiveText", status=200, **page)
    with pytest.raises(Broken, match="A page came"):
        controller.builds.log(job.name, 1)


def test_a_build_is_stopped(server, controller, connected, job) -> None:
    running(server, controller, connected, job)
    controller.builds.stop(job.name, 1)
    server.until("the end", lambda: not listing.builds(controller.client, job.name, 1)[0].building)
    (build,) = listing.builds(controller.client, job.name, 5)
    assert (build.number, build.result, build.agent) == (1, "ABORTED", connected.name)


def test_only_who_administers_runs_scripts(controller) -> None:
    """35 is the administrators' own: the portal's account is none, and the adapter has no word for it."""
    with pytest.raises(Broken, match="Administer"):
        controller.client.run_script("println(1)")
