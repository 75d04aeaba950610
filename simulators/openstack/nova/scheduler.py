"""Which host takes a server: RAM is never overcommitted, vCPUs and disk by the host's ratios."""

from collections.abc import Iterable

from simulators.openstack.store import Row, World

SPEC = "aggregate_instance_extra_specs:"


def nothing() -> Row:
    """The use of an empty host."""
    return {"ram": 0, "vcpus": 0, "disk": 0, "gpus": 0, "servers": 0}


def gpus_of(flavor: Row) -> int:
    """GPUs that a flavor asks for."""
    specs = flavor["extra_specs"]
    return int(specs["resources:CUSTOM_GPU"]) if "resources:CUSTOM_GPU" in specs else 0


def usages(world: World) -> dict[str, Row]:
    """What is used on each host."""
    use = {row["name"]: nothing() for row in world.hosts}
    for server in world.servers:
        if server["host"] in use:
            count(use[server["host"]], server["flavor"])
        if server.get("_resize_from") in use:
            count(use[server["_resize_from"]], server["_old_flavor"])
    return use


def host_named(world: World, name: str | None) -> Row | None:
    """The host of that name."""
    return next((row for row in world.hosts if row["name"] == name), None) if name else None


def hypervisor_of(host: Row) -> str:
    """What libvirt calls it; `name` is what its nova-compute service and its servers say."""
    return str(host.get("hypervisor") or host["name"])


def count(use: Row, flavor: Row) -> None:
    """Add a server of that flavor to a host's use."""
    use["ram"] += flavor["ram"]
    use["vcpus"] += flavor["vcpus"]
    use["disk"] += flavor["disk"]
    use["gpus"] += gpus_of(flavor)
    use["servers"] += 1


def fits(host: Row, use: Row, flavor: Row) -> bool:
    """Whether the host has the room."""
    return bool(
        use["ram"] + flavor["ram"] <= host["ram_mib"] - host["reserved_ram_mib"]
        and use["vcpus"] + flavor["vcpus"] <= host["vcpus"] * host["cpu_ratio"]
        and use["disk"] + flavor["disk"] <= host["disk_gib"] * host["disk_ratio"]
        and use["gpus"] + gpus_of(flavor) <= host["gpus"]
    )


def right_traits(host: Row, flavor: Row) -> bool:
    """Required traits are there, forbidden ones are not."""
    for name, value in flavor["extra_specs"].items():
        if name.startswith("trait:") and (name[6:] in host["traits"]) != (value == "required"):
            return False
    return True


def right_aggregate(world: World, host: Row, flavor: Row) -> bool:
    """Each aggregate spec is met by an aggregate of the host."""
    mine = [row["metadata"] for row in world.aggregates if host["name"] in row["hosts"]]
    wanted = {name[len(SPEC) :]: value for name, value in flavor["extra_specs"].items() if name.startswith(SPEC)}
    return all(any(metadata.get(name) == value for metadata in mine) for name, value in wanted.items())


def right_architecture(host: Row, image: Row | None) -> bool:
    """The image's architecture, where it names one, is the host's."""
    wanted = (image or {}).get("hw_architecture") or (image or {}).get("architecture")
    return wanted in (None, host["arch"])


def right_group(world: World, host: Row, server: Row) -> bool:
    """Affinity and its opposite."""
    group = world.server_groups.get(server.get("group"))
    if group is None:
        return True
    there = {world.servers[id]["host"] for id in group["members"] if id in world.servers and id != server["id"]} - {
        None
    }
    if group["policy"] == "anti-affinity":
        return host["name"] not in there
    return group["policy"] != "affinity" or not there or host["name"] in there


def choose(
    world: World, server: Row, flavor: Row, *, without: Iterable[str] = (), only: str | None = None
) -> Row | None:
    """The fitting host with the most free RAM; `only` names the one that may be taken."""
    use = usages(world)
    image = world.images.get(server["image_id"])
    fitting = [
        host
        for host in world.hosts
        if host["state"] == "up"
        and host["status"] == "enabled"
        and host["name"] not in without
        and only in (None, host["name"])
        and fits(host, use[host["name"]], flavor)
        and right_traits(host, flavor)
        and right_aggregate(world, host, flavor)
        and right_architecture(host, image)
        and right_group(world, host, server)
    ]
    return max(fitting, key=lambda host: host["ram_mib"] - use[host["name"]]["ram"], default=None)
