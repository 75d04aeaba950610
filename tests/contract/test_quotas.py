"""Quotas: how they are read and set, and how each service refuses what goes over them."""

from typing import Any

import pytest

from tests.contract.answers import kind, said
from tests.contract.cloud import Cloud, unique
from tests.contract.place import Place

NOBODY = "no-such-project"


@pytest.mark.parametrize(
    ("quota", "text"),
    [
        ({"instances": 0}, "Quota exceeded for instances: Requested 1, but already used 0 of 0 instances"),
        ({"cores": 1}, "Quota exceeded for cores: Requested 2, but already used 0 of 1 cores"),
        ({"ram": 1024}, "Quota exceeded for ram: Requested 4096, but already used 0 of 1024 ram"),
        (
            {"cores": 1, "ram": 1024},
            "Quota exceeded for cores, ram: Requested 2, 4096, but already used 0, 0 of 1, 1024 cores, ram",
        ),
    ],
)
def test_nova_refuses_with_403(own_place: Place, quota: dict[str, int], text: str) -> None:
    said(own_place.quota("compute", **quota), 200)
    answer = own_place.user.compute.post("/servers", own_place.server_body())
    said(answer, 403, text)
    assert kind(answer) == "forbidden"


def test_no_port_left_is_a_403_of_nova(own_place: Place) -> None:
    own_place.quota("network", port=0)
    answer = own_place.user.compute.post("/servers", own_place.server_body())
    said(answer, 403, "Maximum number of ports exceeded")


GIB_TEXT = (
    "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed {what} quota. "
    "Requested 6G, quota is {limit}G and 0G has been consumed."
)


@pytest.mark.parametrize(
    ("quota", "text"),
    [
        ({"volumes": 0}, "VolumeLimitExceeded: Maximum number of volumes allowed (0) exceeded for quota 'volumes'."),
        ({"gigabytes": 5}, GIB_TEXT.format(what="gigabytes", limit=5)),
        ({"gigabytes_ceph": 2}, GIB_TEXT.format(what="gigabytes_ceph", limit=2)),
    ],
)
def test_cinder_refuses_with_413(own_place: Place, quota: dict[str, int], text: str) -> None:
    said(own_place.quota("volume", **quota), 200)
    volume = {"name": unique(), "size": 6, "volume_type": "ceph"}
    answer = own_place.user.volume.post("/volumes", {"volume": volume})
    said(answer, 413, text)
    assert kind(answer) == "overLimit"
    assert answer.json()["overLimit"]["retryAfter"] == "0"


def test_neutron_refuses_with_409(own_place: Place) -> None:
    said(own_place.quota("network", network=0, floatingip=0), 200)
    network, floating = own_place.user.network, {"floating_network_id": own_place.cloud.id_of("network", "public")}
    for what, answer in (
        ("network", network.post("/networks", {"network": {"name": unique()}})),
        ("floatingip", network.post("/floatingips", {"floatingip": floating})),
    ):
        said(answer, 409, f"Quota exceeded for resources: ['{what}'].")
        assert kind(answer) == "OverQuota"


def test_the_admin_is_held_to_the_quota_of_the_project_in_the_body(own_place: Place) -> None:
    own_place.create("security_group", name="one")
    said(own_place.quota("network", security_group=2), 200)  # `default` is the other
    body = {"security_group": {"name": "two", "project_id": own_place.project_id}}
    said(own_place.cloud.admin.network.post("/security-groups", body), 409, "['security_group']")


def test_the_quota_of_an_absent_project_is_known_to_all_but_nova(cloud: Cloud) -> None:
    said(cloud.admin.compute.get(f"/os-quota-sets/{NOBODY}"), 400, f"Project ID {NOBODY} is not a valid project.")
    body = {"quota_set": {"instances": 1}}
    said(cloud.admin.compute.put(f"/os-quota-sets/{NOBODY}", body), 400, "is not a valid project.")
    assert said(cloud.admin.volume.get(f"/os-quota-sets/{NOBODY}"), 200)["quota_set"]["volumes"] >= -1
    assert "port" in said(cloud.admin.network.get(f"/quotas/{NOBODY}"), 200)["quota"]


