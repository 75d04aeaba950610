"""Flavors and images: who sees what, and what they say of architecture and generation."""

from typing import Any

import pytest

from tests.contract.answers import message, names, said
from tests.contract.cloud import Cloud
from tests.contract.place import Place

CLOSED = "p9.medium"


def access(place: Place, verb: str) -> Any:
    path = f"/flavors/{place.cloud.id_of('flavor', CLOSED)}/action"
    return place.cloud.admin.compute.post(path, {f"{verb}TenantAccess": {"tenant": place.project_id}})


def test_a_private_flavor_is_unknown_to_who_has_no_access(place: Place) -> None:
    identity = place.cloud.id_of("flavor", CLOSED)
    absent = f"Flavor {identity} could not be found."
    said(place.user.compute.get(f"/flavors/{identity}"), 404, absent)
    said(place.user.compute.post("/servers", place.server_body(flavor=CLOSED)), 400, absent)
    assert CLOSED not in names(said(place.user.compute.get("/flavors/detail"), 200)["flavors"])


def test_access_is_given_once_and_taken_once(own_place: Place) -> None:
    identity, user = own_place.cloud.id_of("flavor", CLOSED), own_place.user.compute
    given = {"flavor_id": identity, "tenant_id": own_place.project_id}
    assert given in said(access(own_place, "add"), 200)["flavor_access"]
    said(access(own_place, "add"), 409, "Flavor access already exists for flavor")
    said(user.get(f"/flavors/{identity}"), 200)
    assert CLOSED in names(said(user.get("/flavors/detail"), 200)["flavors"])
    listed = said(own_place.cloud.admin.compute.get(f"/flavors/{identity}/os-flavor-access"), 200)
    assert given in listed["flavor_access"]
    assert given not in said(access(own_place, "remove"), 200)["flavor_access"]
    said(access(own_place, "remove"), 404, "Flavor access not found for")
    said(user.get(f"/flavors/{identity}"), 404)


def test_access_is_for_projects_that_are_there_and_flavors_that_are_private(cloud: Cloud) -> None:
    private = f"/flavors/{cloud.id_of('flavor', CLOSED)}/action"
    body = {"addTenantAccess": {"tenant": "no-such-project"}}
    said(cloud.admin.compute.post(private, body), 400, "Project ID no-such-project is not a valid project.")
    public = f"/flavors/{cloud.id_of('flavor', 'legacy.unsorted')}/os-flavor-access"
    said(cloud.admin.compute.get(public), 404, "Access list not available for public flavors.")


def test_the_admin_lists_private_and_public_flavors_at_once(cloud: Cloud) -> None:
    rows = said(cloud.admin.compute.get("/flavors/detail?is_public=None"), 200)["flavors"]
    public = {row["name"]: row["os-flavor-access:is_public"] for row in rows}
    assert (public["p8.small"], public["p9.small"], public["x86.small"]) == (False, False, False)
    assert public["legacy.unsorted"] is True


@pytest.mark.parametrize(
    ("flavor", "size", "trait"),
    [
        ("p8.small", (2, 4096, 20), "HW_CPU_PPC64LE_POWER8"),
        ("p9.medium", (4, 8192, 40), "HW_CPU_PPC64LE_POWER9"),
        ("x86.small", (2, 4096, 20), "HW_CPU_X86_AVX2"),
    ],
)
def test_a_flavor_names_its_machines(cloud: Cloud, flavor: str, size: tuple[int, int, int], trait: str) -> None:
    path = f"/flavors/{cloud.id_of('flavor', flavor)}"
    row = said(cloud.admin.compute.get(path), 200)["flavor"]
    assert (row["vcpus"], row["ram"], row["disk"]) == size
    assert row["extra_specs"][f"trait:{trait}"] == "required"
    assert said(cloud.admin.compute.get(f"{path}/os-extra_specs"), 200)["extra_specs"] == row["extra_specs"]


def test_flavors_come_in_pages_with_a_link_to_the_next(cloud: Cloud) -> None:
    whole = said(cloud.admin.compute.get("/flavors?is_public=None"), 200)["flavors"]
    seen, path = [], "/flavors?is_public=None&limit=3"
    while path:
        page = said(cloud.admin.compute.get(path), 200)
        assert len(page["flavors"]) <= 3
        seen += page["flavors"]
        path = next((link["href"] for link in page.get("flavors_links", []) if link["rel"] == "next"), "")
    assert [row["id"] for row in seen] == [row["id"] for row in whole]


@pytest.mark.parametrize("arch", ["ppc64le", "x86_64"])
def test_an_image_says_architecture_system_and_account(cloud: Cloud, arch: str) -> None:
    image = said(cloud.admin.image.get(f"/images/{cloud.id_of('image', f'debian-12-{arch}')}"), 200)
    wanted = {
        "architecture": arch,
        "hw_architecture": arch,
        "os_distro": "debian",
        "os_version": "12",
        "os_admin_user": "debian",
        "status": "active",
        "visibility": "public",
    }
    assert {key: image[key] for key in wanted} == wanted


def test_images_come_in_pages_and_by_name(cloud: Cloud) -> None:
    first = said(cloud.admin.image.get("/images?limit=2"), 200)
    assert len(first["images"]) == 2
    second = said(cloud.admin.image.get(first["next"].removeprefix("/v2")), 200)
    assert not names(first["images"]) & names(second["images"])
    (one,) = said(cloud.admin.image.get("/images?name=debian-12-ppc64le"), 200)["images"]
    assert one["name"] == "debian-12-ppc64le"


def test_an_image_of_ones_own_is_made_protected_and_deleted(place: Place) -> None:
    glance = place.user.image
    body = {"name": "own", "disk_format": "raw", "container_format": "bare", "visibility": "private", "protected": True}
    image = said(glance.post("/images", body), 201)
    assert (image["status"], image["owner"], image["protected"]) == ("queued", place.project_id, True)
    path = f"/images/{image['id']}"
    said(glance.delete(path), 403, "is protected and cannot be deleted")
    change = [{"op": "replace", "path": "/protected", "value": False}]
    kind = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
    assert said(glance("PATCH", path, json=change, headers=kind), 200)["protected"] is False
    said(glance.delete(path), 204)
    said(glance.get(path), 404, "No image found with ID")


def test_a_member_neither_publishes_nor_deletes_what_is_the_labs(place: Place) -> None:
    said(place.user.image.post("/images", {"name": "own", "visibility": "public"}), 403)
    said(place.user.image.delete(f"/images/{place.cloud.id_of('image', 'debian-12-ppc64le')}"), 403)


def test_glance_speaks_html_when_it_refuses(cloud: Cloud) -> None:
    answer = cloud.admin.image.get("/images/no-such-image")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "No image found with ID no-such-image" in message(answer)
