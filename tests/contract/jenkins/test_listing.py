"""All of Jenkins in a few calls, into rows."""

from provisioning.adapters.jenkins import Controller, listing
from tests.contract.jenkins.server import Server, Thing, thing
from tests.contract.jenkins.test_items import freestyle


def test_15_all_agents_are_one_call(server: Server, controller: Controller, agent: Thing) -> None:
    rows = {row.name: row for row in listing.agents(controller.client)}
    assert rows[agent.name] == controller.nodes.state(agent.name)
    (built_in,) = [row for row in rows.values() if row.built_in]
    assert built_in.executors == 0, "a lab builds nothing on the controller itself"
    if server.simulated:
        assert server.simulated.calls()["totals"]["GET /computer/api/json"] == 1


def test_jobs_are_found_in_folders_of_folders(server: Server, controller: Controller, folder: Thing) -> None:
    inner, empty = thing("folder", folder.name), thing("folder", folder.name)
    for each in (inner, empty):
        controller.folders.create(each.name, about="", mark=each.mark, lines=server.lines())
    jobs = [thing("job:build", folder.name), thing("job:test", inner.name)]
    for each in jobs:
        controller.jobs.create(each.name, freestyle(), about="Builds it", mark=each.mark)
    rows = {row.name: row for row in listing.jobs(controller.client, 3)}
    assert {each.name for each in jobs} <= set(rows)
    assert not {folder.name, inner.name, empty.name} & set(rows)
    row = rows[jobs[1].name]
    assert row.description == f"Builds it\n{jobs[1].mark}"
    assert row.url.endswith(f"/job/{jobs[1].name.replace('/', '/job/')}/")
    assert row.builds == ()


def test_rows_are_read_from_what_jenkins_shows() -> None:
    """Where it says less, as to an account that may see less, a row says less too."""
    nothing = listing.agent({"_class": "hudson.slaves.SlaveComputer"})
    assert (nothing.name, nothing.online, nothing.connected, nothing.disk, nothing.running) == (
        "",
        False,
        False,
        None,
        (),
    )
    cause = {"_class": "hudson.slaves.OfflineCause$ChannelTermination", "description": None}
    broken = listing.agent({"offline": True, "offlineCause": cause, "offlineCauseReason": "a &lt; b &amp; c"})
    assert (broken.cause, broken.reason, broken.drained) == ("ChannelTermination", "a < b & c", False)


def test_a_job_is_named_by_its_address() -> None:
    assert listing.job_of("https://ci.example.org/ctx/job/A/job/b%20c/7/") == "A/b c"
    assert listing.job_of("job/A/") == "A"
    assert listing.job_of("https://ci.example.org/computer/x/") == ""


def test_however_many_there_are_each_listing_is_one_call(server: Server, controller: Controller, folder: Thing) -> None:
    jobs = {thing("job:build", folder.name).name for _ in range(20)}
    for name in jobs:
        controller.jobs.create(name, freestyle(), about="", mark="mark")
    server.sim.control("DELETE", "calls")
    listing.agents(controller.client)
    listing.queue(controller.client)
    assert jobs <= {row.name for row in listing.jobs(controller.client, 10)}
    assert sum(server.sim.calls()["totals"].values()) == 3


def test_a_nul_is_left_out_since_no_database_keeps_one(server: Server) -> None:
    """Anybody's Jenkinsfile may ask for a label that has one."""
    body = {"items": [{"id": 1, "why": "There are no nodes with the label ‘a\0b’", "task": {"url": "job/A/"}}]}
    server.sim.fault(path="/queue/api/json", status=200, body=body)
    assert [each.why for each in listing.queue(server.controller().client)] == [
        "There are no nodes with the label ‘ab’"
    ]
