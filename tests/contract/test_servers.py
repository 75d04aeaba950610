"""Servers: from the order to the end, what a listing shows, and what nova refuses."""

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.contract.answers import ids, kind, said
from tests.contract.cloud import unique
from tests.contract.place import Place, encoded

ABSENT = "0b5e4c57-9b62-4f5a-8a2f-7d118f2c1f6e"
TOO_LONG = 65536


def test_the_order_is_answered_without_a_status_and_built_in_steps(place: Place) -> None:
    body = place.server_body(metadata={"portal": "x"}, user_data=encoded("#cloud-config\n"))
    made = said(place.user.compute.post("/servers", body), 202)["server"]
    assert set(made) == {"id", "links", "OS-DCF:diskConfig", "security_groups", "adminPass"}
    states = []

    def look() -> bool:
        row = place.server(made["id"])
        states.append((row["status"], row["OS-EXT-STS:vm_state"], row["OS-EXT-STS:task_state"]))
        return row["status"] != "BUILD"

    place.cloud.until("out of BUILD", look)
    assert states[-1] == ("ACTIVE", "active", None)
    assert {(status, vm) for status, vm, _ in states[:-1]} <= {("BUILD", "building")}
    tasks = {task for _, _, task in states}
    assert tasks <= {None, "scheduling", "networking", "block_device_mapping", "spawning"}
    place.delete_server(made["id"])


def test_a_running_server_tells_what_it_is(place: Place, server: dict[str, Any]) -> None:
    assert (server["tenant_id"], server["user_id"]) == (place.project_id, place.user_id)
    assert server["metadata"] == {"kind": "standing"}
    assert (server["OS-EXT-STS:power_state"], server["OS-EXT-STS:task_state"], server["locked"]) == (1, None, False)
    assert server["image"]["id"] == place.cloud.id_of("image", "debian-12-ppc64le")
    flavor = server["flavor"]
    assert (flavor["original_name"], flavor["vcpus"], flavor["ram"], flavor["disk"]) == ("p9.small", 2, 4096, 20)
    (address,) = server["addresses"]["shared"]
    assert (address["version"], address["OS-EXT-IPS:type"]) == (4, "fixed")
    assert {"created", "updated", "OS-SRV-USG:launched_at", "hostId"} <= set(server)


@pytest.mark.parametrize(
    ("flavor", "image", "host"),
    [
        ("p8.small", "debian-12-ppc64le", "power8"),
        ("p9.small", "debian-12-ppc64le", "power9"),
        ("x86.small", "debian-12-x86_64", "x86"),
    ],
)
def test_it_runs_on_a_host_of_the_right_generation_which_only_the_admin_sees(
    place: Place, flavor: str, image: str, host: str
) -> None:
    row = place.boot(flavor=flavor, image=image)
    assert "OS-EXT-SRV-ATTR:host" not in row
    seen = said(place.cloud.admin.compute.get(f"/servers/{row['id']}"), 200)["server"]
    assert seen["OS-EXT-SRV-ATTR:hypervisor_hostname"].startswith(host)
    assert seen["host_status"] == "UP"
    place.delete_server(row["id"])


