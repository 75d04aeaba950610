"""What waits says for what, in Jenkins's words, and leaves the queue at its time."""

import jenkins
import pytest
from requests import HTTPError

from tests.simulators.jenkins.ci import MEMBER, Ci, Person, folder, line, pipeline, project


def why(who: Person, number: int) -> str | None:
    return who.client.get_queue_item(number)["why"]


def queued(ci: Ci, name: str = "test", label: str = "", wait: float = 5, more: str = "") -> int:
    """The number of a job's build in the queue, its quiet period over."""
    ci.portal.client.create_job(name, project(label=label, more=more))
    number = ci.portal.client.build_job(name)
    ci.move(wait)
    return number


def test_f32_a_build_waits_out_its_quiet_period(ci: Ci) -> None:
    number = queued(ci, wait=0)
    item = ci.portal.json(f"/queue/item/{number}")
    assert item["_class"] == "hudson.model.Queue$WaitingItem"
    assert item["why"].startswith("In the quiet period. Expires in ")
    assert item["url"] == f"queue/item/{number}/"
    task = {
        "_class": "hudson.model.FreeStyleProject",
        "name": "test",
        "url": f"{ci.url}/job/test/",
        "color": "notbuilt",
    }
    assert item["task"] == task
    assert ci.portal.json("/job/test")["inQueue"] is True
    ci.move(5)
    item = ci.portal.json(f"/queue/item/{number}")
    assert (item["_class"], item["buildable"]) == ("hudson.model.Queue$BuildableItem", True)


def test_f32_where_there_is_no_agent_any_executor_will_do(ci: Ci) -> None:
    assert why(ci.portal, queued(ci, label="ppc64le")) == "Waiting for next available executor"


def test_f32_no_agent_has_the_label(ci: Ci) -> None:
    ci.agent("p9-1", "ppc64le")
    number = queued(ci, label="x86_64 && gpu")
    assert why(ci.portal, number) == "There are no nodes with the label ‘x86_64&&gpu’"
    assert [item["id"] for item in ci.portal.client.get_queue_info()] == [number]


def test_f32_the_agents_of_the_label_are_offline(ci: Ci) -> None:
    ci.agent("p9-1", "ppc64le", connect=False)
    number = queued(ci, label="ppc64le")
    assert why(ci.portal, number) == "‘p9-1’ is offline"
    ci.agent("p9-2", "ppc64le", connect=False)
    assert why(ci.portal, number) == "All nodes of label ‘ppc64le’ are offline"
    ci.connect("p9-2")
    assert ci.portal.client.get_queue_item(number)["executable"]["number"] == 1


def test_f30_a_drained_agent_ends_its_build_and_takes_no_other(ci: Ci) -> None:
    ci.agent("p9-1", "ppc64le")
    queued(ci, "first", label="ppc64le")
    second = queued(ci, "second", label="ppc64le", wait=0)
    ci.portal.client.disable_node("p9-1", "drain")
    assert ci.portal.client.get_node_info("p9-1")["idle"] is False
    ci.move(60)
    assert ci.portal.client.get_build_info("first", 1)["result"] == "SUCCESS"
    assert ci.portal.client.get_node_info("p9-1")["idle"] is True
    assert why(ci.portal, second) == "‘p9-1’ is offline"
    ci.portal.client.enable_node("p9-1")
    assert ci.portal.client.get_build_info("second", 1)["building"] is True


def test_all_executors_of_the_label_are_busy(ci: Ci) -> None:
    ci.agent("p9-1", "ppc64le power9")
    queued(ci, "first", label="ppc64le")
    number = queued(ci, "second", label="power9")
    assert why(ci.portal, number) == "Waiting for next available executor on ‘p9-1’"
    ci.portal.client.create_job("third", project(label="power9 || power8"))
    ci.agent("p8-1", "power8", connect=False)
    third = ci.portal.client.build_job("third")
    ci.move(5)
    assert why(ci.portal, third) == "Waiting for next available executor on ‘power9||power8’"
    ci.move(5)
    assert ci.portal.client.get_queue_item(number)["why"] is None


def test_what_a_call_changes_counts_from_that_call_on(ci: Ci) -> None:
    ci.agent("p9-1", "ppc64le")
    ci.portal.client.disable_node("p9-1")
    queued(ci)
    ci.portal.post("/computer/p9-1/toggleOffline")
    ci.move(11)
    assert ci.portal.client.get_build_info("test", 1)["result"] == "SUCCESS"


