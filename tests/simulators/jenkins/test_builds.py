"""Builds run for their time on an agent, print as they go, and end as they were told to."""

import json

import jenkins
import pytest

from tests.simulators.jenkins.ci import MEMBER, Ci, folder, line, pipeline, project

GIB = 1024**3


@pytest.fixture
def lab(ci: Ci) -> Ci:
    """One agent with an executor."""
    ci.agent("p9-1", "ppc64le")
    return ci


def start(ci: Ci, config: str = "", name: str = "test") -> None:
    """A job's first build, just begun."""
    ci.portal.client.create_job(name, config or project("make\necho done"))
    ci.portal.client.build_job(name)
    ci.move(5)


def test_a_build_runs_on_an_agent_and_ends(lab: Ci) -> None:
    start(lab)
    build = lab.portal.client.get_build_info("test", 1)
    assert (build["building"], build["inProgress"], build["result"], build["duration"]) == (True, True, None, 0)
    assert (build["builtOn"], build["queueId"], build["url"]) == ("p9-1", 1, f"{lab.url}/job/test/1/")
    assert build["estimatedDuration"] == -1
    assert lab.portal.json("/job/test")["color"] == "notbuilt_anime"
    lab.move(10)
    build = lab.portal.client.get_build_info("test", "lastBuild")
    assert (build["building"], build["result"], build["duration"]) == (False, "SUCCESS", 10_000)
    job = lab.portal.json("/job/test")
    kind = "hudson.model.FreeStyleBuild"
    seen = {"_class": kind, "number": 1, "url": f"{lab.url}/job/test/1/"}
    assert (job["color"], job["builds"], job["lastSuccessfulBuild"], job["lastFailedBuild"]) == (
        "blue",
        [seen],
        seen,
        None,
    )
    assert job["nextBuildNumber"] == 2


def test_each_thing_happens_at_its_own_time(lab: Ci) -> None:
    for name in ("first", "second", "third"):
        lab.portal.client.create_job(name, project())
        lab.portal.client.build_job(name)
    lab.move(3600)
    first, second, third = (lab.portal.client.get_build_info(name, 1) for name in ("first", "second", "third"))
    waits = {name: lab.portal.json(f"/job/{name}/1")["timestamp"] for name in ("first", "third")}
    assert waits["third"] - waits["first"] < 5000
    assert [build["duration"] for build in (first, second, third)] == [10_000, 10_000, 10_000]
    ends = [lab.app.state["builds"][name]["1"]["ended"] for name in ("first", "second", "third")]
    assert [round(later - ends[0]) for later in ends] == [0, 10, 20]


def test_who_started_it_and_with_what(lab: Ci) -> None:
    lab.portal.client.create_job("test", project("echo $WHO", parameters=("WHO",)))
    lab.portal.client.build_job("test", {"WHO": "a b"})
    lab.move(20)
    parameters, cause = lab.portal.client.get_build_info("test", 1)["actions"]
    value = {"_class": "hudson.model.StringParameterValue", "name": "WHO", "value": "a b"}
    assert parameters["parameters"] == [value]
    assert cause["causes"][0]["userId"] == "portal"
    assert "a b\n" in lab.portal.client.get_build_console_output("test", 1)


def test_the_shell_steps_say_how_long_and_how_it_ends(lab: Ci) -> None:
    start(lab, project("sleep 20\nexit 3"))
    lab.move(29)
    assert lab.portal.json("/job/test/1")["building"] is True
    lab.move(1)
    assert lab.portal.json("/job/test/1")["result"] == "FAILURE"
    assert lab.portal.json("/job/test")["color"] == "red"


def test_a_jobs_pace_is_set_from_outside(lab: Ci) -> None:
    lab.portal.client.create_job("octo", folder())
    lab.portal.client.create_job("octo/test", project())
    lab.sim("builds", {"seconds": 7})
    lab.sim("builds/octo/test", {"result": "UNSTABLE", "lines": ["one", "two"]})
    lab.portal.client.build_job("octo/test")
    lab.move(12)
    build = lab.portal.client.get_build_info("octo/test", 1)
    assert (build["result"], build["duration"]) == ("UNSTABLE", 7000)
    assert "one\ntwo\nFinished: UNSTABLE\n" in lab.portal.client.get_build_console_output("octo/test", 1)
    assert lab.portal.json("/job/octo/job/test")["color"] == "yellow"


