"""Pages, filters and what changed since, in clouds of many servers and volumes."""

from datetime import UTC, datetime
from typing import Any

from openstack.proxy import Proxy

from tests.simulators.openstack.lab import Lab, by_the_sdk

pytestmark = by_the_sdk


def pages(proxy: Proxy, path: str, name: str) -> list[list[Any]]:
    """All pages of a listing, by following its links."""
    found: list[list[Any]] = []
    while path:
        body = proxy.get(path).json()
        found.append(body[name])
        link = next((one["href"] for one in body.get(f"{name}_links", [])), "")
        path = "/" + link.split("/", 6 if "/volume/" in link else 5)[-1] if link else ""
    return found


def test_pages_hold_each_row_once(lab: Lab) -> None:
    lab.control("POST", "fill", {"servers": 2500, "volumes": 2500})
    for proxy, name in ((lab.admin.compute, "servers"), (lab.admin.block_storage, "volumes")):
        found = pages(proxy, f"/{name}/detail?all_tenants=1&limit=1000", name)
        assert [len(page) for page in found] == [1000, 1000, 500]
        assert len({row["id"] for page in found for row in page}) == 2500


def test_a_page_after_a_deleted_marker_is_400(lab: Lab) -> None:
    lab.control("POST", "fill", {"servers": 3})
    first = lab.admin.compute.get("/servers?all_tenants=1&limit=1").json()["servers"][0]["id"]
    lab.control("POST", f"servers/{first}", {"gone": True})
    answer = lab.admin.compute.get(f"/servers?all_tenants=1&marker={first}")
    assert answer.status_code == 400


def test_changes_since_has_the_changed_and_the_deleted_only(lab: Lab) -> None:
    lab.control("POST", "fill", {"servers": 5})
    kept = [row.id for row in lab.admin.compute.servers(all_projects=True)]
    lab.move(3600)
    since = datetime.fromtimestamp(lab.cloud.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lab.move(60)
    lab.admin.compute.delete_server(kept[0])
    lab.admin.compute.stop_server(kept[1])
    lab.move(60)
    path = f"/servers/detail?all_tenants=1&limit=1&changes-since={since}"
    rows = [row for page in pages(lab.admin.compute, path, "servers") for row in page]
    assert {row["id"]: row["status"] for row in rows} == {kept[0]: "DELETED", kept[1]: "SHUTOFF"}


def test_volumes_by_time_of_change(lab: Lab) -> None:
    lab.control("POST", "fill", {"volumes": 3})
    lab.move(3600)
    since = datetime.fromtimestamp(lab.cloud.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S")
    made = lab.admin.block_storage.create_volume(size=1)
    lab.move(10)
    newer = {"microversion": "3.60"}
    path = f"/volumes/detail?all_tenants=1&updated_at=gte:{since}"
    assert [row["id"] for row in lab.admin.block_storage.get(path, **newer).json()["volumes"]] == [made.id]
    assert len(lab.admin.block_storage.get(path, microversion="3.59").json()["volumes"]) == 4


def test_members_see_their_own(lab: Lab) -> None:
    lab.control("POST", "fill", {"servers": 3, "volumes": 3})
    _, member = lab.project()
    server = lab.boot(member)
    assert [row.id for row in member.compute.servers()] == [server.id]
    assert list(member.block_storage.volumes()) == []
    assert [row.name for row in member.network.routers()] == []
    assert {row.name for row in member.network.networks()} == {"shared", "public"}


def test_neutron_filters_by_any_field_and_pages(lab: Lab) -> None:
    for number in range(5):
        lab.admin.network.create_security_group(name=f"g{number}", description="ours" if number % 2 else "other")
    body = lab.admin.network.get("/security-groups?description=ours&fields=name&fields=id").json()
    assert [row["name"] for row in body["security_groups"]] == ["g1", "g3"]
    assert {row.name for row in lab.admin.network.security_groups(limit=2)} >= {"g0", "g1", "g2", "g3", "g4"}


def test_images_come_in_pages(lab: Lab) -> None:
    assert len(list(lab.admin.image.images(limit=3))) == 16
    (one,) = lab.admin.image.images(name="fedora-40-ppc64le")
    assert (one.architecture, one.os_distro, one.properties["hw_architecture"]) == ("ppc64le", "fedora", "ppc64le")
