"""Resource providers: the hosts, what they have and what is used."""

from simulators.openstack.call import Call, Routes
from simulators.openstack.errors import Refused
from simulators.openstack.nova import scheduler
from simulators.openstack.store import Row, World

routes = Routes("/placement")
GENERATION = 1


def found(call: Call, id: str) -> Row:
    """A host as provider, for the admin. Raises 403, 404."""
    call.admin("placement:resource_providers:show")
    row = call.world.hosts.get(id)
    if row is None:
        raise Refused(404, f"No resource provider with uuid {id} found : No resource provider with uuid {id} found")
    return row


def shown(call: Call, row: Row) -> Row:
    """A provider, by version."""
    base = f"/placement/resource_providers/{row['id']}"
    parts = ("", "/inventories", "/usages", "/aggregates", "/traits", "/allocations")
    view = {
        "uuid": row["id"],
        "name": scheduler.hypervisor_of(row),
        "generation": GENERATION,
        "links": [{"rel": part[1:] or "self", "href": base + part} for part in parts],
    }
    return view | ({"parent_provider_uuid": None, "root_provider_uuid": row["id"]} if call.version >= (1, 14) else {})


def inventory(row: Row) -> dict[str, Row]:
    """What a host has: RAM as it is, vCPUs and disk by their ratios."""

    def amount(total: int, reserved: int, ratio: float) -> Row:
        return {
            "total": total,
            "reserved": reserved,
            "min_unit": 1,
            "max_unit": total,
            "step_size": 1,
            "allocation_ratio": ratio,
        }

    has = {
        "VCPU": amount(row["vcpus"], 0, row["cpu_ratio"]),
        "MEMORY_MB": amount(row["ram_mib"], row["reserved_ram_mib"], 1.0),
        "DISK_GB": amount(row["disk_gib"], 0, row["disk_ratio"]),
    }
    return has | ({"CUSTOM_GPU": amount(row["gpus"], 0, 1.0)} if row["gpus"] else {})


def usage(row: Row, use: Row) -> dict[str, int]:
    """What is used of it."""
    used = {"VCPU": use["vcpus"], "MEMORY_MB": use["ram"], "DISK_GB": use["disk"]}
    return used | ({"CUSTOM_GPU": use["gpus"]} if row["gpus"] else {})


def aggregates_of(world: World, row: Row) -> list[str]:
    """UUIDs of the aggregates a host is in."""
    return [one["uuid"] for one in world.aggregates if row["name"] in one["hosts"]]


def has_room(row: Row, use: dict[str, Row], asked: str) -> bool:
    """Whether `VCPU:2,MEMORY_MB:4096` fits."""
    has, used = inventory(row), usage(row, use[row["name"]])
    for part in asked.split(","):
        name, _, amount = part.partition(":")
        one = has.get(name)
        if one is None or used[name] + int(amount) > (one["total"] - one["reserved"]) * one["allocation_ratio"]:
            return False
    return True


def right_traits(row: Row, asked: str) -> bool:
    """Traits, those with `!` before them forbidden."""
    return all((part.lstrip("!") in row["traits"]) != part.startswith("!") for part in asked.split(",") if part)


@routes.get("/resource_providers")
def providers(call: Call) -> Row:
    call.admin("placement:resource_providers:list")
    rows = [row for row in call.world.hosts if call.args.get("name") in (None, scheduler.hypervisor_of(row))]
    rows = [row for row in rows if call.args.get("uuid", row["id"]) == row["id"]]
    for asked in call.args.getlist("member_of"):
        wanted = set(asked.removeprefix("in:").split(","))
        rows = [row for row in rows if wanted & set(aggregates_of(call.world, row))]
    for asked in call.args.getlist("required"):
        rows = [row for row in rows if right_traits(row, asked)]
    if "resources" in call.args:
        use = scheduler.usages(call.world)
        rows = [row for row in rows if has_room(row, use, call.args["resources"])]
    return {"resource_providers": [shown(call, row) for row in rows]}


