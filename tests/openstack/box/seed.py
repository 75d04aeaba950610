"""Fill the cloud: `identity` before the services start, then `cloud`. What is there already stays.

Runs under Debian's Python and SDK, in a process of its own (services.seed).
"""

import sys

import openstack

from . import catalog
from .places import ETC, MACHINES, REGION, mark_done, password, still_to_do, url
from .processes import alive, command, wait_for

SERVICES = {  # user: (type, name, path of the endpoint)
    "placement": ("placement", "placement", ""),
    "glance": ("image", "glance", ""),
    "neutron": ("network", "neutron", ""),
    "cinder": ("volumev3", "cinderv3", "/v3/%(project_id)s"),
    "nova": ("compute", "nova", "/v2.1"),
}
Cloud = openstack.connection.Connection


def identity(cloud: Cloud) -> None:
    """Roles, projects, users, services and endpoints: what the other services need to start."""
    keystone = cloud.identity
    if not keystone.find_role("service"):
        keystone.create_role(name="service")
    for name in ("service", "portal"):
        if not keystone.find_project(name):
            keystone.create_project(name=name, domain_id="default")
    user(cloud, "portal", "portal", "admin")
    for name in SERVICES:
        service(cloud, name)


def user(cloud: Cloud, name: str, project_name: str, *roles: str) -> None:
    keystone = cloud.identity
    project = keystone.find_project(project_name)
    account = keystone.find_user(name)
    if not account:
        more = {"domain_id": "default", "default_project_id": project.id}
        account = keystone.create_user(name=name, password=password(), **more)
    for role in roles:
        keystone.assign_project_role_to_user(project, account, keystone.find_role(role))


def service(cloud: Cloud, name: str) -> None:
    kind, title, path = SERVICES[name]
    user(cloud, name, "service", "admin", "service")
    if list(cloud.identity.services(type=kind)):
        return
    entry = cloud.identity.create_service(type=kind, name=title)
    for interface in ("public", "internal", "admin"):
        where = {"region_id": REGION, "url": url(name) + path}
        cloud.identity.create_endpoint(service_id=entry.id, interface=interface, **where)


def hosts(cloud: Cloud) -> None:
    """Wait for the compute services and map them into the cell."""

    def all_up() -> bool:
        for host in MACHINES:
            alive(f"nova-compute-{host}")
        up = {one.host for one in cloud.compute.services(binary="nova-compute") if one.state == "up"}
        return up >= set(MACHINES)

    wait_for("nova-compute services", all_up)
    if still_to_do("hosts"):
        manage = ("/usr/bin/nova-manage", "--config-file", ETC / "nova.conf")
        command(*manage, "cell_v2", "discover_hosts", log="seed")
        mark_done("hosts")


def aggregates(cloud: Cloud) -> None:
    for name, (metadata, members) in catalog.AGGREGATES.items():
        aggregate = cloud.get_aggregate(name) or cloud.create_aggregate(name)
        if aggregate.metadata != metadata:
            cloud.set_aggregate_metadata(aggregate.id, metadata)
        for host in set(members) - set(aggregate.hosts or ()):
            cloud.add_host_to_aggregate(aggregate.id, host)


def flavors(cloud: Cloud) -> None:
    present = {flavor.name for flavor in cloud.compute.flavors(is_public=None)}
    for one in catalog.flavors():
        if one.name in present:
            continue
        size = {"vcpus": one.vcpus, "ram": one.ram * 1024, "disk": one.disk}
        flavor = cloud.compute.create_flavor(name=one.name, is_public=one.is_public, **size)
        if one.specs:
            cloud.compute.create_flavor_extra_specs(flavor, one.specs)


def images(cloud: Cloud) -> None:
    present = {image.name for image in cloud.image.images()}
    form = {"disk_format": "raw", "container_format": "bare", "min_disk": 10, "visibility": "public"}
    for name, properties in catalog.images().items():
        if name not in present:
            cloud.create_image(name, data=b"not a real image\n" * 64, wait=True, **form, **properties)


def networks(cloud: Cloud) -> None:
    neutron = cloud.network
    if neutron.find_network("shared"):
        return
    shared = neutron.create_network(name="shared", is_shared=True)
    inside = neutron.create_subnet(network_id=shared.id, name="shared", ip_version=4, cidr="10.20.0.0/16")
    outside = {"provider_network_type": "flat", "provider_physical_network": "public"}
    public = neutron.create_network(name="public", is_router_external=True, **outside)
    addresses = {"ip_version": 4, "cidr": "203.0.113.0/24", "is_dhcp_enabled": False}
    neutron.create_subnet(network_id=public.id, name="public", **addresses)
    router = neutron.create_router(name="router", external_gateway_info={"network_id": public.id})
    neutron.add_interface_to_router(router, subnet_id=inside.id)


def volume_types(cloud: Cloud) -> None:
    cinder = cloud.block_storage
    present = {kind.name: kind for kind in cinder.types()}
    for name in catalog.VOLUME_TYPES:
        if name not in present:
            cinder.create_type(name=name, extra_specs={"volume_backend_name": "ceph"})
    if "__DEFAULT__" in present:
        cinder.delete_type(present["__DEFAULT__"])


def everything(cloud: Cloud) -> None:
    for part in (flavors, images, networks, volume_types, hosts, aggregates):
        part(cloud)


if __name__ == "__main__":
    admin = openstack.connect("osbox-admin")  # from OS_CLIENT_CONFIG_FILE
    {"identity": identity, "cloud": everything}[sys.argv[1]](admin)
