"""Volumes: made, filtered, attached, grown, and what cinder refuses."""

from typing import Any

import pytest

from tests.contract.answers import ids, kind, said
from tests.contract.cloud import Cloud, unique
from tests.contract.place import Place

KEPT = (
    "Volume status must be available or error or error_restoring or error_extending or error_managing "
    "and must not be migrating, attached, belong to a group, have snapshots"
)


def detail(cloud: Cloud, query: str) -> set[str]:
    return ids(said(cloud.admin.volume.get(f"/volumes/detail?all_tenants=1&{query}"), 200)["volumes"])


def attach(place: Place, server: str, volume: str) -> Any:
    body = {"volumeAttachment": {"volumeId": volume}}
    return place.user.compute.post(f"/servers/{server}/os-volume_attachments", body)


def test_a_volume_keeps_its_metadata_and_is_found_by_it(place: Place) -> None:
    tag = unique("tag")
    volume = place.create_volume(1, metadata={"portal": tag, "step": "1"}, volume_type="ceph")
    row = place.volume(volume)
    assert (row["metadata"], row["volume_type"], row["size"]) == ({"portal": tag, "step": "1"}, "ceph", 1)
    assert (row["attachments"], row["bootable"], row["os-vol-tenant-attr:tenant_id"]) == ([], "false", place.project_id)
    assert detail(place.cloud, f"metadata={{'portal':'{tag}'}}") == {volume}
    assert detail(place.cloud, f"metadata={{'portal':'{tag}','step':'2'}}") == set()
    assert volume in detail(place.cloud, f"project_id={place.project_id}")
    place.delete_volume(volume)
    said(place.user.volume.get(f"/volumes/{volume}"), 404, f"Volume {volume} could not be found.")
    said(place.user.volume.delete(f"/volumes/{volume}"), 404)


def test_a_volume_without_a_type_gets_the_default_one(place: Place) -> None:
    volume = place.create_volume(1)
    assert place.volume(volume)["volume_type"] == "ceph"
    place.delete_volume(volume)


def test_volumes_changed_since_a_moment(place: Place) -> None:
    volume = place.create_volume(1)
    row = place.volume(volume)
    mine = f"project_id={place.project_id}"
    assert volume in detail(place.cloud, f"{mine}&updated_at=gte:{row['updated_at'][:19]}")
    assert volume not in detail(place.cloud, f"{mine}&updated_at=gte:2099-01-01T00:00:00")
    place.delete_volume(volume)
    assert volume not in detail(place.cloud, f"{mine}&updated_at=gte:2020-01-01T00:00:00")


def test_volumes_come_in_pages(own_place: Place) -> None:
    made = {own_place.create_volume(1) for _ in range(3)}
    seen: list[str] = []
    path = f"/volumes/detail?all_tenants=1&project_id={own_place.project_id}&limit=2"
    while path:
        page = said(own_place.cloud.admin.volume.get(path), 200)
        seen += [row["id"] for row in page["volumes"]]
        path = next((link["href"] for link in page.get("volumes_links", []) if link["rel"] == "next"), "")
    assert sorted(seen) == sorted(made)
    said(own_place.user.volume.get("/volumes?limit=1&marker=nope"), 404, "Volume nope could not be found.")
    for volume in made:
        own_place.volume(volume)


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"size": 0}, 400, "0 is less than the minimum of 1"),
        ({"volume_type": "nope"}, 404, "Volume type with name nope could not be found."),
    ],
)
def test_a_wrong_volume_is_refused(place: Place, change: dict[str, Any], status: int, text: str) -> None:
    said(place.user.volume.post("/volumes", {"volume": {"name": unique(), "size": 1, **change}}), status, text)


def test_a_volume_grows_and_never_shrinks(place: Place) -> None:
    volume = place.create_volume(2)
    place.volume(volume)
    path = f"/volumes/{volume}/action"
    answer = place.user.volume.post(path, {"os-extend": {"new_size": 1}})
    said(answer, 400, "New size for extend must be greater than current size. (current: 2, extended: 1).")
    assert kind(answer) == "badRequest"
    said(place.user.volume.post(path, {"os-extend": {"new_size": 3}}), 202)
    assert place.volume(volume)["size"] == 3
    place.delete_volume(volume)


