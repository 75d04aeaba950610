"""How servers come up, where they are placed, and what becomes of them."""

import pytest
from openstack import exceptions as sdk

from tests.simulators.openstack.lab import Lab, by_the_sdk

pytestmark = by_the_sdk

NO_HOST = "No valid host was found. There are not enough hosts available."


def test_a_build_goes_through_its_stages_by_the_clock(lab: Lab) -> None:
    _, member = lab.project()
    server = lab.boot(member)
    seen = []
    for _ in range(6):
        row = member.compute.get_server(server.id)
        seen.append((row.status, row.task_state))
        lab.move(2)
    stages = ["scheduling", "networking", "block_device_mapping", "spawning"]
    assert list(dict.fromkeys(task for status, task in seen if status == "BUILD")) == stages
    assert seen[-1] == ("ACTIVE", None)


def test_ram_is_never_lent_twice(lab: Lab) -> None:
    project, member = lab.project()
    lab.admin.set_compute_quotas(project.id, instances=-1, cores=-1, ram=-1)
    # two hosts of 512 GiB, 16 of them for themselves: seven servers of 64 GiB on each
    ids = [lab.boot(member, "p8.xlarge").id for _ in range(15)]
    lab.move(11)
    rows = [lab.admin.compute.get_server(one) for one in ids]
    placed = [row.hypervisor_hostname for row in rows if row.status == "ACTIVE"]
    assert sorted(placed) == ["power8-1"] * 7 + ["power8-2.lab.example.org"] * 7
    (left,) = [row for row in rows if row.status == "ERROR"]
    assert (left.fault["code"], left.fault["message"]) == (500, NO_HOST)


@pytest.mark.parametrize(
    ("flavor", "image", "host"),
    [
        ("p9.small", "debian-12-ppc64le", "power9-1"),
        ("gpu.p100", "ubuntu-24.04-ppc64le", "gpu-1"),
        ("p9.small", "debian-12-x86_64", None),
    ],
)
def test_trait_aggregate_and_architecture_choose_the_host(lab: Lab, flavor: str, image: str, host: str | None) -> None:
    _, member = lab.project()
    lab.admin.set_compute_quotas(member.current_project_id, ram=-1)
    server = lab.boot(member, flavor, image)
    lab.move(11)
    row = lab.admin.compute.get_server(server.id)
    assert (row.hypervisor_hostname, row.status) == (host, "ACTIVE" if host else "ERROR")


def test_gpus_run_out(lab: Lab) -> None:
    project, member = lab.project()
    lab.admin.set_compute_quotas(project.id, cores=-1, ram=-1)
    ids = [lab.boot(member, "gpu.p100").id for _ in range(3)]
    lab.move(11)
    assert [member.compute.get_server(one).status for one in ids] == ["ACTIVE", "ACTIVE", "ERROR"]


def test_a_host_that_is_down_takes_nothing_and_its_servers_are_unknown(lab: Lab) -> None:
    _, member = lab.project()
    server = lab.boot(member, "p9.small")
    lab.move(11)
    lab.control("POST", "hosts/power9-1", {"state": "down"})
    assert lab.admin.compute.get_server(server.id).host_status == "UNKNOWN"
    second = lab.boot(member, "p9.small")
    lab.move(11)
    assert member.compute.get_server(second.id).status == "ERROR"


def test_anti_affinity_spreads(lab: Lab) -> None:
    _, member = lab.project()
    group = member.compute.create_server_group(name="apart", policy="anti-affinity")
    hint = {"scheduler_hints": {"group": group.id}}
    ids = [lab.boot(member, **hint).id for _ in range(3)]
    lab.move(11)
    rows = [lab.admin.compute.get_server(one) for one in ids]
    assert {row.hypervisor_hostname for row in rows[:2]} == {"power8-1", "power8-2.lab.example.org"}
    assert rows[2].status == "ERROR"


def test_libvirt_may_know_a_host_by_another_name_than_novas_service(lab: Lab) -> None:
    lab.control("POST", "hosts/power8-1", {"state": "down"})
    _, member = lab.project()
    server = lab.boot(member)
    lab.move(11)
    row = lab.admin.compute.get_server(server.id)
    assert (row.compute_host, row.hypervisor_hostname) == ("power8-2", "power8-2.lab.example.org")
    (host,) = lab.admin.compute.hypervisors(details=True, hypervisor_hostname_pattern="power8-2.lab")
    assert (host.service_details["host"], host.name) == ("power8-2", "power8-2.lab.example.org")
    assert next(lab.admin.placement.resource_providers(name=host.name)).id == host.id
    for node, found in (("power8-2", []), (host.name, [server.id])):
        assert [one.id for one in lab.admin.compute.servers(all_projects=True, node=node)] == found


