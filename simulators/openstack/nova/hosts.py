"""Hypervisors, compute services and availability zones: for the admin."""

import json

from simulators.openstack.call import Call
from simulators.openstack.errors import Refused
from simulators.openstack.nova import scheduler
from simulators.openstack.nova.common import routes
from simulators.openstack.store import Row, stamp


def service_of(row: Row) -> Row:
    """The nova-compute service of a host."""
    return {"id": row["service_id"], "host": row["name"], "disabled_reason": row["disabled_reason"]}


def brief(call: Call, row: Row) -> Row:
    """A hypervisor without figures; ids are UUIDs from 2.53 on."""
    id = row["id"] if call.version >= (2, 53) else row["number"]
    name = scheduler.hypervisor_of(row)
    return {"id": id, "hypervisor_hostname": name, "state": row["state"], "status": row["status"]}


def figures(row: Row, use: Row) -> Row:
    """What was shown up to 2.87."""
    return {
        "vcpus": row["vcpus"],
        "vcpus_used": use["vcpus"],
        "memory_mb": row["ram_mib"],
        "memory_mb_used": use["ram"] + row["reserved_ram_mib"],
        "free_ram_mb": row["ram_mib"] - row["reserved_ram_mib"] - use["ram"],
        "local_gb": row["disk_gib"],
        "local_gb_used": use["disk"],
        "free_disk_gb": row["disk_gib"] - use["disk"],
        "disk_available_least": row["disk_gib"] - use["disk"],
        "running_vms": use["servers"],
        "current_workload": 0,
    }


def full(call: Call, row: Row, use: dict[str, Row]) -> Row:
    """A hypervisor as its version shows it."""
    view = brief(call, row) | {
        "host_ip": row["ip"],
        "hypervisor_type": "QEMU",
        "hypervisor_version": 7002000,
        "service": service_of(row),
    }
    if call.version >= (2, 88):
        view["uptime"] = f" 12:00:00 up {row['uptime_days']} days,  1 user,  load average: 1.20, 1.10, 1.05"
    else:
        cpu: Row = {
            "arch": row["arch"],
            "model": row["cpu"],
            "topology": {"cells": 2, "cores": 10, "threads": 8, "sockets": 2},
        }
        view |= figures(row, use[row["name"]]) | {"cpu_info": cpu if call.version >= (2, 28) else json.dumps(cpu)}
    if call.version >= (2, 53) and call.flag("with_servers"):
        there = call.world.servers.where(host=row["name"])
        view["servers"] = [{"uuid": one["id"], "name": one["name"]} for one in there]
    return view


def chosen(call: Call, policy: str) -> list[Row]:
    """Hosts whose name holds the pattern. Raises 404 for none."""
    call.admin(f"os_compute_api:os-hypervisors:{policy}")
    pattern = call.args.get("hypervisor_hostname_pattern", "")
    rows = [row for row in call.world.hosts if pattern in scheduler.hypervisor_of(row)]
    if pattern and not rows:
        raise Refused(404, f"No hypervisor matching '{pattern}' could be found.")
    return rows


@routes.get("/os-hypervisors/detail")
def detail(call: Call) -> Row:
    use = scheduler.usages(call.world)
    return {"hypervisors": [full(call, row, use) for row in chosen(call, "list-detail")]}


@routes.get("/os-hypervisors")
def hypervisors(call: Call) -> Row:
    return {"hypervisors": [brief(call, row) for row in chosen(call, "list")]}


@routes.get("/os-hypervisors/statistics")
def statistics(call: Call) -> Row:
    if call.version >= (2, 88):
        raise Refused(404, "The resource could not be found.")
    use = scheduler.usages(call.world)
    rows = [figures(row, use[row["name"]]) for row in chosen(call, "statistics")]
    return {"hypervisor_statistics": {"count": len(rows)} | {name: sum(row[name] for row in rows) for name in rows[0]}}


@routes.get("/os-hypervisors/<id>")
def hypervisor(call: Call, id: str) -> Row:
    call.admin("os_compute_api:os-hypervisors:show")
    row = call.world.hosts.get(id) or next((one for one in call.world.hosts if str(one["number"]) == id), None)
    if row is None:
        raise Refused(404, f"Hypervisor with ID '{id}' could not be found.")
    return {"hypervisor": full(call, row, scheduler.usages(call.world))}


def service_view(call: Call, row: Row) -> Row:
    """A compute service."""
    view = {
        "id": row["service_id"] if call.version >= (2, 53) else row["number"],
        "binary": "nova-compute",
        "host": row["name"],
        "zone": "nova",
        "status": row["status"],
        "state": row["state"],
        "updated_at": stamp(call.now, ".000000"),
        "disabled_reason": row["disabled_reason"],
    }
    return view | ({"forced_down": row["state"] == "down"} if call.version >= (2, 11) else {})


@routes.get("/os-services")
def services(call: Call) -> Row:
    call.admin("os_compute_api:os-services:list")
    rows = [service_view(call, row) for row in call.world.hosts]
    for binary in ("nova-scheduler", "nova-conductor"):
        control = {
            "binary": binary,
            "host": "control",
            "zone": "internal",
            "id": binary,
            "status": "enabled",
            "state": "up",
        }
        rows.append(rows[0] | control | {"disabled_reason": None})
    for name in ("binary", "host"):
        if name in call.args:
            rows = [row for row in rows if row[name] == call.args[name]]
    return {"services": rows}


@routes.put("/os-services/<id>")
def update(call: Call, id: str) -> Row:
    call.admin("os_compute_api:os-services:update")
    row = call.world.hosts.one(service_id=id)
    if row is None:
        raise Refused(404, f"Compute service {id} could not be found.")
    asked = call.body
    if "status" in asked:
        row |= {"status": asked["status"], "disabled_reason": asked.get("disabled_reason")}
    if "forced_down" in asked:
        row["state"] = "down" if asked["forced_down"] else "up"
    return {"service": service_view(call, row)}


@routes.get("/os-availability-zone")
def zones(call: Call) -> Row:
    return {"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}, "hosts": None}]}


@routes.get("/os-availability-zone/detail")
def zones_detail(call: Call) -> Row:
    call.admin("os_compute_api:os-availability-zone:detail")
    when = stamp(call.now, ".000000")
    hosts = {
        row["name"]: {
            "nova-compute": {
                "available": row["state"] == "up",
                "active": row["status"] == "enabled",
                "updated_at": when,
            }
        }
        for row in call.world.hosts
    }
    return {"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}, "hosts": hosts}]}
