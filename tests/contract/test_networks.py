"""neutron: groups, rules, floating IPs, networks of one's own, and the order in which they can be deleted."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.answers import ids, kind, names, said
from tests.contract.cloud import unique
from tests.contract.place import Place

Row = dict[str, Any]


@pytest.fixture
def group(place: Place) -> Iterator[Row]:
    """A security group made as the portal does it: by the admin, for the project."""
    body = {"name": unique(), "project_id": place.project_id, "description": unique("tag")}
    admin = place.cloud.admin.network
    row = said(admin.post("/security-groups", {"security_group": body}), 201)["security_group"]
    yield row
    admin.delete(f"/security-groups/{row['id']}")


def refused(answer: Any, status: int, name: str, text: str) -> None:
    said(answer, status, text)
    assert kind(answer) == name


def port_of(place: Place, server: str) -> Row:
    (port,) = said(place.user.network.get(f"/ports?device_id={server}"), 200)["ports"]
    return dict(port)


def test_a_group_made_by_the_admin_belongs_to_the_project_and_is_found_by_description(place: Place, group: Row) -> None:
    assert (group["project_id"], group["tenant_id"]) == (place.project_id, place.project_id)
    assert {rule["direction"] for rule in group["security_group_rules"]} == {"egress"}
    path = f"/security-groups?description={group['description']}&project_id={place.project_id}&fields=id"
    assert said(place.cloud.admin.network.get(path), 200)["security_groups"] == [{"id": group["id"]}]
    assert group["id"] in ids(said(place.user.network.get("/security-groups"), 200)["security_groups"])
    listed = said(place.cloud.admin.network.get(f"/security-groups?project_id={place.project_id}"), 200)
    assert "default" in names(listed["security_groups"])


def test_a_rule_is_made_once(place: Place, group: Row) -> None:
    rule = {
        "security_group_id": group["id"],
        "project_id": place.project_id,
        "direction": "ingress",
        "ethertype": "IPv4",
        "protocol": "tcp",
        "port_range_min": 22,
        "port_range_max": 22,
        "remote_ip_prefix": "0.0.0.0/0",
        "description": "tag-of-the-rule",
    }
    admin = place.cloud.admin.network
    made = said(admin.post("/security-group-rules", {"security_group_rule": rule}), 201)["security_group_rule"]
    assert {key: made[key] for key in rule} == rule
    again = admin.post("/security-group-rules", {"security_group_rule": rule})
    refused(again, 409, "SecurityGroupRuleExists", f"Security group rule already exists. Rule id is {made['id']}.")
    query = f"/security-group-rules?security_group_id={group['id']}&direction=ingress"
    assert ids(said(admin.get(query), 200)["security_group_rules"]) == {made["id"]}
    said(admin.delete(f"/security-group-rules/{made['id']}"), 204)


def test_two_groups_may_have_one_name_and_many_are_made_in_one_call(own_place: Place) -> None:
    project = own_place.project_id
    bodies = [{"name": "same", "project_id": project}, {"name": "same", "project_id": project}]
    answer = own_place.cloud.admin.network.post("/security-groups", {"security_groups": bodies})
    assert [row["name"] for row in said(answer, 201)["security_groups"]] == ["same", "same"]


def test_the_default_group_stays(own_place: Place) -> None:
    groups = said(own_place.user.network.get("/security-groups"), 200)["security_groups"]
    (default,) = [row for row in groups if row["name"] == "default"]
    answer = own_place.user.network.delete(f"/security-groups/{default['id']}")
    refused(answer, 409, "SecurityGroupCannotRemoveDefault", "Insufficient rights for removing default security group.")


def test_a_group_that_a_server_has_cannot_be_deleted(place: Place, group: Row) -> None:
    row = place.boot(security_groups=[{"name": group["id"]}])
    assert row["security_groups"] == [{"name": group["name"]}]
    assert port_of(place, row["id"])["security_groups"] == [group["id"]]
    answer = place.user.network.delete(f"/security-groups/{group['id']}")
    refused(answer, 409, "SecurityGroupInUse", f"Security Group {group['id']} in use.")
    place.delete_server(row["id"])
    said(place.user.network.delete(f"/security-groups/{group['id']}"), 204)


def test_the_port_of_a_server(place: Place, server: Row) -> None:
    port = port_of(place, server["id"])
    assert port["device_owner"].startswith("compute:")
    assert (port["status"], port["project_id"]) == ("ACTIVE", place.project_id)
    (fixed,) = port["fixed_ips"]
    assert fixed["ip_address"] == server["addresses"]["shared"][0]["addr"]
    listed = said(place.cloud.admin.network.get(f"/ports?project_id={place.project_id}"), 200)["ports"]
    assert port["id"] in ids(listed)


def test_a_floating_ip_is_found_by_description_and_shown_by_the_server(place: Place, server: Row) -> None:
    network, port, tag = place.user.network, port_of(place, server["id"]), unique("tag")
    outside = place.cloud.id_of("network", "public")
    row = place.create("floatingip", floating_network_id=outside, description=tag, port_id=port["id"])
    try:
        assert (row["port_id"], row["description"]) == (port["id"], tag)
        assert row["fixed_ip_address"] == port["fixed_ips"][0]["ip_address"]
        path = f"/floatingips?description={tag}&project_id={place.project_id}&fields=id"
        assert said(place.cloud.admin.network.get(path), 200)["floatingips"] == [{"id": row["id"]}]
        body = {"floatingip": {"floating_network_id": outside, "port_id": port["id"]}}
        refused(network.post("/floatingips", body), 409, "FloatingIPPortAlreadyAssociated", "already has a floating IP")

        def shown() -> bool:
            return any(
                (one["OS-EXT-IPS:type"], one["addr"]) == ("floating", row["floating_ip_address"])
                for one in place.server(server["id"])["addresses"]["shared"]
            )

        place.cloud.until("floating IP among the addresses", shown)
    finally:
        said(network.delete(f"/floatingips/{row['id']}"), 204)
    gone = network.get(f"/floatingips/{row['id']}")
    refused(gone, 404, "FloatingIPNotFound", f"Floating IP {row['id']} could not be found")


def test_a_floating_ip_comes_from_an_external_network(place: Place) -> None:
    body = {"floatingip": {"floating_network_id": place.cloud.id_of("network", "shared")}}
    refused(place.user.network.post("/floatingips", body), 400, "BadRequest", "is not a valid external network.")


def test_the_labs_networks_are_not_a_members_to_delete(place: Place) -> None:
    answer = place.user.network.delete(f"/networks/{place.cloud.id_of('network', 'shared')}")
    refused(answer, 403, "PolicyNotAuthorized", "delete_network")


@pytest.fixture
def topology(own_place: Place) -> dict[str, str]:
    """Ids of a network, its subnet, and a router between it and the outside."""
    outside = {"network_id": own_place.cloud.id_of("network", "public")}
    network = own_place.create("network", name=unique(), description="tag-of-the-network")["id"]
    subnet = own_place.create("subnet", network_id=network, ip_version=4, cidr="10.9.0.0/24")["id"]
    router = own_place.create("router", name=unique(), external_gateway_info=outside)["id"]
    answer = own_place.user.network.put(f"/routers/{router}/add_router_interface", {"subnet_id": subnet})
    interface = said(answer, 200)["port_id"]
    return {"network": network, "subnet": subnet, "router": router, "interface": interface}


def test_what_is_in_use_cannot_be_deleted_before_what_uses_it(own_place: Place, topology: dict[str, str]) -> None:
    delete, put = own_place.user.network.delete, own_place.user.network.put
    network, subnet, router = (topology[key] for key in ("network", "subnet", "router"))
    refused(delete(f"/routers/{router}"), 409, "RouterInUse", f"Router {router} has ports still attached")
    refused(delete(f"/subnets/{subnet}"), 409, "SubnetInUse", f"Unable to complete operation on subnet {subnet}")
    refused(delete(f"/networks/{network}"), 409, "NetworkInUse", f"Unable to complete operation on network {network}.")
    text = "cannot be deleted directly via the port API: has device owner network:router_interface."
    refused(delete(f"/ports/{topology['interface']}"), 409, "ServicePortInUse", text)
    said(put(f"/routers/{router}/remove_router_interface", {"subnet_id": subnet}), 200)
    again = put(f"/routers/{router}/remove_router_interface", {"subnet_id": subnet})
    refused(again, 404, "RouterInterfaceNotFoundForSubnet", f"Router {router} has no interface on subnet {subnet}")
    for path in (f"/routers/{router}", f"/subnets/{subnet}", f"/networks/{network}"):
        said(delete(path), 204)
    refused(delete(f"/networks/{network}"), 404, "NetworkNotFound", f"Network {network} could not be found.")


def test_a_port_of_ones_own_keeps_its_network(own_place: Place, topology: dict[str, str]) -> None:
    network = own_place.user.network
    tag = unique("tag")
    port = own_place.create("port", network_id=topology["network"], description=tag)["id"]
    assert ids(said(network.get(f"/ports?description={tag}"), 200)["ports"]) == {port}
    answer = network.delete(f"/networks/{topology['network']}")
    said(answer, 409, "There are one or more ports still in use on the network")
    said(network.delete(f"/ports/{port}"), 204)
    refused(network.delete(f"/ports/{port}"), 404, "PortNotFound", f"Port {port} could not be found.")


def test_bad_topology_is_400(own_place: Place, topology: dict[str, str]) -> None:
    network = own_place.user.network
    body = {"subnet": {"network_id": topology["network"], "ip_version": 4, "cidr": "10.9.0.0/24"}}
    refused(network.post("/subnets", body), 400, "InvalidInput", "overlaps with another subnet.")
    path = f"/routers/{topology['router']}/add_router_interface"
    answer = network.put(path, {"subnet_id": topology["subnet"]})
    refused(answer, 400, "BadRequest", f"Router already has a port on subnet {topology['subnet']}.")


def test_listings_come_in_pages(own_place: Place) -> None:
    made = {own_place.create("security_group", name=unique())["id"] for _ in range(3)}
    seen: list[str] = []
    path = f"/security-groups?project_id={own_place.project_id}&limit=2"
    while path:
        page = said(own_place.cloud.admin.network.get(path), 200)
        assert len(page["security_groups"]) <= 2
        seen += [row["id"] for row in page["security_groups"]]
        path = next((link["href"] for link in page.get("security_groups_links", []) if link["rel"] == "next"), "")
    assert made < set(seen)
    assert len(seen) == len(set(seen)) == 4  # `default` too