def test_over_quota_says_how_much(lab: Lab) -> None:
    project, member = lab.project()
    lab.admin.set_compute_quotas(project.id, instances=1)
    lab.boot(member)
    text = "Quota exceeded for instances: Requested 1, but already used 1 of 1 instances"
    with pytest.raises(sdk.ForbiddenException, match=text):
        lab.boot(member)


def test_a_resize_moves_and_can_be_taken_back(lab: Lab) -> None:
    _, member = lab.project()
    server = lab.boot(member)
    lab.admin.set_compute_quotas(member.current_project_id, ram=-1)
    lab.move(11)
    member.compute.resize_server(server, lab.flavor("p8.xlarge"))
    lab.move(6)
    assert member.compute.get_server(server.id).status == "VERIFY_RESIZE"
    member.compute.revert_server_resize(server)
    lab.move(6)
    row = member.compute.get_server(server.id)
    assert (row.status, row.flavor["original_name"]) == ("ACTIVE", "p8.small")


def test_a_volume_of_the_mapping_is_reserved_then_attached_then_free(lab: Lab) -> None:
    _, member = lab.project()
    volume = member.block_storage.create_volume(size=1)
    lab.move(5)
    disk = {"source_type": "volume", "destination_type": "volume", "uuid": volume.id, "boot_index": -1}
    server = lab.boot(member, block_device_mapping=[disk])
    states = []
    for seconds in (0, 11):
        lab.move(seconds)
        states.append(member.block_storage.get_volume(volume.id).status)
    member.compute.delete_server(server)
    lab.move(5)
    states.append(member.block_storage.get_volume(volume.id).status)
    assert states == ["reserved", "in-use", "available"]


def test_a_server_moves_to_another_host(lab: Lab) -> None:
    _, member = lab.project()
    server = lab.boot(member)
    lab.move(11)
    before = lab.admin.compute.get_server(server.id).hypervisor_hostname
    lab.admin.compute.live_migrate_server(server.id, host=None, block_migration="auto")
    lab.move(6)
    row = lab.admin.compute.get_server(server.id)
    assert row.status == "ACTIVE"
    assert row.hypervisor_hostname != before


def test_placement_counts_what_nova_placed(lab: Lab) -> None:
    _, member = lab.project()
    lab.boot(member, "p9.small")
    lab.move(11)
    (provider,) = lab.admin.placement.resource_providers(name="power9-1")
    usages = lab.admin.placement.get(f"/resource_providers/{provider.id}/usages").json()["usages"]
    assert usages == {"VCPU": 2, "MEMORY_MB": 4096, "DISK_GB": 20}


def test_a_driver_that_fails_is_on_order(lab: Lab) -> None:
    _, member = lab.project()
    lab.control("POST", "builds", {"fail": 1})
    ids = [lab.boot(member).id for _ in range(2)]
    lab.move(11)
    first, second = (member.compute.get_server(one) for one in ids)
    assert (first.status, second.status) == ("ERROR", "ACTIVE")
    assert "Exhausted all hosts available for retrying build failures" in first.fault["message"]


def test_a_stop_waits_for_a_host_that_is_down(lab: Lab) -> None:
    _, member = lab.project()
    server = lab.boot(member, "p9.small")
    lab.move(11)
    lab.control("POST", "hosts/power9-1", {"state": "down"})
    member.compute.stop_server(server)
    lab.move(30)
    assert member.compute.get_server(server.id).task_state == "powering-off"
    lab.control("POST", "hosts/power9-1", {"state": "up"})
    lab.move(90)
    assert member.compute.get_server(server.id).status == "SHUTOFF"


def test_a_lock_holds_members_not_the_admin(lab: Lab) -> None:
    _, member = lab.project()
    server = lab.boot(member)
    lab.move(11)
    lab.admin.compute.lock_server(server)
    for refused, status in ((member.compute.stop_server, 409), (member.compute.unlock_server, 403)):
        with pytest.raises(sdk.HttpException) as caught:
            refused(server)
        assert caught.value.status_code == status
    lab.admin.compute.stop_server(server)


def test_a_loss_without_a_call_is_on_order(lab: Lab) -> None:
    _, member = lab.project()
    server = lab.boot(member)
    lab.move(11)
    lab.control("POST", f"servers/{server.id}", {"gone": True})
    with pytest.raises(sdk.NotFoundException):
        member.compute.get_server(server.id)