def test_what_is_set_is_read_and_deleting_brings_the_defaults_back(own_place: Place) -> None:
    admin, project = own_place.cloud.admin, own_place.project_id
    paths = {
        "compute": (f"/os-quota-sets/{project}", "quota_set", "ram", 202),
        "volume": (f"/os-quota-sets/{project}", "quota_set", "gigabytes", 200),
        "network": (f"/quotas/{project}", "quota", "port", 204),
    }
    for name, (path, key, what, deleted) in paths.items():
        service = getattr(admin, name)
        before = said(service.get(path), 200)[key][what]
        assert said(service.put(path, {key: {what: 77777}}), 200)[key][what] == 77777
        assert said(service.get(path), 200)[key][what] == 77777
        said(service.delete(path), deleted)
        assert said(service.get(path), 200)[key][what] == before


def test_details_tell_what_is_used(own_place: Place) -> None:
    own_place.delete_volume(own_place.create_volume(1))
    volume = own_place.create_volume(2)
    own_place.volume(volume)
    own_place.create("security_group", name="one")
    admin, project = own_place.cloud.admin, own_place.project_id
    cinder = said(admin.volume.get(f"/os-quota-sets/{project}?usage=true"), 200)["quota_set"]
    assert (cinder["volumes"]["in_use"], cinder["gigabytes"]["in_use"], cinder["gigabytes_ceph"]["in_use"]) == (1, 2, 2)
    neutron = said(admin.network.get(f"/quotas/{project}/details.json"), 200)["quota"]
    assert neutron["security_group"]["used"] == 2
    assert {"limit", "used", "reserved"} == set(neutron["port"])
    nova = said(admin.compute.get(f"/os-quota-sets/{project}/detail"), 200)["quota_set"]
    assert (nova["instances"]["in_use"], set(nova["ram"])) == (0, {"limit", "in_use", "reserved"})
    limits = said(own_place.user.volume.get("/limits"), 200)["limits"]["absolute"]
    assert (limits["totalVolumesUsed"], limits["totalGigabytesUsed"]) == (1, 2)


def test_a_quota_below_what_is_used_is_refused_by_nova_and_taken_by_the_others(own_place: Place) -> None:
    own_place.volume(own_place.create_volume(1))
    own_place.boot()
    text = "Quota limit 0 for instances must be greater than or equal to already used and reserved 1."
    said(own_place.quota("compute", instances=0), 400, text)
    said(own_place.quota("compute", instances=0, force=True), 200)
    said(own_place.quota("volume", volumes=0), 200)
    said(own_place.quota("network", security_group=0), 200)


@pytest.mark.parametrize(
    ("service", "figures", "text"),
    [
        ("compute", {"instances": -2}, "-2 is less than the minimum of -1"),
        ("compute", {"nonsense": 1}, "'nonsense' was unexpected"),
        ("volume", {"volumes": -2}, "volumes must be >= -1"),
        ("network", {"port": -2}, "'-2' is too small - must be at least '-1'."),
    ],
)
def test_absurd_quotas_are_400(own_place: Place, service: str, figures: dict[str, Any], text: str) -> None:
    said(own_place.quota(service, **figures), 400, text)


def test_a_server_in_error_counts(own_place: Place) -> None:
    own_place.quota("compute", instances=1)
    broken = own_place.settled(own_place.create_server(image="debian-12-x86_64"))
    assert broken["status"] == "ERROR"
    answer = own_place.user.compute.post("/servers", own_place.server_body())
    said(answer, 403, "Quota exceeded for instances: Requested 1, but already used 1 of 1 instances")


def test_a_member_may_not_set_quotas(place: Place) -> None:
    path, body = f"/os-quota-sets/{place.project_id}", {"quota_set": {"instances": 1}}
    said(place.user.compute.put(path, body), 403, "Policy doesn't allow os_compute_api:os-quota-sets:update")