def test_attached_it_is_in_use_and_cannot_be_deleted(place: Place, server: dict[str, Any]) -> None:
    volume = place.create_volume(1)
    place.volume(volume)
    made = said(attach(place, server["id"], volume), 200)["volumeAttachment"]
    assert (made["serverId"], made["volumeId"], made["id"]) == (server["id"], volume, volume)
    row = place.volume(volume, "in-use")
    (attachment,) = row["attachments"]
    assert (attachment["server_id"], attachment["volume_id"]) == (server["id"], volume)
    said(place.user.volume.delete(f"/volumes/{volume}"), 400, KEPT)
    text = f"volume {volume} is already attached to instances: {server['id']}"
    said(attach(place, server["id"], volume), 400, text)
    path = f"/servers/{server['id']}/os-volume_attachments"
    (listed,) = said(place.user.compute.get(path), 200)["volumeAttachments"]
    assert (listed["volumeId"], listed["delete_on_termination"]) == (volume, False)
    said(place.user.compute.delete(f"{path}/{volume}"), 202)
    place.volume(volume, "available")
    gone = f"Instance {server['id']} is not attached to volume {volume}"
    said(place.user.compute.delete(f"{path}/{volume}"), 404, gone)
    place.delete_volume(volume)


def test_attached_it_grows_too(place: Place, server: dict[str, Any]) -> None:
    volume = place.create_volume(1)
    place.volume(volume)
    said(attach(place, server["id"], volume), 200)
    place.volume(volume, "in-use")
    said(place.user.volume.post(f"/volumes/{volume}/action", {"os-extend": {"new_size": 2}}), 202)
    assert place.volume(volume, "in-use")["size"] == 2
    place.user.compute.delete(f"/servers/{server['id']}/os-volume_attachments/{volume}")
    place.volume(volume, "available")
    place.delete_volume(volume)


def test_deleting_the_server_frees_a_volume_of_its_mapping(place: Place) -> None:
    volume = place.create_volume(1)
    place.volume(volume)
    image = place.cloud.id_of("image", "debian-12-ppc64le")
    root = {"source_type": "image", "destination_type": "local", "uuid": image, "boot_index": 0}
    data = {"source_type": "volume", "destination_type": "volume", "uuid": volume, "boot_index": -1}
    mapping = [{**root, "delete_on_termination": True}, {**data, "delete_on_termination": False}]
    row = place.boot(block_device_mapping_v2=mapping)
    assert row["os-extended-volumes:volumes_attached"] == [{"id": volume, "delete_on_termination": False}]
    (attachment,) = place.volume(volume, "in-use")["attachments"]
    assert attachment["server_id"] == row["id"]
    place.delete_server(row["id"])
    assert place.volume(volume, "available")["attachments"] == []
    place.delete_volume(volume)


def test_nothing_is_attached_to_a_server_in_error(place: Place) -> None:
    volume = place.create_volume(1)
    place.volume(volume)
    broken = place.settled(place.create_server(image="debian-12-x86_64"))["id"]
    text = f"Cannot 'attach_volume' instance {broken} while it is in vm_state error"
    said(attach(place, broken, volume), 409, text)
    place.delete_server(broken)
    place.delete_volume(volume)


def test_a_volume_with_a_snapshot_stays(place: Place) -> None:
    volume = place.create_volume(1)
    place.volume(volume)
    made = said(place.user.volume.post("/snapshots", {"snapshot": {"volume_id": volume, "name": unique()}}), 202)
    path = f"/snapshots/{made['snapshot']['id']}"

    def ready() -> bool:
        return bool(place.user.volume.get(path).json()["snapshot"]["status"] == "available")

    place.cloud.until("snapshot available", ready)
    said(place.user.volume.delete(f"/volumes/{volume}"), 400, KEPT)
    said(place.user.volume.delete(path), 202)
    place.gone("volume", path)
    place.delete_volume(volume)


def test_the_ceph_type_and_its_pool(cloud: Cloud) -> None:
    types = {row["name"]: row for row in said(cloud.admin.volume.get("/types"), 200)["volume_types"]}
    assert {"ceph", "ceph-ssd"} <= set(types)
    backend = types["ceph"]["extra_specs"]["volume_backend_name"]
    pools = said(cloud.admin.volume.get("/scheduler-stats/get_pools?detail=true"), 200)["pools"]
    (pool,) = [pool for pool in pools if pool["capabilities"]["volume_backend_name"] == backend]
    figures = pool["capabilities"]
    assert 0 < float(figures["free_capacity_gb"]) <= float(figures["total_capacity_gb"])
    assert figures["storage_protocol"] == "ceph"
