"""Make the first world, with the same ids at each start."""

import secrets
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from simulators.openstack.glance import images
from simulators.openstack.keystone.common import hashed
from simulators.openstack.keystone.roles import grant
from simulators.openstack.neutron import ports, routers
from simulators.openstack.nova import aggregates
from simulators.openstack.seed import lab
from simulators.openstack.store import Row, World

DAY = 24 * 3600  # seconds


def id_of(name: str) -> str:
    """An id that a restart with an empty state gives again."""
    return str(uuid5(NAMESPACE_URL, f"simulated:{name}"))


def hex_id(name: str) -> str:
    """The same without dashes, as keystone has it."""
    return id_of(name).replace("-", "")


def seeded(size: str, now: float, password: str | None) -> World:
    """A fresh world of that size; `password` is the portal's, None makes one."""
    world = World()
    world.facts |= {"password": password or secrets.token_urlsafe(24), "size": size, "build_seconds": 5.0}
    identity(world)
    hosts(world, now, size)
    flavors(world)
    systems(world, now)
    networks(world, now)
    volume_types(world)
    return world


def identity(world: World) -> None:
    """A domain, three projects, four roles and two users."""
    world.domains.add(
        {
            "id": "default",
            "name": "Default",
            "description": "The default domain",
            "enabled": True,
            "tags": [],
            "options": {},
        }
    )
    for name in ("admin", "service", "portal"):
        project = {
            "id": hex_id(f"project/{name}"),
            "name": name,
            "domain_id": "default",
            "description": "",
            "enabled": True,
        }
        world.projects.add(project | {"parent_id": "default", "is_domain": False, "tags": [], "options": {}})
    for name in ("admin", "manager", "member", "reader", "service"):
        world.roles.add(
            {"id": hex_id(f"role/{name}"), "name": name, "domain_id": None, "description": None, "options": {}}
        )
    for name in ("admin", "portal"):
        user: Row = {"id": hex_id(f"user/{name}"), "name": name, "domain_id": "default", "enabled": True, "options": {}}
        user |= {"password_expires_at": None, "default_project_id": hex_id(f"project/{name}")}
        secret = world.facts["password"] if name == "portal" else secrets.token_urlsafe(24)
        world.users.add(user | {"_password": hashed(secret)})
        grant(world, hex_id(f"user/{name}"), hex_id("role/admin"), project_id=hex_id(f"project/{name}"))


def hosts(world: World, now: float, size: str) -> None:
    """Hosts and their aggregates."""
    for name, count, what in lab.HOSTS[size]:
        for number in range(1, count + 1):
            add_host(world, f"{name}-{number}", what)
    for name, (metadata, beginnings) in lab.AGGREGATES.items():
        members = [row["name"] for row in world.hosts if row["name"].startswith(beginnings)]
        aggregates.make(world, now, name, dict(metadata), members)


def add_host(world: World, name: str, what: Row) -> Row:
    """One KVM host."""
    number = world.hosts.last + 1
    return world.hosts.add(
        {
            "id": id_of(f"host/{name}"),
            "number": number,
            "service_id": id_of(f"service/{name}"),
            "name": name,
            "hypervisor": lab.FULL_NAMES.get(name, name),
            "arch": what["arch"],
            "cpu": what["cpu"],
            "traits": sorted([*what["traits"], "COMPUTE_NODE"]),
            "vcpus": what["vcpus"],
            "cpu_ratio": 4.0,
            "ram_mib": what["ram"] * lab.GIB,
            "reserved_ram_mib": 16 * lab.GIB,
            "disk_gib": 8000,
            "disk_ratio": 1.5,
            "gpus": what.get("gpus", 0),
            "ip": f"10.1.0.{number + 10}",
            "uptime_days": 40 + number,
            "state": "up",
            "status": "enabled",
            "disabled_reason": None,
        }
    )


def flavors(world: World) -> None:
    """Private flavors by generation, and a public one that nothing classifies."""
    for name, vcpus, ram, disk, specs, public in lab.flavors():
        world.flavors.add(
            {
                "id": id_of(f"flavor/{name}"),
                "name": name,
                "vcpus": vcpus,
                "ram": ram * lab.GIB,
                "disk": disk,
                "ephemeral": 0,
                "swap": 0,
                "is_public": public,
                "description": None,
                "extra_specs": dict(specs),
                "_projects": [],
            }
        )