@pytest.mark.parametrize(
    "body",
    [
        {"colour": "red"},
        {"seconds": "7"},
        {"seconds": -1},
        {"result": "GOOD"},
        {"lines": [1]},
        {"labels": [None]},
        ["x"],
    ],
)
def test_an_order_that_is_not_understood_changes_nothing(lab: Ci, body: object) -> None:
    with pytest.raises(Exception, match="400"):
        lab.sim("builds", body)
    assert lab.app.state["pace"] == {}


def test_the_console_grows_and_never_changes(lab: Ci) -> None:
    lab.sim("builds", {"lines": ["one", "zwei ä", "three"], "seconds": 40})
    start(lab)
    log, offset, rounds = b"", 0, 0
    while True:
        answer = lab.portal.get(f"/job/test/1/logText/progressiveText?start={offset}")
        assert answer.headers["Content-Type"] == "text/plain;charset=utf-8"
        log, offset, rounds = log + answer.content, int(answer.headers["X-Text-Size"]), rounds + 1
        if answer.headers.get("X-More-Data") != "true":
            break
        lab.move(10)
    whole = lab.portal.get("/job/test/1/consoleText")
    assert rounds == 5
    assert log == whole.content
    assert offset == len(log)
    expected = (
        "Started by user portal\nRunning as portal\n"
        "Building remotely on p9-1 in workspace /var/lib/jenkins/workspace/test\n"
        "one\nzwei ä\nthree\nFinished: SUCCESS\n"
    )
    assert whole.content.decode() == expected
    assert lab.portal.get("/job/test/1/logText/progressiveText?start=999999").content == log


def test_f34_running_builds_are_named_by_their_folder(lab: Ci) -> None:
    lab.portal.client.create_job("octo", folder())
    start(lab, name="octo/test")
    (running,) = lab.portal.client.get_running_builds()
    assert (running["name"], running["number"], running["node"]) == ("octo", 1, "p9-1")
    assert running["url"] == f"{lab.url}/job/octo/job/test/1/"


def test_a_build_is_stopped(lab: Ci) -> None:
    start(lab)
    answer = lab.portal.post("/job/test/1/stop")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{lab.url}/job/test/1/")
    lab.portal.client.stop_build("test", 1)
    assert lab.portal.client.get_build_info("test", 1)["result"] == "ABORTED"
    log = lab.portal.client.get_build_console_output("test", 1)
    assert log.endswith("Aborted by portal\nFinished: ABORTED\n")
    assert "done" not in log
    assert lab.portal.json("/job/test")["color"] == "aborted"
    assert lab.portal.client.get_node_info("p9-1")["idle"] is True


def test_building_again_takes_the_next_number(lab: Ci) -> None:
    start(lab)
    lab.move(10)
    lab.portal.client.build_job("test")
    lab.move(5)
    build = lab.portal.client.get_build_info("test", 2)
    assert (build["building"], build["estimatedDuration"]) == (True, 10_000)
    assert [one["number"] for one in lab.portal.json("/job/test")["builds"]] == [2, 1]
    tree = {"tree": "builds[number]{0,1}"}
    assert [one["number"] for one in lab.portal.json("/job/test", params=tree)["builds"]] == [2]


def test_what_is_absent_is_404(lab: Ci) -> None:
    start(lab)
    for path in ("9/api/json", "9/consoleText", "lastFailedBuild/api/json", "nonsense/api/json"):
        assert lab.portal.get(f"/job/test/{path}").status_code == 404
    with pytest.raises(jenkins.JenkinsException, match="does not exist"):
        lab.portal.client.get_build_info("test", 9)
    assert lab.portal.get("/job/test/1/stop").status_code == 405


def test_a_lost_agent_fails_its_build(lab: Ci) -> None:
    start(lab)
    lab.cut("p9-1")
    build = lab.portal.client.get_build_info("test", 1)
    assert (build["building"], build["result"]) == (False, "FAILURE")
    assert "went offline during the build" in lab.portal.client.get_build_console_output("test", 1)


def test_f24_a_deleted_agent_lingers_until_its_build_is_torn_down(lab: Ci) -> None:
    start(lab)
    with pytest.raises(jenkins.JenkinsException, match="delete"):
        lab.portal.client.delete_node("p9-1")
    assert lab.portal.client.get_build_info("test", 1)["building"] is True
    lab.move(5)
    assert lab.portal.client.get_build_info("test", 1)["result"] == "ABORTED"
    assert lab.portal.get("/computer/p9-1/api/json").status_code == 404


def test_a_job_that_is_deleted_frees_its_executor(lab: Ci) -> None:
    start(lab)
    lab.portal.client.delete_job("test")
    assert lab.portal.client.get_node_info("p9-1")["idle"] is True