def test_an_exclusive_agent_is_for_jobs_that_ask_for_it(ci: Ci) -> None:
    ci.agent("gpu-1", "gpu", exclusive=True)
    number = queued(ci)
    assert why(ci.portal, number) == "‘gpu-1’ is reserved for jobs with matching label expression"
    asked = queued(ci, "asks", label="gpu")
    assert ci.portal.client.get_queue_item(asked)["executable"]["number"] == 1


def test_builds_of_one_job_follow_each_other(ci: Ci) -> None:
    ci.agent("p9-1", "ppc64le", executors=2)
    queued(ci)
    number = ci.portal.client.build_job("test")
    ci.move(5)
    item = ci.portal.json(f"/queue/item/{number}")
    assert (item["_class"], item["blocked"]) == ("hudson.model.Queue$BlockedItem", True)
    assert item["why"].startswith("Build #1 is already in progress (ETA: ")
    ci.move(10)
    assert ci.portal.client.get_queue_item(number)["executable"]["number"] == 2


def test_a_job_may_build_side_by_side(ci: Ci) -> None:
    ci.agent("p9-1", "ppc64le", executors=2)
    queued(ci, more="<concurrentBuild>true</concurrentBuild>")
    number = ci.portal.client.build_job("test")
    ci.move(5)
    assert ci.portal.client.get_queue_item(number)["executable"]["number"] == 2
    assert len(ci.portal.client.get_running_builds()) == 2


def test_f32_what_left_the_queue_is_known_for_five_minutes(ci: Ci) -> None:
    ci.agent("p9-1", "ppc64le")
    number = queued(ci)
    item = ci.portal.json(f"/queue/item/{number}")
    kind = "hudson.model.FreeStyleBuild"
    assert (item["_class"], item["cancelled"], item["why"]) == ("hudson.model.Queue$LeftItem", False, None)
    assert item["executable"] == {"_class": kind, "number": 1, "url": f"{ci.url}/job/test/1/"}
    assert ci.portal.client.get_queue_info() == []
    ci.move(299)
    assert ci.portal.get(f"/queue/item/{number}/api/json").status_code == 200
    ci.move(2)
    assert ci.portal.get(f"/queue/item/{number}/api/json").status_code == 404
    with pytest.raises(jenkins.JenkinsException, match="does not exist"):
        ci.portal.client.get_queue_item(number)


def test_f32_a_cancelled_item_is_left_without_a_build(ci: Ci) -> None:
    number = queued(ci)
    assert ci.portal.post(f"/queue/cancelItem?id={number}").status_code == 204
    assert ci.portal.json(f"/queue/item/{number}")["cancelled"] is True
    assert ci.portal.post(f"/queue/cancelItem?id={number}").status_code == 404
    assert ci.portal.post("/queue/cancelItem?id=999").status_code == 404
    assert ci.portal.get("/queue/cancelItem?id=999").status_code == 405
    ci.agent("p9-1", "ppc64le")
    assert ci.portal.json("/job/test")["builds"] == []


def test_who_may_not_cancel_gets_422(ci: Ci) -> None:
    ci.portal.client.create_job("octo", folder(line("octocat", "Item.Read"), line("octocat", "Item.Build")))
    ci.admin.client.create_job("octo/test", project())
    number = ci.octocat.client.build_job("octo/test")
    assert ci.octocat.post(f"/queue/cancelItem?id={number}").status_code == 422
    with pytest.raises(HTTPError):
        ci.octocat.client.cancel_queue(number)
    assert ci.octocat.json(f"/queue/item/{number}")["_class"].endswith("WaitingItem")


def test_another_projects_wait_is_not_seen(ci: Ci) -> None:
    ci.portal.client.create_job("octo", folder(*(line("octocat", permission) for permission in MEMBER)))
    ci.admin.client.create_job("octo/test", project())
    number = ci.octocat.client.build_job("octo/test")
    assert [item["id"] for item in ci.octocat.client.get_queue_info()] == [number]
    assert ci.mallory.client.get_queue_info() == []
    assert ci.mallory.get(f"/queue/item/{number}/api/json").status_code == 404


