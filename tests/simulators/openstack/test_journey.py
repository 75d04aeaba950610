"""From a new project to nothing left, by the unmodified SDK."""

import pytest
from openstack import exceptions as sdk

from tests.simulators.openstack.lab import Lab, by_the_sdk

pytestmark = by_the_sdk


def test_a_project_is_set_up_used_and_released(lab: Lab) -> None:
    admin = lab.admin
    project, member = lab.project()
    admin.set_compute_quotas(project.id, instances=1, cores=4, ram=8192)
    admin.set_volume_quotas(project.id, volumes=1, gigabytes=20)
    admin.set_network_quotas(project.id, port=2)
    group = admin.network.create_security_group(name="ssh", project_id=project.id, description="tag")
    rule = {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22}
    admin.network.create_security_group_rule(security_group_id=group.id, **rule)

    volume = member.block_storage.create_volume(name="data", size=10, metadata={"tag": "1"})
    network = member.network.find_network("shared")
    server = lab.boot(member, networks=[{"uuid": network.id}], security_groups=[{"name": "ssh"}])
    lab.move(11)
    server = member.compute.get_server(server.id)
    assert server.status == "ACTIVE"
    assert server.addresses["shared"][0]["addr"].startswith("10.20.")
    assert admin.compute.get_server(server.id).hypervisor_hostname.startswith("power8-")

    member.compute.create_volume_attachment(server, volume_id=volume.id)
    lab.move(2)
    assert member.block_storage.get_volume(volume.id).status == "in-use"
    with pytest.raises(sdk.BadRequestException, match="must not be migrating, attached"):
        member.block_storage.delete_volume(volume)

    member.compute.delete_server(server)
    lab.move(5)
    assert list(member.compute.servers()) == []
    assert member.block_storage.get_volume(volume.id).status == "available"
    member.block_storage.delete_volume(volume)
    lab.move(5)
    admin.network.delete_security_group(group)
    assert list(member.block_storage.volumes()) == []
    assert list(member.network.ports()) == []
    admin.identity.delete_project(project)
    assert admin.identity.find_project("demo") is None


def test_a_floating_ip_reaches_a_server(lab: Lab) -> None:
    _, member = lab.project()
    network = member.network.find_network("shared")
    server = lab.boot(member, networks=[{"uuid": network.id}])
    lab.move(11)
    (port,) = member.network.ports(device_id=server.id)
    outside = member.network.find_network("public")
    floating = member.network.create_ip(floating_network_id=outside.id, port_id=port.id)
    kinds = [one["OS-EXT-IPS:type"] for one in member.compute.get_server(server.id).addresses["shared"]]
    assert kinds == ["fixed", "floating"]
    member.compute.delete_server(server)
    lab.move(5)
    assert member.network.get_ip(floating.id).port_id is None


def test_an_application_credential_signs_in_until_it_ends(lab: Lab) -> None:
    project, member = lab.project()
    user = member.current_user_id
    ends = {"expires_at": "2100-01-01T00:00:00Z", "roles": [{"name": "member"}]}
    made = member.identity.create_application_credential(user, "ours", secret="known", **ends)
    auth = {"application_credential_id": made.id, "application_credential_secret": "known"}
    robot = lab.sign_in("v3applicationcredential", **auth)
    assert robot.current_project_id == project.id
    lab.move(80 * 365 * 86400)
    with pytest.raises(Exception, match="requires authentication"):
        list(robot.compute.servers())


@pytest.mark.parametrize("what", ["project", "user"])
def test_who_is_disabled_is_401_and_enabled_again_is_not(lab: Lab, what: str) -> None:
    project, member = lab.project()
    keystone = lab.admin.identity
    row = project if what == "project" else keystone.find_user("demo")
    change = keystone.update_project if what == "project" else keystone.update_user
    change(row, is_enabled=False)
    with pytest.raises(Exception, match="requires authentication"):
        list(member.compute.servers())
    change(row, is_enabled=True)
    assert list(member.compute.servers()) == []


def test_names_are_unique_in_a_domain(lab: Lab) -> None:
    lab.project("twice")
    with pytest.raises(sdk.ConflictException, match="two projects with the same name"):
        lab.admin.identity.create_project(name="twice", domain_id="default")
    with pytest.raises(sdk.ConflictException, match="Duplicate entry found with name twice"):
        lab.admin.identity.create_user(name="twice", domain_id="default")


def test_tags_find_a_project(lab: Lab) -> None:
    made = lab.admin.identity.create_project(name="a", domain_id="default", tags=["portal", "x"])
    lab.admin.identity.create_project(name="b", domain_id="default", tags=["x"])
    assert [row.id for row in lab.admin.identity.projects(tags="portal,x")] == [made.id]