def test_a_build_fills_its_agents_disk_and_another_cleans_it(lab: Ci) -> None:
    lab.portal.client.create_job("fill", project())
    lab.portal.client.create_job("clean", project())
    before = free(lab)
    lab.sim("builds/fill", {"disk": 3 * GIB})
    lab.sim("builds/clean", {"disk": -2 * GIB})
    lab.portal.client.build_job("fill")
    lab.move(3600)
    assert before - free(lab) == 3 * GIB
    lab.portal.client.build_job("clean")
    lab.move(3600)
    assert before - free(lab) == GIB


def free(ci: Ci) -> int:
    """The bytes that the monitor found free on the agent's disk."""
    ci.move(3600)
    return ci.portal.client.get_node_info("p9-1")["monitorData"]["hudson.node_monitors.DiskSpaceMonitor"]["size"]


def test_a_job_comes_back_to_its_agent_and_jobs_spread(lab: Ci) -> None:
    lab.agent("p9-2", "ppc64le")
    used: dict[str, set[str]] = {}
    for number in range(8):
        name = f"job-{number}"
        lab.portal.client.create_job(name, project(label="ppc64le"))
        for _round in range(2):
            lab.portal.client.build_job(name)
            lab.move(60)
        used[name] = {build["builtOn"] for build in lab.portal.json(f"/job/{name}", params=BUILT_ON)["builds"]}
    assert [len(agents) for agents in used.values()] == [1] * 8
    assert set.union(*used.values()) == {"p9-1", "p9-2"}


BUILT_ON = {"tree": "builds[builtOn]"}


def test_a_saved_state_is_taken_up_again(lab: Ci) -> None:
    start(lab)
    lab.move(10)
    lab.portal.client.create_job("waits", project(label="absent"))
    number = lab.portal.client.build_job("waits")
    start(lab, pipeline("node('absent') { sh 'make' }"), "pipe")
    saved = json.dumps(lab.app.dump())
    lab.sim("reset", {})
    assert lab.admin.get("/job/test/api/json").status_code == 401
    lab.app.load(json.loads(saved))
    assert lab.portal.json("/job/test/1")["result"] == "SUCCESS"
    assert lab.portal.json(f"/queue/item/{number}")["why"] == "There are no nodes with the label ‘absent’"
    assert lab.portal.json("/job/pipe/1")["building"] is True


# -- pipelines


def test_a_pipeline_takes_a_one_off_executor_and_one_of_an_agent(lab: Ci) -> None:
    start(lab, pipeline("node('ppc64le') { sh 'make' }"))
    build = lab.portal.json("/job/test/1")
    assert (build["_class"], build["building"]) == ("org.jenkinsci.plugins.workflow.job.WorkflowRun", True)
    assert "builtOn" not in build
    built_in = lab.portal.json("/computer/(built-in)", params={"depth": 2})
    assert [one["currentExecutable"]["number"] for one in built_in["oneOffExecutors"]] == [1]
    (running,) = lab.portal.client.get_running_builds()
    assert (running["node"], running["number"]) == ("p9-1", 1)
    lab.move(10)
    assert lab.portal.json("/job/test/1")["result"] == "SUCCESS"
    log = lab.portal.client.get_build_console_output("test", 1)
    assert "Running on p9-1 in /var/lib/jenkins/workspace/test\n+ make\n[Pipeline] End of Pipeline\n" in log


def test_a_pipeline_goes_on_where_its_label_is_and_waits_where_it_is_not(lab: Ci) -> None:
    start(lab, pipeline("parallel(a: { node('ppc64le') { sh 'make' } }, b: { node('x86_64') { sh 'make' } })"))
    lab.move(60)
    assert lab.portal.client.get_running_builds() == []
    assert lab.portal.json("/job/test/1")["building"] is True
    (part,) = lab.portal.client.get_queue_info()
    assert part["why"] == "There are no nodes with the label ‘x86_64’"
    lab.agent("x86-1", "x86_64")
    lab.move(10)
    assert lab.portal.json("/job/test/1")["result"] == "SUCCESS"


def test_a_declarative_pipeline_and_one_without_a_place(lab: Ci) -> None:
    start(lab, pipeline("pipeline { agent { label 'ppc64le' }\n stages { stage('x') { steps { sh 'make' } } } }"))
    lab.move(10)
    assert "Running on p9-1" in lab.portal.client.get_build_console_output("test", 1)
    start(lab, pipeline("echo 'hello'"), "plain")
    assert lab.portal.json("/job/plain/1")["building"] is True
    lab.move(10)
    assert lab.portal.json("/job/plain/1")["result"] == "SUCCESS"


