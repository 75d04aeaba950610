"""Disks are measured by the simulated clock; one that fills takes its agent offline, and brings it back."""

from typing import Any

import pytest

from tests.simulators.jenkins.ci import Ci

MIB, GIB = 1024**2, 1024**3
DISK = "hudson.node_monitors.DiskSpaceMonitor"
TEMP = "hudson.node_monitors.TemporarySpaceMonitor"
DISK_SPACE = "hudson.node_monitors.DiskSpaceMonitorDescriptor$DiskSpace"
HOUR = 3600


@pytest.fixture
def lab(ci: Ci) -> Ci:
    """One agent, connected and measured, with a disk of 40 GiB."""
    ci.agent("p9", "ppc64le")
    free(ci, 20 * GIB)
    ci.move(5)
    return ci


def free(ci: Ci, size: int, space: str = "disk", **more: Any) -> None:
    ci.sim("nodes/p9", {space: {"free": size, "total": 40 * GIB}} | more)


def seen(ci: Ci, depth: int = 1) -> dict[str, Any]:
    return ci.portal.json("/computer/p9", params={"depth": depth})


def monitor(ci: Ci, name: str = DISK) -> Any:
    return seen(ci)["monitorData"][name]


def test_f28_an_agent_is_measured_five_seconds_after_it_connects(ci: Ci) -> None:
    ci.agent("p9", "ppc64le")
    assert seen(ci)["offline"] is False
    assert set(seen(ci)["monitorData"].values()) == {None}
    ci.move(6)
    data = seen(ci, depth=0)["monitorData"]
    assert data[DISK] == {
        "_class": DISK_SPACE,
        "path": "/var/lib/jenkins",
        "timestamp": data[DISK]["timestamp"],
        "size": 180 * GIB,
        "totalSize": 200 * GIB,
        "threshold": GIB,
        "warningThreshold": 2 * GIB,
    }
    assert abs(data[DISK]["timestamp"] / 1000 - ci.app.clock.now()) < 10
    assert data["hudson.node_monitors.ArchitectureMonitor"] == "Linux (ppc64le)"
    assert data["hudson.node_monitors.SwapSpaceMonitor"]["totalPhysicalMemory"] > 0
    assert (data[TEMP]["path"], data["hudson.node_monitors.ResponseTimeMonitor"]["average"]) == ("/tmp", 12)


def test_f28_then_once_an_hour(lab: Ci) -> None:
    first = monitor(lab)
    free(lab, 10 * GIB)
    lab.move(HOUR - 60)
    assert monitor(lab) == first
    lab.move(60)
    later = monitor(lab)
    assert later["size"] == 10 * GIB
    assert later["timestamp"] - first["timestamp"] == HOUR * 1000
    # of several hours at once only the last one counts
    lab.move(10 * HOUR + 1800)
    assert monitor(lab)["timestamp"] - first["timestamp"] == 11 * HOUR * 1000


def test_f28_or_when_somebody_asks_who_may(lab: Ci) -> None:
    free(lab, 10 * GIB)
    assert lab.portal.post("/computer/updateNow").status_code == 403
    assert lab.admin.post("/computer/updateNow").status_code == 302
    assert monitor(lab)["size"] == 10 * GIB


def test_f28_of_an_agent_that_is_gone_nothing_is_known_after_the_next_time(lab: Ci) -> None:
    lab.cut("p9")
    assert monitor(lab)["size"] == 20 * GIB
    lab.move(HOUR)
    assert monitor(lab) is None


@pytest.mark.parametrize(("space", "path"), [("disk", "/var/lib/jenkins"), ("temp", "/tmp")])
def test_f29_a_disk_that_is_nearly_full_takes_its_agent_offline(lab: Ci, space: str, path: str) -> None:
    free(lab, 300 * MIB, space)
    assert seen(lab)["offline"] is False  # nothing has measured it yet
    lab.move(HOUR)
    found = seen(lab)
    assert (found["offline"], found["temporarilyOffline"]) == (True, True)
    assert found["offlineCause"]["_class"] == DISK_SPACE
    assert (found["offlineCause"]["size"], found["offlineCause"]["path"]) == (300 * MIB, path)
    assert found["offlineCauseReason"] == (
        f"Disk space is below threshold of 1.00 GiB. Only 300.00 MiB out of 40.00 GiB left on {path}."
    )