def systems(world: World, now: float) -> None:
    """Each distribution for both architectures."""
    for system, (distro, version, user) in lab.SYSTEMS.items():
        for arch in ("ppc64le", "x86_64"):
            about: Row = {"os_distro": distro, "os_version": version, "os_admin_user": user, "os_type": "linux"}
            about |= {"architecture": arch, "hw_architecture": arch, "min_disk": 10, "min_ram": 512}
            about |= {"id": id_of(f"image/{system}-{arch}"), "name": f"{system}-{arch}", "visibility": "public"}
            about |= {"container_format": "bare", "disk_format": "raw"}
            if days := lab.MENDED.get(system):
                about["eol_date"] = datetime.fromtimestamp(now + days * DAY, UTC).date().isoformat()
            image = images.make(world, now, hex_id("project/admin"), about)
            images.fill(image, f"{system} {arch}\n".encode(), now)
            image |= {"size": 2 << 30, "virtual_size": 10 << 30}


def network(world: World, now: float, name: str, **more: object) -> Row:
    """A network of the admin's."""
    row = ports.base(hex_id("project/admin"), now, id=id_of(f"network/{name}"), name=name)
    row |= {"admin_state_up": True, "status": "ACTIVE", "subnets": [], "shared": False, "router:external": False}
    row |= {"port_security_enabled": True, "mtu": 1500, "availability_zones": [], "availability_zone_hints": []}
    row |= {"ipv4_address_scope": None, "ipv6_address_scope": None, "provider:network_type": "geneve"}
    row |= {"provider:physical_network": None, "provider:segmentation_id": world.networks.last + 1}
    return world.networks.add(row | more)


def subnet(world: World, now: float, owner: Row, cidr: str, pool: tuple[str, str], *, dhcp: bool) -> Row:
    """The only subnet of such a network."""
    row = ports.base(owner["project_id"], now, id=id_of(f"subnet/{owner['name']}"), name=owner["name"])
    row |= {"network_id": owner["id"], "ip_version": 4, "cidr": cidr, "gateway_ip": cidr.rpartition(".")[0] + ".1"}
    row |= {"enable_dhcp": dhcp, "allocation_pools": [{"start": pool[0], "end": pool[1]}], "dns_nameservers": []}
    row |= {"host_routes": [], "ipv6_address_mode": None, "ipv6_ra_mode": None, "subnetpool_id": None}
    row |= {"service_types": [], "segment_id": None, "_next": 0, "_free": []}
    owner["subnets"].append(row["id"])
    return world.subnets.add(row)


def networks(world: World, now: float) -> None:
    """A shared network, one to the outside, and the router between."""
    shared = network(world, now, "shared", shared=True)
    inside = subnet(world, now, shared, "10.20.0.0/16", ("10.20.0.2", "10.20.255.254"), dhcp=True)
    public = network(
        world,
        now,
        "public",
        **{"router:external": True, "provider:network_type": "flat", "provider:physical_network": "public"},
    )
    subnet(world, now, public, "203.0.113.0/24", ("203.0.113.2", "203.0.113.254"), dhcp=False)
    row = ports.base(shared["project_id"], now, id=id_of("router"), name="router", admin_state_up=True, status="ACTIVE")
    row |= {"routes": [], "distributed": False, "ha": False, "flavor_id": None}
    row |= {"availability_zones": [], "availability_zone_hints": []}
    router = world.routers.add(row)
    asked = {"device_id": router["id"], "device_owner": routers.GATEWAY, "status": "ACTIVE"}
    gateway = ports.add(world, now, public, ports.base("", now), asked)
    router["external_gateway_info"] = {
        "network_id": public["id"],
        "enable_snat": True,
        "external_fixed_ips": gateway["fixed_ips"],
    }
    routers.interface(world, now, router, inside)


def volume_types(world: World) -> None:
    """Volume types and the pools behind them."""
    for name, (total, free, provisioned) in lab.POOLS.items():
        kind: Row = {"id": id_of(f"type/{name}"), "name": name, "description": None, "is_public": True, "_projects": []}
        world.volume_types.add(kind | {"extra_specs": {"volume_backend_name": name}})
        world.pools.add(
            {
                "id": f"control@{name}#{name}",
                "volume_backend_name": name,
                "total_capacity_gb": total,
                "free_capacity_gb": free,
                "provisioned_capacity_gb": provisioned,
                "max_over_subscription_ratio": "20.0",
                "reserved_percentage": 0,
                "thin_provisioning_support": True,
                "thick_provisioning_support": False,
                "storage_protocol": "local" if name == "local" else "ceph",
                "vendor_name": "Open Source",
                "driver_version": "1.3.0",
                "multiattach": name != "local",
                "backend_state": "up",
            }
        )