@pytest.mark.parametrize(("flavor", "image"), [("p9.small", "debian-12-x86_64"), ("x86.small", "debian-12-ppc64le")])
def test_an_image_of_another_architecture_ends_in_error(place: Place, flavor: str, image: str) -> None:
    row = place.settled(place.create_server(flavor=flavor, image=image))
    assert (row["status"], row["OS-EXT-STS:vm_state"]) == ("ERROR", "error")
    fault = row["fault"]
    assert (fault["code"], fault["message"]) == (500, "No valid host was found. There are not enough hosts available.")
    answer = place.act(row["id"], **{"os-stop": None})
    said(answer, 409, f"Instance {row['id']} is not ready")
    place.delete_server(row["id"])


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"flavorRef": "nope"}, "Flavor nope could not be found."),
        ({"imageRef": "nope"}, "Invalid input for field/attribute imageRef. Value: nope."),
        ({"imageRef": ABSENT}, "Can not find requested image"),
        ({"networks": [{"uuid": ABSENT}]}, f"Network {ABSENT} could not be found."),
        ({"security_groups": [{"name": "nope"}]}, "Unable to find security_group with name or id 'nope'"),
        ({"name": ""}, "Invalid input for field/attribute name."),
        ({"user_data": "x" * TOO_LONG}, "Invalid input for field/attribute user_data."),
        ({"metadata": {"key": "x" * 256}}, "Invalid input for field/attribute key."),
        (
            {"block_device_mapping_v2": [{"source_type": "volume", "destination_type": "volume", "uuid": ABSENT}]},
            f"Volume {ABSENT} could not be found.",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_order_is_400(place: Place, change: dict[str, Any], text: str) -> None:
    body = place.server_body(**change)
    answer = place.user.compute.post("/servers", body)
    said(answer, 400, text)
    assert kind(answer) == "badRequest"


def test_networks_must_be_named(place: Place) -> None:
    body = place.server_body()
    del body["server"]["networks"]
    said(place.user.compute.post("/servers", body), 400, "'networks' is a required property")


def test_stop_and_start_each_refused_where_it_is_so_already(place: Place) -> None:
    identity = place.boot()["id"]
    said(
        place.act(identity, **{"os-start": None}),
        409,
        f"Cannot 'start' instance {identity} while it is in vm_state active",
    )
    said(place.act(identity, **{"os-stop": None}), 202)
    row = place.settled(identity, "SHUTOFF")
    assert (row["OS-EXT-STS:vm_state"], row["OS-EXT-STS:power_state"]) == ("stopped", 4)
    said(
        place.act(identity, **{"os-stop": None}),
        409,
        f"Cannot 'stop' instance {identity} while it is in vm_state stopped",
    )
    said(place.act(identity, reboot={"type": "SOFT"}), 409, "Cannot 'reboot' instance")
    said(place.act(identity, **{"os-start": None}), 202)
    place.settled(identity, "ACTIVE")
    for how in ("SOFT", "HARD"):
        said(place.act(identity, reboot={"type": how}), 202)
        place.settled(identity, "ACTIVE")
    place.delete_server(identity)


def test_rescue_rebuild_and_resize(place: Place) -> None:
    identity = place.boot()["id"]
    assert said(place.act(identity, rescue={}), 200)["adminPass"]
    place.settled(identity, "RESCUE")
    said(place.act(identity, rescue={}), 409, "while it is in vm_state rescued")
    said(place.act(identity, unrescue=None), 202)
    place.settled(identity, "ACTIVE")
    image = place.cloud.id_of("image", "ubuntu-24.04-ppc64le")
    assert said(place.act(identity, rebuild={"imageRef": image}), 202)["server"]["status"] == "REBUILD"
    assert place.settled(identity, "ACTIVE")["image"]["id"] == image
    same = place.cloud.id_of("flavor", "p9.small")
    said(place.act(identity, resize={"flavorRef": same}), 400, "When resizing, instances must change flavor!")
    said(place.act(identity, confirmResize=None), 409, "Cannot 'confirmResize' instance")
    place.delete_server(identity)


@pytest.mark.parametrize(("verb", "status", "flavor"), [("confirm", 204, "p9.large"), ("revert", 202, "p9.small")])
def test_a_resize_waits_to_be_confirmed_or_reverted(own_place: Place, verb: str, status: int, flavor: str) -> None:
    own_place.open("p9.large")
    identity = own_place.boot()["id"]
    larger = own_place.cloud.id_of("flavor", "p9.large")
    said(own_place.act(identity, resize={"flavorRef": larger}), 202)
    row = own_place.settled(identity, "VERIFY_RESIZE")
    assert (row["OS-EXT-STS:vm_state"], row["flavor"]["original_name"]) == ("resized", "p9.large")
    said(own_place.act(identity, **{"os-stop": None}), 409, "while it is in vm_state resized")
    said(own_place.act(identity, **{f"{verb}Resize": None}), status)
    assert own_place.settled(identity, "ACTIVE")["flavor"]["original_name"] == flavor


def test_the_console_can_be_read_and_reached(place: Place, server: dict[str, Any]) -> None:
    path = f"/servers/{server['id']}"
    assert said(place.act(server["id"], **{"os-getConsoleOutput": {"length": 5}}), 200)["output"]
    body = {"remote_console": {"protocol": "vnc", "type": "novnc"}}
    console = said(place.user.compute.post(f"{path}/remote-consoles", body), 200)["remote_console"]
    assert console["url"].startswith("http")
    assert (console["protocol"], console["type"]) == ("vnc", "novnc")
    actions = said(place.user.compute.get(f"{path}/os-instance-actions"), 200)["instanceActions"]
    assert actions[-1]["action"] == "create"


def test_what_the_lab_locked_no_member_stops_or_deletes(place: Place) -> None:
    identity = place.boot()["id"]
    path, admin = f"/servers/{identity}", place.cloud.admin.compute
    said(admin.post(f"{path}/action", {"lock": {"locked_reason": "evidence"}}), 202)
    row = place.server(identity)
    assert (row["locked"], row["locked_reason"]) == (True, "evidence")
    text = f"Instance {identity} is locked"
    said(place.act(identity, **{"os-stop": None}), 409, text)
    said(place.user.compute.delete(path), 409, text)
    said(admin.post(f"{path}/action", {"unlock": None}), 202)
    place.delete_server(identity)


def test_deleting_twice_is_204_then_404(place: Place) -> None:
    identity = place.boot()["id"]
    path = f"/servers/{identity}"
    said(place.user.compute.delete(path), 204)
    place.gone("compute", path)
    said(place.user.compute.delete(path), 404, f"Instance {identity} could not be found.")


def test_metadata_is_added_to(place: Place, server: dict[str, Any]) -> None:
    path = f"/servers/{server['id']}/metadata"
    both = said(place.user.compute.post(path, {"metadata": {"more": "1"}}), 200)["metadata"]
    assert both == {"kind": "standing", "more": "1"}
    said(place.user.compute.delete(f"{path}/more"), 204)


def test_a_listing_filters_by_project_name_and_status(place: Place, server: dict[str, Any]) -> None:
    mine = f"all_tenants=1&project_id={place.project_id}"
    admin = place.cloud.admin.compute
    for query in (mine, f"{mine}&status=ACTIVE", f"{mine}&name={server['name']}"):
        assert server["id"] in ids(said(admin.get(f"/servers/detail?{query}"), 200)["servers"])
    for query in (f"{mine}&status=ERROR", f"{mine}&name={unique()}", f"project_id={place.project_id}"):
        assert server["id"] not in ids(said(admin.get(f"/servers/detail?{query}"), 200)["servers"])
    said(admin.get(f"/servers?{mine}&metadata={{'kind':'standing'}}"), 400, "Invalid filter field: metadata.")


def test_a_member_lists_the_own_project_only(place: Place, server: dict[str, Any]) -> None:
    assert server["id"] in ids(said(place.user.compute.get("/servers"), 200)["servers"])
    said(place.user.compute.get("/servers?all_tenants=1"), 403, "servers:index:get_all_tenants to be performed.")


def test_a_listing_comes_in_pages(own_place: Place) -> None:
    made = {own_place.boot()["id"] for _ in range(3)}
    seen: list[str] = []
    path = f"/servers/detail?all_tenants=1&project_id={own_place.project_id}&limit=2"
    while path:
        page = said(own_place.cloud.admin.compute.get(path), 200)
        seen += [row["id"] for row in page["servers"]]
        path = next((link["href"] for link in page.get("servers_links", []) if link["rel"] == "next"), "")
    assert sorted(seen) == sorted(made)
    said(own_place.user.compute.get(f"/servers?marker={ABSENT}"), 400, f"marker [{ABSENT}] not found")


def test_changes_since_shows_what_is_deleted_and_nothing_older(own_place: Place) -> None:
    user = own_place.user.compute
    identity = own_place.boot()["id"]
    answered = parsedate_to_datetime(user.get("/servers").headers["Date"])
    since = (answered - timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
    own_place.delete_server(identity)
    path = f"/servers/detail?all_tenants=1&project_id={own_place.project_id}&changes-since="
    (row,) = said(own_place.cloud.admin.compute.get(path + since), 200)["servers"]
    assert (row["id"], row["status"], row["OS-EXT-STS:vm_state"]) == (identity, "DELETED", "deleted")
    assert said(own_place.cloud.admin.compute.get(path + "2099-01-01T00:00:00Z"), 200)["servers"] == []
    said(user.get("/servers?changes-since=x"), 400, "'x' is not a 'date-time'")