@routes.get("/resource_providers/<id>")
def provider(call: Call, id: str) -> Row:
    return shown(call, found(call, id))


@routes.get("/resource_providers/<id>/inventories")
def inventories(call: Call, id: str) -> Row:
    return {"resource_provider_generation": GENERATION, "inventories": inventory(found(call, id))}


@routes.get("/resource_providers/<id>/inventories/<name>")
def one_inventory(call: Call, id: str, name: str) -> Row:
    has = inventory(found(call, id))
    if name not in has:
        raise Refused(404, f"No inventory of class {name} for {id}")
    return has[name] | {"resource_provider_generation": GENERATION}


@routes.get("/resource_providers/<id>/usages")
def usages(call: Call, id: str) -> Row:
    row = found(call, id)
    use = scheduler.usages(call.world)[row["name"]]
    return {"resource_provider_generation": GENERATION, "usages": usage(row, use)}


@routes.get("/resource_providers/<id>/traits")
def traits(call: Call, id: str) -> Row:
    return {"resource_provider_generation": GENERATION, "traits": found(call, id)["traits"]}


@routes.put("/resource_providers/<id>/traits")
def set_traits(call: Call, id: str) -> Row:
    row = found(call, id)
    row["traits"] = sorted(call.body["traits"])
    return {"resource_provider_generation": GENERATION, "traits": row["traits"]}


@routes.get("/resource_providers/<id>/aggregates")
def aggregates(call: Call, id: str) -> Row:
    return {"resource_provider_generation": GENERATION, "aggregates": aggregates_of(call.world, found(call, id))}


def resources(flavor: Row) -> dict[str, int]:
    """What a server of that flavor takes."""
    gpus = scheduler.gpus_of(flavor)
    has = {"VCPU": flavor["vcpus"], "MEMORY_MB": flavor["ram"], "DISK_GB": flavor["disk"]}
    return has | ({"CUSTOM_GPU": gpus} if gpus else {})


@routes.get("/resource_providers/<id>/allocations")
def provider_allocations(call: Call, id: str) -> Row:
    rows = call.world.servers.where(host=found(call, id)["name"])
    return {
        "resource_provider_generation": GENERATION,
        "allocations": {row["id"]: {"resources": resources(row["flavor"])} for row in rows},
    }


@routes.get("/allocations/<consumer>")
def allocations(call: Call, consumer: str) -> Row:
    call.admin("placement:allocations:list")
    server = call.world.servers.get(consumer)
    host = call.world.hosts.one(name=server["host"]) if server and server["host"] else None
    if server is None or host is None:
        return {"allocations": {}}
    taken = {host["id"]: {"generation": GENERATION, "resources": resources(server["flavor"])}}
    return {
        "allocations": taken,
        "project_id": server["project_id"],
        "user_id": server["user_id"],
        "consumer_generation": 1,
    }


@routes.get("/usages")
def project_usages(call: Call) -> Row:
    total: dict[str, int] = {}
    for server in call.world.servers.where(project_id=call.args.get("project_id")):
        for name, amount in resources(server["flavor"]).items() if server["host"] else ():
            total[name] = total.get(name, 0) + amount
    return {"usages": total}


@routes.get("/traits")
def all_traits(call: Call) -> Row:
    names = {name for row in call.world.hosts for name in row["traits"]}
    asked = call.args.get("name", "")
    if asked.startswith("in:"):
        names &= set(asked[3:].split(","))
    elif asked.startswith("startswith:"):
        names = {name for name in names if name.startswith(asked[11:])}
    return {"traits": sorted(names)}


@routes.get("/resource_classes")
def classes(call: Call) -> Row:
    names = ("VCPU", "MEMORY_MB", "DISK_GB", "PCI_DEVICE", "CUSTOM_GPU")
    return {"resource_classes": [{"name": name, "links": []} for name in names]}