def test_the_same_build_twice_is_one(ci: Ci) -> None:
    ci.portal.client.create_job("test", project())
    first, again = ci.portal.post("/job/test/build"), ci.portal.post("/job/test/build")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.headers["Location"] == again.headers["Location"] == f"{ci.url}/queue/item/1/"
    assert first.text == ""


def test_f33_the_same_parameters_twice_are_303(ci: Ci) -> None:
    ci.portal.client.create_job("test", project(parameters=("WHO",)))
    first = ci.portal.post("/job/test/buildWithParameters?WHO=a%20b")
    again = ci.portal.post("/job/test/buildWithParameters?WHO=a%20b")
    assert (first.status_code, again.status_code) == (201, 303)
    assert first.headers["Location"] == again.headers["Location"]
    with pytest.raises(jenkins.EmptyResponseException):
        ci.portal.client.build_job("test", {"WHO": "a b"})
    other = ci.portal.client.build_job("test", {"WHO": "c"})
    items = {item["id"]: item["params"] for item in ci.portal.client.get_queue_info()}
    assert items == {1: "\nWHO=a b", other: "\nWHO=c"}


def test_f33_parameters_where_there_are_none_and_none_where_there_are(ci: Ci) -> None:
    ci.portal.client.create_job("plain", project())
    ci.portal.client.create_job("asks", project(parameters=("WHO",)))
    plain = ci.portal.post("/job/plain/buildWithParameters?WHO=x")
    assert plain.status_code == 400
    assert "plain is not parameterized" in plain.text
    assert ci.portal.post("/job/asks/build").status_code == 400
    assert ci.portal.client.get_queue_info() == []


def test_f33_a_disabled_job_is_409(ci: Ci) -> None:
    ci.portal.client.create_job("test", project(more="<disabled>true</disabled>"))
    answer = ci.portal.post("/job/test/build")
    assert answer.status_code == 409
    assert "test is not buildable" in answer.text


def test_a_build_may_ask_for_no_delay(ci: Ci) -> None:
    ci.agent("p9-1", "ppc64le")
    ci.portal.client.create_job("test", project())
    ci.portal.post("/job/test/build?delay=0sec")
    assert ci.portal.json("/job/test/1")["building"] is True


# -- whose builds an agent takes


def started(ci: Ci, person: Person, name: str) -> int:
    number = person.client.build_job(name)
    ci.move(5)
    return number


def test_an_agent_takes_the_builds_of_its_own_people_only(ci: Ci) -> None:
    ci.agent("octo-1", "ppc64le", people=("octocat",))
    ci.admin.client.create_job(
        "shared", folder(*(line(each, right) for each in ("octocat", "mallory") for right in MEMBER))
    )
    ci.admin.client.create_job("shared/test", project(label="ppc64le"))
    number = started(ci, ci.mallory, "shared/test")
    assert why(ci.mallory, number) == "‘mallory’ lacks permission to run on ‘octo-1’"
    ci.mallory.client.cancel_queue(number)
    number = started(ci, ci.octocat, "shared/test")
    assert ci.octocat.client.get_queue_item(number)["executable"]["number"] == 1
    ci.move(60)
    assert "Running as octocat\n" in ci.octocat.client.get_build_console_output("shared/test", 1)


def test_a_part_of_a_pipeline_is_refused_too(ci: Ci) -> None:
    ci.agent("octo-1", "ppc64le", people=("octocat",))
    ci.admin.client.create_job("shared", folder(*(line("mallory", right) for right in MEMBER)))
    ci.admin.client.create_job("shared/pipe", pipeline("node('ppc64le') { sh 'make' }"))
    started(ci, ci.mallory, "shared/pipe")
    (part,) = ci.mallory.client.get_queue_info()
    assert part["task"]["name"] == "part of shared » pipe #1"
    assert part["why"] == "‘mallory’ lacks permission to run on ‘octo-1’"


def test_without_authorize_project_everybody_builds_everywhere(ci: Ci) -> None:
    ci.sim("plugins", {"plugins": ["cloudbees-folder", "matrix-auth", "workflow-job"]})
    ci.agent("octo-1", "ppc64le", people=("octocat",))
    ci.admin.client.create_job("shared", folder(*(line("mallory", right) for right in MEMBER)))
    ci.admin.client.create_job("shared/test", project(label="ppc64le"))
    started(ci, ci.mallory, "shared/test")
    assert "Running as SYSTEM\n" in ci.mallory.client.get_build_console_output("shared/test", 1)
