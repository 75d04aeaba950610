"""The end of a project: what deleting it leaves behind, and in which order it can be emptied."""

from tests.contract.answers import ids, said
from tests.contract.place import Place


def test_deleting_the_project_leaves_its_servers_and_volumes(own_place: Place) -> None:
    admin, project = own_place.cloud.admin, own_place.project_id
    server, volume = own_place.boot()["id"], own_place.create_volume(1)
    own_place.volume(volume)
    said(admin.identity.delete(f"/projects/{project}"), 204)
    assert said(admin.compute.get(f"/servers/{server}"), 200)["server"]["status"] == "ACTIVE"
    servers = said(admin.compute.get(f"/servers?all_tenants=1&project_id={project}"), 200)["servers"]
    volumes = said(admin.volume.get(f"/volumes?all_tenants=1&project_id={project}"), 200)["volumes"]
    assert (ids(servers), ids(volumes)) == ({server}, {volume})
    said(admin.compute.get(f"/os-quota-sets/{project}"), 400, f"Project ID {project} is not a valid project.")


def test_the_admin_deletes_by_id_what_a_project_holds(own_place: Place) -> None:
    admin = own_place.cloud.admin
    server, volume = own_place.boot()["id"], own_place.create_volume(1)
    own_place.volume(volume)
    said(admin.compute.delete(f"/servers/{server}"), 204)
    own_place.gone("compute", f"/servers/{server}")
    said(admin.volume.delete(f"/volumes/{volume}"), 202)
    own_place.gone("volume", f"/volumes/{volume}")


def test_in_a_disabled_project_the_admin_still_reads_and_stops_servers(own_place: Place) -> None:
    admin, server = own_place.cloud.admin, own_place.boot()["id"]
    said(admin.identity.patch(f"/projects/{own_place.project_id}", {"project": {"enabled": False}}), 200)
    said(admin.compute.post(f"/servers/{server}/action", {"os-stop": None}), 202)

    def stopped() -> bool:
        return bool(said(admin.compute.get(f"/servers/{server}"), 200)["server"]["status"] == "SHUTOFF")

    own_place.cloud.until("stopped by the admin", stopped)


def test_flavor_access_of_a_deleted_project_stays_until_it_is_taken(own_place: Place) -> None:
    admin, project = own_place.cloud.admin, own_place.project_id
    said(admin.identity.delete(f"/projects/{project}"), 204)
    path = f"/flavors/{own_place.cloud.id_of('flavor', 'p9.small')}"
    given = {"flavor_id": own_place.cloud.id_of("flavor", "p9.small"), "tenant_id": project}
    assert given in said(admin.compute.get(f"{path}/os-flavor-access"), 200)["flavor_access"]
    taken = said(admin.compute.post(f"{path}/action", {"removeTenantAccess": {"tenant": project}}), 200)
    assert given not in taken["flavor_access"]
