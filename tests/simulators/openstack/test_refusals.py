"""Each service refuses in its own words and shape."""

from typing import Any

import pytest
import requests
from openstack import exceptions as sdk

from tests.simulators.openstack.lab import Lab, by_the_sdk

pytestmark = by_the_sdk

ABSENT = "0b5e4c57-9b62-4f5a-8a2f-7d118f2c1f6e"
SHAPES = {
    f"/identity/v3/projects/{ABSENT}": ("error", 404),
    f"/compute/v2.1/servers/{ABSENT}": ("itemNotFound", 404),
    f"/network/v2.0/networks/{ABSENT}": ("NeutronError", 404),
    f"/volume/v3/any/volumes/{ABSENT}": ("itemNotFound", 404),
    f"/placement/resource_providers/{ABSENT}": ("errors", 404),
}


@pytest.mark.parametrize("path", SHAPES)
def test_absent_things(lab: Lab, path: str) -> None:
    answer = lab.http.get(lab.url + path, headers={"X-Auth-Token": lab.admin.auth_token})
    key, status = SHAPES[path]
    assert (list(answer.json()), answer.status_code) == ([key], status)


def test_glance_answers_in_html(lab: Lab) -> None:
    answer = lab.http.get(f"{lab.url}/image/v2/images/{ABSENT}", headers={"X-Auth-Token": lab.admin.auth_token})
    assert answer.headers["Content-Type"].startswith("text/html")
    assert f"No image found with ID {ABSENT}" in answer.text


@pytest.mark.parametrize("path", SHAPES)
def test_no_token_and_a_wrong_one_are_401(lab: Lab, path: str) -> None:
    for headers in ({}, {"X-Auth-Token": "wrong"}):
        answer = lab.http.get(lab.url + path, headers=headers)
        assert answer.status_code == 401
        assert "WWW-Authenticate" in answer.headers


def test_cinder_over_quota_is_413_and_says_when_to_come_back(lab: Lab) -> None:
    project, member = lab.project()
    lab.admin.set_volume_quotas(project.id, gigabytes=5)
    answer = member.block_storage.post("/volumes", json={"volume": {"size": 6}})
    assert (answer.status_code, answer.headers["Retry-After"]) == (413, "0")
    text = answer.json()["overLimit"]["message"]
    assert text.startswith("VolumeSizeExceedsAvailableQuota: ")
    assert "Requested 6G, quota is 5G and 0G has been consumed." in text


def test_neutron_over_quota_is_409(lab: Lab) -> None:
    project, member = lab.project()
    lab.admin.set_network_quotas(project.id, floatingip=0)
    with pytest.raises(sdk.ConflictException, match=r"Quota exceeded for resources: \['floatingip'\]"):
        member.network.create_ip(floating_network_id=member.network.find_network("public").id)


@pytest.mark.parametrize(
    "ask",
    [
        lambda member: list(member.compute.hypervisors()),
        lambda member: list(member.identity.users()),
        lambda member: list(member.block_storage.backend_pools()),
        lambda member: list(member.placement.resource_providers()),
        lambda member: member.network.create_network(name="x", is_shared=True),
    ],
    ids=["nova", "keystone", "cinder", "placement", "neutron"],
)
def test_what_is_the_admins_is_403_for_a_member(lab: Lab, ask: Any) -> None:
    _, member = lab.project()
    with pytest.raises(sdk.ForbiddenException):
        ask(member)


def test_rules_of_several_groups_do_not_fit_in_one_call(lab: Lab) -> None:
    groups = [lab.admin.network.create_security_group(name=name) for name in ("a", "b")]
    rules = [{"security_group_id": group.id, "direction": "ingress"} for group in groups]
    answer = lab.admin.network.post("/security-group-rules", json={"security_group_rules": rules})
    assert answer.status_code == 400
    assert answer.json()["NeutronError"]["type"] == "SecurityGroupNotSingleGroupRules"


def test_a_snapshot_of_a_volume_in_use_needs_force_before_3_66(lab: Lab) -> None:
    _, member = lab.project()
    volume = member.block_storage.create_volume(size=1)
    lab.move(5)
    server = lab.boot(member)
    lab.move(11)
    member.compute.create_volume_attachment(server, volume_id=volume.id)
    lab.move(2)
    body = {"snapshot": {"volume_id": volume.id}}
    statuses = [
        member.block_storage.post("/snapshots", json=body, microversion="3.65").status_code,
        member.block_storage.post("/snapshots", json=body, microversion="3.66").status_code,
    ]
    assert statuses == [400, 202]


def test_a_generated_key_pair_is_refused_from_2_92_on(lab: Lab) -> None:
    answer = lab.admin.compute.post("/os-keypairs", json={"keypair": {"name": "k"}}, microversion="2.92")
    assert answer.status_code == 400


def test_versions_are_found_without_a_token(lab: Lab) -> None:
    for path, key in (
        ("compute", "versions"),
        ("volume", "versions"),
        ("placement", "versions"),
        ("image", "versions"),
    ):
        answer = requests.get(f"{lab.url}/{path}", timeout=5)
        assert key in answer.json()
