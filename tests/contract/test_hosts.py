"""What the capacity of the lab is read from: hypervisors, services, aggregates, and placement's traits and figures."""

from typing import Any

import pytest

from tests.contract.answers import ids, said
from tests.contract.cloud import Cloud
from tests.contract.place import Place

GENERATIONS = [
    ("power8-1", "ppc64le", "HW_CPU_PPC64LE_POWER8", "power8"),
    ("power9-1", "ppc64le", "HW_CPU_PPC64LE_POWER9", "power9"),
    ("x86-1", "x86_64", "HW_CPU_X86_AVX2", "x86-64-v3"),
]


def provider(cloud: Cloud, host: str) -> str:
    (row,) = said(cloud.admin.placement.get(f"/resource_providers?name={host}"), 200)["resource_providers"]
    return f"/resource_providers/{row['uuid']}"


def test_hypervisors_say_state_and_service(cloud: Cloud) -> None:
    rows = said(cloud.admin.compute.get("/os-hypervisors/detail"), 200)["hypervisors"]
    hosts = {row["hypervisor_hostname"]: row for row in rows}
    assert {host for host, *_ in GENERATIONS} <= set(hosts)
    row = hosts["power9-1"]
    assert (row["state"], row["status"], row["service"]["disabled_reason"]) == ("up", "enabled", None)
    assert "vcpus" not in row  # since 2.88 placement tells


def test_before_2_88_hypervisors_tell_their_figures_too(cloud: Cloud) -> None:
    rows = said(cloud.admin.compute.get("/os-hypervisors/detail", microversion="2.87"), 200)["hypervisors"]
    (row,) = [row for row in rows if row["hypervisor_hostname"] == "power9-1"]
    assert (row["vcpus"], row["memory_mb"]) == (160, 524288)
    assert row["memory_mb"] == row["memory_mb_used"] + row["free_ram_mb"]  # what is reserved counts as used
    assert row["memory_mb_used"] >= 16384
    assert row["cpu_info"]["arch"] == "ppc64le"


def test_services_say_whether_they_are_up(cloud: Cloud) -> None:
    rows = said(cloud.admin.compute.get("/os-services?binary=nova-compute"), 200)["services"]
    (row,) = [row for row in rows if row["host"] == "power8-1"]
    assert (row["state"], row["status"], row["forced_down"]) == ("up", "enabled", False)


@pytest.mark.parametrize(("host", "arch", "trait", "generation"), GENERATIONS)
def test_aggregates_and_traits_say_architecture_and_generation(
    cloud: Cloud, host: str, arch: str, trait: str, generation: str
) -> None:
    rows = said(cloud.admin.compute.get("/os-aggregates"), 200)["aggregates"]
    metadata: dict[str, Any] = {}
    for row in rows:
        if host in row["hosts"]:
            metadata |= row["metadata"]
    assert (metadata["arch"], metadata["generation"]) == (arch, generation)
    traits = said(cloud.admin.placement.get(f"{provider(cloud, host)}/traits"), 200)["traits"]
    assert {trait, f"HW_ARCH_{arch.upper()}"} <= set(traits)


def test_placement_knows_what_a_host_has_and_never_lends_ram_twice(cloud: Cloud) -> None:
    inventories = said(cloud.admin.placement.get(f"{provider(cloud, 'power9-1')}/inventories"), 200)["inventories"]
    assert (inventories["MEMORY_MB"]["total"], inventories["MEMORY_MB"]["allocation_ratio"]) == (524288, 1.0)
    assert inventories["VCPU"]["total"] == 160
    assert inventories["DISK_GB"]["allocation_ratio"] == 1.5
    assert {"total", "reserved", "min_unit", "max_unit", "step_size"} <= set(inventories["VCPU"])


def test_a_server_uses_up_what_its_flavor_says(place: Place) -> None:
    cloud = place.cloud

    def used() -> dict[str, int]:
        total = {"VCPU": 0, "MEMORY_MB": 0}
        for host in said(cloud.admin.compute.get("/os-hypervisors"), 200)["hypervisors"]:
            path = f"{provider(cloud, host['hypervisor_hostname'])}/usages"
            usages = said(cloud.admin.placement.get(path), 200)["usages"]
            total = {key: total[key] + usages[key] for key in total}
        return total

    before = used()
    row = place.boot()
    after = used()
    assert (after["VCPU"] - before["VCPU"], after["MEMORY_MB"] - before["MEMORY_MB"]) == (2, 4096)
    path = f"/allocations/{row['id']}"
    (one,) = said(cloud.admin.placement.get(path), 200)["allocations"].values()
    assert (one["resources"]["VCPU"], one["resources"]["MEMORY_MB"]) == (2, 4096)
    place.delete_server(row["id"])
    cloud.until("given back", lambda: used() == before)


def test_the_gpu_host_has_gpus(cloud: Cloud) -> None:
    rows = said(cloud.admin.placement.get("/resource_providers?required=CUSTOM_GPU_P100"), 200)["resource_providers"]
    assert [row["name"] for row in rows] == ["gpu-1"]
    inventories = said(cloud.admin.placement.get(f"{provider(cloud, 'gpu-1')}/inventories"), 200)["inventories"]
    assert inventories["CUSTOM_GPU"]["total"] >= 1


def test_an_absent_provider_is_404(cloud: Cloud) -> None:
    path = "/resource_providers/0b5e4c57-9b62-4f5a-8a2f-7d118f2c1f6e"
    said(cloud.admin.placement.get(path), 404, "No resource provider with uuid")


@pytest.mark.parametrize(
    ("service", "oldest", "newest"),
    [("compute", "2.1", "2.93"), ("volume", "3.0", "3.70"), ("placement", "1.0", "1.39")],
)
def test_microversions_reach_at_least_so_far(cloud: Cloud, service: str, oldest: str, newest: str) -> None:
    data = getattr(cloud.admin, service).adapter.get_endpoint_data()
    low, high = (tuple(map(int, version.split("."))) for version in (oldest, newest))
    assert data.min_microversion == low
    assert data.max_microversion >= high


@pytest.mark.parametrize(("service", "version"), [("compute", "2.999"), ("volume", "3.999")])
def test_a_microversion_that_is_not_there_is_406(cloud: Cloud, service: str, version: str) -> None:
    path = {"compute": "/servers", "volume": "/volumes"}[service]
    answer = getattr(cloud.admin, service).get(path, microversion=version)
    said(answer, 406, f"Version {version} is not supported by the API.")


def test_hosts_are_for_the_lab_only(place: Place) -> None:
    text = "Policy doesn't allow os_compute_api:os-hypervisors:list to be performed."
    said(place.user.compute.get("/os-hypervisors"), 403, text)
    assert ids(said(place.cloud.admin.compute.get("/os-hypervisors"), 200)["hypervisors"])