def test_f29_exactly_the_threshold_is_too_little(lab: Ci) -> None:
    free(lab, GIB)
    lab.move(HOUR)
    assert seen(lab)["temporarilyOffline"] is True
    free(lab, GIB + 1)
    lab.move(HOUR)
    assert seen(lab)["temporarilyOffline"] is False


def test_f29_freed_it_comes_back_by_itself(lab: Ci) -> None:
    free(lab, 0 + MIB)
    lab.move(HOUR)
    free(lab, 5 * GIB)
    assert seen(lab)["offline"] is True  # the record is the old one
    lab.move(HOUR)
    assert (seen(lab)["offline"], seen(lab)["offlineCause"]) == (False, None)


def test_f29_a_full_disk_reads_null_and_keeps_its_agent_online(lab: Ci) -> None:
    free(lab, 0)
    lab.move(HOUR)
    assert (monitor(lab), seen(lab)["offline"]) == (None, False)
    assert monitor(lab, TEMP) is not None


def test_f29_a_disk_that_fills_up_after_it_was_low_stays_offline(lab: Ci) -> None:
    free(lab, MIB)
    lab.move(HOUR)
    free(lab, 0)
    lab.move(HOUR)
    assert (monitor(lab), seen(lab)["temporarilyOffline"]) == (None, True)


def test_f29_looking_marks_it_again_after_somebody_has_put_it_back(lab: Ci) -> None:
    free(lab, MIB)
    lab.move(HOUR)
    lab.portal.post("/computer/p9/toggleOffline")
    assert lab.app.state["nodes"]["p9"]["mark"] is None
    assert seen(lab)["temporarilyOffline"] is True


def test_f29_a_persons_mark_is_not_lifted_by_a_disk(lab: Ci) -> None:
    lab.portal.client.disable_node("p9", "kernel update")
    free(lab, MIB)
    lab.move(HOUR)
    assert seen(lab)["offlineCauseReason"] == "kernel update"
    free(lab, 5 * GIB)
    lab.move(HOUR)
    assert seen(lab)["offlineCauseReason"] == "kernel update"


def test_f29_the_mark_of_one_disk_is_not_lifted_by_another(lab: Ci) -> None:
    free(lab, MIB)
    lab.move(HOUR)
    free(lab, 5 * GIB, "temp")
    lab.move(HOUR)
    assert seen(lab)["temporarilyOffline"] is True


def test_f29_the_mark_of_a_disk_survives_a_relabelling(lab: Ci) -> None:
    free(lab, MIB)
    lab.move(HOUR)
    config = lab.portal.client.get_node_config("p9")
    lab.portal.client.reconfig_node("p9", config.replace("ppc64le", "power9"))
    free(lab, 5 * GIB)
    assert lab.app.state["nodes"]["p9"]["mark"]["size"] == MIB
    lab.move(HOUR)
    assert seen(lab)["offline"] is False


def test_an_agent_may_have_thresholds_of_its_own(lab: Ci) -> None:
    kind = "hudson.node__monitors.DiskSpaceMonitorNodeProperty"
    own = f"<{kind}><freeDiskSpaceThreshold>30GiB</freeDiskSpaceThreshold></{kind}>"
    config = lab.portal.client.get_node_config("p9")
    properties = f"<nodeProperties>{own}</nodeProperties>"
    lab.portal.client.reconfig_node("p9", config.replace("<nodeProperties/>", properties))
    found = monitor(lab)
    assert (found["threshold"], found["warningThreshold"]) == (30 * GIB, 2 * GIB)
    assert seen(lab)["temporarilyOffline"] is True


def test_the_controllers_thresholds_are_set_from_outside(lab: Ci) -> None:
    lab.sim("controller", {"thresholds": {"freeDiskSpaceThreshold": 30 * GIB}})
    assert seen(lab)["temporarilyOffline"] is True