def test_a_script_that_is_not_seen_takes_its_labels_from_outside(lab: Ci) -> None:
    source = '<definition class="org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition"><scm/></definition>'
    lab.portal.client.create_job("test", f"<flow-definition>{source}</flow-definition>")
    lab.sim("builds/test", {"labels": ["power10"]})
    lab.portal.client.build_job("test")
    lab.move(5)
    (part,) = lab.portal.client.get_queue_info()
    assert part["why"] == "There are no nodes with the label ‘power10’"


def test_stopping_a_pipeline_takes_its_parts_out_of_the_queue(lab: Ci) -> None:
    start(lab, pipeline("node('x86_64') { sh 'make' }"))
    lab.portal.client.stop_build("test", 1)
    assert lab.portal.client.get_queue_info() == []
    assert lab.portal.json("/job/test/1")["result"] == "ABORTED"


def test_cancelling_a_pipelines_part_ends_it(lab: Ci) -> None:
    start(lab, pipeline("parallel(a: { node('x86_64') { sh 'make' } }, b: { node('s390x') { sh 'make' } })"))
    first, _second = lab.portal.client.get_queue_info()
    lab.portal.client.cancel_queue(first["id"])
    assert lab.portal.json("/job/test/1")["result"] == "ABORTED"
    assert lab.portal.client.get_queue_info() == []


# -- who may what


def test_builds_and_logs_are_seen_by_the_projects_people_only(lab: Ci) -> None:
    rights = [line("octocat", right) for right in MEMBER]
    lab.portal.client.create_job("octo", folder(*rights))
    lab.admin.client.create_job("octo/test", project())
    lab.octocat.client.build_job("octo/test")
    lab.move(5)
    assert lab.octocat.get("/job/octo/job/test/ws/").status_code == 200
    for path in ("1/api/json", "1/consoleText", "1/logText/progressiveText", "ws/", "1/"):
        assert lab.octocat.get(f"/job/octo/job/test/{path}").status_code == 200
        assert lab.mallory.get(f"/job/octo/job/test/{path}").status_code == 404
    assert lab.mallory.post("/job/octo/job/test/1/stop").status_code == 404
    assert lab.mallory.post("/job/octo/job/test/build").status_code == 404
    assert lab.octocat.json("/job/octo/job/test/1")["building"] is True
    assert lab.octocat.post("/job/octo/job/test/1/stop").status_code == 302


def test_stopping_needs_cancel(lab: Ci) -> None:
    lab.portal.client.create_job("octo", folder(line("octocat", "Item.Read"), line("octocat", "Item.Build")))
    lab.admin.client.create_job("octo/test", project())
    lab.octocat.client.build_job("octo/test")
    lab.move(5)
    answer = lab.octocat.post("/job/octo/job/test/1/stop")
    assert (answer.status_code, answer.headers["X-Required-Permission"]) == (403, "hudson.model.Item.Cancel")
    assert lab.octocat.json("/job/octo/job/test/1")["building"] is True


# -- the script console


def test_f35_println_comes_back_and_print_swallows_the_marker(lab: Ci) -> None:
    assert lab.admin.client.run_script('println("foo")') == "foo"
    assert lab.admin.client.run_script("println 42") == "42"
    assert lab.admin.client.run_script('print("foo")') == "foo)]}"


def test_f35_an_exception_is_200_with_its_trace(lab: Ci) -> None:
    answer = lab.admin.post("/scriptText", {"script": 'println("a")\nthrow new IllegalStateException("no")'})
    assert answer.status_code == 200
    assert answer.text.startswith("a\njava.lang.IllegalStateException: no\n\tat ")
    with pytest.raises(jenkins.JenkinsException, match="No such property: undefined"):
        lab.admin.client.run_script("undefined")


def test_f35_a_script_needs_an_administrator_and_an_agent_that_is_there(lab: Ci) -> None:
    answer = lab.portal.post("/scriptText", {"script": "println(1)"})
    assert (answer.status_code, answer.headers["X-Required-Permission"]) == (403, "hudson.model.Hudson.Administer")
    assert lab.admin.client.run_script("println(1)", node="p9-1") == "1"
    lab.cut("p9-1")
    assert lab.admin.post("/computer/p9-1/scriptText", {"script": "println(1)"}).status_code == 404
