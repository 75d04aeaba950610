"""Use the box as a portal would, with openstacksdk 4, and time each step.

OS_CLIENT_CONFIG_FILE=.../clouds.yaml python -m tests.openstack.box.smoke [--parallel 20]
"""

import argparse
import concurrent.futures
import contextlib
import secrets
import time
import uuid
from collections.abc import Iterator
from typing import Any

import openstack
from openstack.connection import Connection
from openstack.exceptions import HttpException

FLAVORS = ("p8.small", "p9.small", "x86.small", "gpu.p100")
PATIENCE = 90.0  # seconds


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    print(f"{time.monotonic() - begun:6.2f} s  {text}", flush=True)


@contextlib.contextmanager
def refused(text: str) -> Iterator[None]:
    """A step that the cloud has to refuse; shows how."""
    try:
        with step(text):
            yield
    except HttpException as error:
        print(f"          {type(error).__name__} {error.status_code}: {error.details}")
    else:
        raise SystemExit(f"not refused: {text}")


def boot(cloud: Connection, name: str, flavor: str, image: str) -> Any:
    return cloud.compute.create_server(
        name=name,
        flavor_id=cloud.compute.find_flavor(flavor).id,
        image_id=cloud.image.find_image(image).id,
        networks=[{"uuid": cloud.network.find_network("shared").id}],
    )


def settled(cloud: Connection, server: Any) -> Any:
    """The server once it is out of BUILD (at first it has no status)."""
    end = time.monotonic() + PATIENCE
    while server.status in (None, "BUILD") and time.monotonic() < end:
        time.sleep(0.2)
        server = cloud.compute.get_server(server)
    return server


class Visit:
    """One project from its creation to its end."""

    def __init__(self, admin: Connection) -> None:
        self.admin = admin
        self.name = "smoke-" + uuid.uuid4().hex[:6]
        self.servers: list[Any] = []

    def arrive(self) -> None:
        """Make project, user, quotas, flavor access and an application credential; connect with it."""
        keystone, secret = self.admin.identity, secrets.token_hex(12)
        with step("create project, and user with role member"):
            self.project = keystone.create_project(name=self.name, domain_id="default")
            self.user = keystone.create_user(name=self.name, password=secret, domain_id="default")
            keystone.assign_project_role_to_user(self.project, self.user, keystone.find_role("member"))
        with step("set nova, cinder and neutron quotas, and open the flavors"):
            self.quota(instances=len(FLAVORS) + 1, cores=64, ram=262144)
            self.admin.set_volume_quotas(self.project.id, volumes=2, gigabytes=20)
            self.admin.set_network_quotas(self.project.id, ports=100)
            for flavor in FLAVORS:
                self.admin.compute.flavor_add_tenant_access(self.admin.compute.find_flavor(flavor), self.project.id)
        with step("application credential of the user"):
            person = self.admin.connect_as(
                username=self.name, password=secret, project_id=self.project.id, user_domain_id="default"
            )
            credential = person.identity.create_application_credential(self.user, name=self.name)
        self.cloud = openstack.connect(
            auth_type="v3applicationcredential",
            region_name="RegionOne",
            auth={
                "auth_url": self.admin.config.auth["auth_url"],
                "application_credential_id": credential.id,
                "application_credential_secret": credential.secret,
            },
        )

    def quota(self, **figures: int) -> None:
        self.admin.set_compute_quotas(self.project.id, **figures)

    def boot_each(self) -> None:
        """One server on each kind of machine, and one on none."""
        for flavor in FLAVORS:
            arch = "x86_64" if flavor.startswith("x86") else "ppc64le"
            with step(f"create server {flavor}, to ACTIVE"):
                server = settled(self.cloud, boot(self.cloud, self.name, flavor, f"debian-12-{arch}"))
            print("          host", self.admin.compute.get_server(server.id).hypervisor_hostname, server.addresses)
            if server.status != "ACTIVE":
                raise SystemExit(f"{flavor}: {server.status} {server.fault}")
            self.servers.append(server)
        with step("x86_64 image on a ppc64le flavor, to ERROR"):
            wrong = settled(self.cloud, boot(self.cloud, self.name, "p8.small", "debian-12-x86_64"))
        print("         ", wrong.status, wrong.fault)
        self.servers.append(wrong)
        with refused("one more server, above the quota"):
            boot(self.cloud, self.name, "p8.small", "debian-12-ppc64le")

    def use_volume(self) -> None:
        cinder, server = self.cloud.block_storage, self.servers[0]
        with step("create volume of 10 GiB, to available"):
            volume = cinder.create_volume(name=self.name, size=10)
            cinder.wait_for_status(volume, "available", interval=0.2)
        with step("attach volume, to in-use"):
            self.cloud.compute.create_volume_attachment(server, volume_id=volume.id)
            cinder.wait_for_status(volume, "in-use", interval=0.2)
        with refused("a volume above the quota of GiB"):
            cinder.create_volume(name=self.name, size=11)
        with refused("delete a volume in use"):
            cinder.delete_volume(volume)
        with step("detach and delete volume, until gone"):
            self.cloud.compute.delete_volume_attachment(server, volume)
            cinder.wait_for_status(volume, "available", interval=0.2)
            cinder.delete_volume(volume)
            cinder.wait_for_delete(volume, interval=0.2)

    def boot_many(self, count: int) -> None:
        """So many servers at the same time, until none is in BUILD."""
        self.quota(instances=1000, cores=10000, ram=40960000)
        names = [f"{self.name}-many-{number}" for number in range(count)]
        with step(f"{count} servers at the same time, all settled"):
            with concurrent.futures.ThreadPoolExecutor(count) as pool:
                many = list(pool.map(lambda name: boot(self.cloud, name, "p8.small", "debian-12-ppc64le"), names))
            many = [settled(self.cloud, server) for server in many]
        print("         ", sorted(server.status for server in many))
        self.servers += many

    def leave(self) -> None:
        """Undo everything: servers first, the project last."""
        with step(f"delete {len(self.servers)} servers, until gone"):
            for server in self.servers:
                self.cloud.compute.delete_server(server)
            for server in self.servers:
                self.cloud.compute.wait_for_delete(server, interval=0.2, wait=300)
        with step("delete flavor access, groups, user and project"):
            for flavor in FLAVORS:
                self.admin.compute.flavor_remove_tenant_access(self.admin.compute.find_flavor(flavor), self.project.id)
            for group in self.admin.network.security_groups(project_id=self.project.id):
                self.admin.network.delete_security_group(group)
            self.admin.identity.delete_user(self.user)
            self.admin.identity.delete_project(self.project)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parallel", type=int, default=0, help="also create so many servers at the same time")
    options = parser.parse_args()
    with step("connect and get a token"):
        admin = openstack.connect("osbox")
        admin.authorize()
    visit = Visit(admin)
    visit.arrive()
    visit.boot_each()
    visit.use_volume()
    if options.parallel:
        visit.boot_many(options.parallel)
    visit.leave()


if __name__ == "__main__":
    main()
