"""The whole journey on a real OpenStack: request, approve, servers, volumes, quotas, a kill, a credential, the end."""

import openstack
import pytest
import yaml
from django.test import Client
from django.urls import reverse

from projects.amounts import Amount
from projects.models import Allocation, User
from tests import asking
from tests.journeys.lab import await_phase, owner, release_now
from tests.openstack.real import RealLab
from tests.processes import until

pytestmark = [
    pytest.mark.needs("openstack"),
    pytest.mark.django_db(transaction=True),
    # openstacksdk's own proxies call each other in a way that it has deprecated
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]


def test_servers_on_the_right_generation_through_a_kill_and_back(real_lab: RealLab):
    running = real_lab.start_worker()
    asking.approve(asking.asked(1, flavor="p9.small", count=2, volume_gib=2))
    allocation = Allocation.objects.get()
    until(lambda: real_lab.project_id() and real_lab.servers(real_lab.project_id()), 120, what="a first server")
    running.kill()
    real_lab.start_worker()

    await_phase(allocation, "ready", 240)

    project = real_lab.project_id()
    servers = real_lab.servers(project)
    assert [server.status for server in servers] == ["ACTIVE", "ACTIVE"]
    assert {server.hypervisor_hostname for server in servers} == {"power9-1"}
    assert [volume.status for volume in real_lab.volumes(project)] == ["in-use", "in-use"]
    quotas = real_lab.admin.compute.get_quota_set(project)
    assert (quotas.instances, quotas.cores, quotas.ram) == (2, 4, 8192)
    assert real_lab.admin.block_storage.get_quota_set(project).gigabytes == 4
    release_now(allocation)
    await_phase(allocation, "released", 240)
    real_lab.assert_nothing_left(project)


def test_a_credential_works_and_what_a_member_made_is_purged(real_lab: RealLab):
    real_lab.start_worker()
    amount = Amount(vcpus=4, ram_mib=8192, instances=2, volumes=3, volume_gib=10)
    asking.approve(asking.asked_access(1, amount))
    allocation = Allocation.objects.get()
    await_phase(allocation, "ready", 180)
    project = real_lab.project_id()

    make_things(member_of(allocation, owner()))

    assert len(real_lab.servers(project)) == 1
    release_now(allocation)
    await_phase(allocation, "released", 300)
    real_lab.assert_nothing_left(project)


def member_of(allocation: Allocation, user: User) -> openstack.connection.Connection:
    """Signed in with the clouds.yaml that the page gives, once."""
    client = Client()
    client.force_login(user)
    answer = client.post(reverse("provisioning:clouds-yaml", args=[allocation.pk]))
    assert answer.status_code == 200, answer.headers
    (cloud,) = yaml.safe_load(answer.content)["clouds"].values()
    return openstack.connect(load_yaml_config=False, load_envvars=False, **cloud)


def make_things(member: openstack.connection.Connection) -> None:
    """A server, a volume, a network with a router: what a release has to take back in the right order."""
    shared = member.network.find_network("shared", ignore_missing=False)
    own = member.network.create_network(name="own")
    subnet = member.network.create_subnet(network_id=own.id, ip_version=4, cidr="10.77.0.0/24", name="own")
    router = member.network.create_router(name="own")
    member.network.add_interface_to_router(router, subnet_id=subnet.id)
    member.block_storage.create_volume(name="own", size=1)
    server = member.compute.create_server(
        name="own",
        flavor_id=member.compute.find_flavor("p9.small", ignore_missing=False).id,
        image_id=member.image.find_image("debian-12-ppc64le", ignore_missing=False).id,
        networks=[{"uuid": shared.id}],
    )
    # one that is being built may be listed twice, or missed
    member.compute.wait_for_server(server, interval=1, wait=240)
