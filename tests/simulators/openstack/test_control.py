"""What a test orders under /_sim/: faults, time, counts, a fresh start; and what a restart keeps."""

import os
import signal
import stat
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from keystoneauth1 import exceptions as ksa
from werkzeug.test import EnvironBuilder

from simulators.common.state import StateFile
from simulators.openstack.cloud import Cloud
from tests.processes import until
from tests.simulated import simulator
from tests.simulators.openstack.lab import Lab, Still, by_the_sdk

pytestmark = by_the_sdk

CREATE = {"method": "POST", "path": "/compute/v2.1/servers$"}


def order(lab: Lab) -> Any:
    """One attempt to make a server, as the admin."""
    body = {"name": "x", "flavorRef": lab.flavor("p8.small"), "imageRef": lab.image(), "networks": "none"}
    return lab.admin.compute.post("/servers", json={"server": body}, microversion="2.52")


@pytest.mark.parametrize(("when", "servers"), [("before", 0), ("after", 1)])
def test_a_cut_connection_says_nothing_about_the_effect(lab: Lab, when: str, servers: int) -> None:
    assert len(list(lab.admin.compute.servers())) == 0
    lab.control("POST", "faults", {**CREATE, "cut": when})
    with pytest.raises(ksa.ConnectFailure):
        order(lab)
    assert len(lab.cloud.world.servers) == servers
    assert order(lab).status_code == 202


def test_a_fault_skips_acts_so_many_times_and_is_over(lab: Lab) -> None:
    lab.control("POST", "faults", {**CREATE, "status": 503, "skip": 1, "times": 2, "body": {"x": 1}})
    assert [order(lab).status_code for _ in range(4)] == [202, 503, 503, 202]
    (rule,) = lab.control("GET", "faults")["faults"]
    assert rule["hits"] == 2


def test_an_answer_can_be_replaced_after_the_effect(lab: Lab) -> None:
    lab.control("POST", "faults", {**CREATE, "status": 504, "effect": True})
    assert order(lab).status_code == 504
    assert len(lab.cloud.world.servers) == 1


def test_a_call_can_hang_after_its_effect(lab: Lab) -> None:
    lab.control("POST", "faults", {"method": "POST", "path": "/identity/v3/projects", "cut": "after", "delay": 30})
    headers, body = {"X-Auth-Token": lab.admin.auth_token}, {"project": {"name": "there"}}
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(f"{lab.url}/identity/v3/projects", json=body, headers=headers, timeout=0.5)
    assert until(lambda: lab.admin.identity.find_project("there"))


def test_a_fault_can_look_into_the_body(lab: Lab) -> None:
    lab.control("POST", "faults", {**CREATE, "status": 500, "containing": '"name": "y"'})
    assert order(lab).status_code == 202


def test_a_rule_that_makes_no_sense_is_400(lab: Lab) -> None:
    for rule in ({"cut": "later"}, {"path": "("}, {"nonsense": 1}, None):
        assert lab.http.post(f"{lab.url}/_sim/faults", json=rule).status_code == 400


def test_of_several_rules_all_are_taken_or_none(lab: Lab) -> None:
    assert lab.http.post(f"{lab.url}/_sim/faults", json=[{"status": 503}, {"nonsense": 1}]).status_code == 400
    assert lab.control("GET", "faults") == {"faults": []}


@pytest.mark.parametrize("kind", ["hosts", "servers", "volumes"])
def test_a_change_that_makes_no_sense_changes_nothing(lab: Lab, kind: str) -> None:
    lab.control("POST", "fill", {"servers": 1, "volumes": 1})
    rows = getattr(lab.cloud.world, kind)
    row = next(iter(rows))
    before = dict(row)
    name = row["name"] if kind == "hosts" else row["id"]
    body = {"gone": True, "status": "error", "id": "other", "nonsense": 1}
    answer = lab.http.post(f"{lab.url}/_sim/{kind}/{name}", json=body)
    lab.move(60)
    assert (answer.status_code, "id, nonsense" in answer.text) == (400, True)
    assert dict(next(iter(rows))) == before


def test_a_fill_that_makes_no_sense_fills_nothing(lab: Lab) -> None:
    before = lab.control("POST", "fill", {})
    assert lab.http.post(f"{lab.url}/_sim/fill", json={"servers": 2, "volumes": "many"}).status_code == 400
    assert lab.control("POST", "fill", {}) == before


def test_json_is_read_whatever_it_is_sent_as(lab: Lab) -> None:
    """As by `curl -d`."""
    for body in ('{"seconds": 60}', '{"seconds": 30}'):
        lab.http.post(f"{lab.url}/_sim/time", data=body)
    assert lab.control("GET", "time")["offset"] == 90
    assert lab.http.post(f"{lab.url}/_sim/faults", data='{"status": 503}').status_code == 200


def test_calls_are_counted_by_route_and_control_is_not(lab: Lab) -> None:
    lab.admin.compute.get("/servers")
    lab.control("DELETE", "calls")
    for name in ("a", "b"):
        lab.admin.compute.get(f"/servers/{name}")
    calls = lab.control("GET", "calls")
    assert calls["totals"] == {"GET /compute/v2.1/servers/<id>": 2}
    assert [(row["path"], row["status"]) for row in calls["calls"]] == [
        ("/compute/v2.1/servers/a", 404),
        ("/compute/v2.1/servers/b", 404),
    ]


def test_a_reset_keeps_the_password_and_nothing_else(lab: Lab) -> None:
    order(lab)
    lab.move(60)
    lab.control("POST", "reset")
    assert len(lab.cloud.world.servers) == 0
    assert lab.cloud.clock.offset == 0
    assert list(lab.admin.compute.servers()) == []


def test_a_state_file_brings_a_build_back_where_it_was(lab: Lab, tmp_path: Path) -> None:
    order(lab)
    lab.move(3)
    file = StateFile(tmp_path / "state.json", lab.cloud)
    file.save()
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    second = Cloud("small", build_seconds=10)
    second.clock = Still(lab.cloud.clock.began)
    assert StateFile(file.path, second).load()
    assert second.password == lab.cloud.password
    (server,) = second.world.servers
    assert (server["status"], server["task_state"]) == ("BUILD", "block_device_mapping")
    second.clock.move(10)
    second.prepare(lab_request())
    assert server["status"] == "ACTIVE"


def lab_request() -> Any:
    """Any call at all."""
    return EnvironBuilder(path="/compute").get_request()


def test_a_restarted_process_goes_on(tmp_path: Path) -> None:
    options = ("--state", tmp_path / "state.json", "--clouds-yaml", tmp_path / "clouds.yaml", "--size", "small")
    with simulator("openstack", tmp_path, *options) as first:
        assert stat.S_IMODE((tmp_path / "clouds.yaml").stat().st_mode) == 0o600
        before = yaml.safe_load((tmp_path / "clouds.yaml").read_text())["clouds"]["simulated"]
        assert before["auth"]["auth_url"] == f"{first.url}/identity/v3"
        first.control("POST", "fill", {"servers": 3})
        os.kill(first.process.process.pid, signal.SIGTERM)
        assert first.process.process.wait(60) == 0
    (tmp_path / "again").mkdir()
    with simulator("openstack", tmp_path / "again", *options) as again:
        after = yaml.safe_load((tmp_path / "clouds.yaml").read_text())["clouds"]["simulated"]
        assert after["auth"]["password"] == before["auth"]["password"]
        assert again.control("POST", "fill", {})["servers"] == 3
