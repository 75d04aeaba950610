"""Every kind of step on a cloud: twice is once, a cut call leaves no twin, undone twice is gone."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from provisioning.adapters.openstack import OpenStackCloud, listing, rows
from provisioning.errors import Failure, Rejected
from provisioning.outcomes import Missing, Pending, Ready
from provisioning.planner import UNLISTED
from provisioning.ports import Order, SeenServer
from provisioning.spec import (
    AddressWant,
    AttachmentWant,
    FlavorAccessWant,
    GroupWant,
    ProjectWant,
    PurgeWant,
    QuotaWant,
    RoleWant,
    SuspensionWant,
    UserWant,
    VolumeWant,
    Want,
)
from provisioning.steps import KINDS, actions
from provisioning.steps.purge import contents
from tests.contract.answers import said
from tests.contract.bench import GROUP, QUOTAS, VOLUME, Bench
from tests.contract.cloud import Cloud, unique
from tests.contract.place import Place


@pytest.fixture
def bench(cloud: Cloud) -> Iterator[Bench]:
    bench = Bench(OpenStackCloud(cloud.name, config_file=str(cloud.file), timeout=60, domain="Default"), cloud)
    yield bench
    project = bench.facts.get("project", {}).get("id")
    bench.release()
    assert project
    assert not bench.cloud.identity.find_project(bench.position("project", ProjectWant(""), look=False).tag.name)
    kept = bench.cloud.network.listed("/security-groups", "security_groups")
    assert not [row for row in kept if row["project_id"] == project]


@pytest.fixture
def door(bench: Bench) -> Bench:
    bench.door()
    want = FlavorAccessWant(bench.wire.id_of("flavor", "p9.small"), "p9.small")
    bench.make("flavor:p9.small", want, called=False, look=False)
    return bench


def test_door_stands_once_however_often_it_is_made(bench: Bench) -> None:
    bench.door()
    first = {key: facts["id"] for key, facts in bench.facts.items()}
    for key, want in list(bench.made.items()):
        assert isinstance(bench.ensure(key, want), Ready)
        assert isinstance(bench.ensure(key, want, lost=True), Ready)
        assert bench.facts[key]["id"] == first[key], key
        assert not bench.absent(key)


@pytest.mark.parametrize(("key", "want"), [("project", ProjectWant("Ada’s port")), ("user", UserWant("Ada’s port"))])
def test_name_that_is_taken_by_our_own_cut_call_is_found(bench: Bench, key: str, want: Want) -> None:
    bench.make("project", ProjectWant("Ada’s port"), called=False)
    bench.make(key, want, called=False)
    made = bench.facts[key]["id"]
    # An engine that lost even the intent creates; the name says that it is there, the tag that it is ours.
    bench.ensure(key, want, called=False, lost=True)
    assert bench.facts[key]["id"] == made


def test_project_that_somebody_else_gave_our_name_is_refused(bench: Bench) -> None:
    bench.make("project", ProjectWant("Ada’s port"))
    bench.cloud.identity.change_project(bench.project_id, tags=["somebody-else"])
    with pytest.raises(Rejected) as refused:
        bench.ensure("project", ProjectWant("Ada’s port"), lost=True)
    assert refused.value.code == Failure.NOT_OURS
    tag = bench.position("project", ProjectWant("Ada’s port")).tag
    bench.cloud.identity.change_project(bench.project_id, tags=[str(tag).replace("/", ".")])


def test_quota_below_use_is_refused_with_the_figures(door: Bench) -> None:
    door.make("volume:web-1", VOLUME, called=False)
    with pytest.raises(Rejected, match="1 volumes are in use, 0 asked for") as refused:
        door.ensure("quota:volume", QuotaWant("volume", (("volumes", 0), ("gigabytes", 20))))
    assert refused.value.code == Failure.QUOTA
    grown = QuotaWant("volume", (("volumes", 5), ("gigabytes", 30)))
    assert isinstance(door.ensure("quota:volume", grown), Ready)
    assert door.cloud.volume.quota(door.project_id)["gigabytes"]["limit"] == 30


@pytest.mark.parametrize("service", QUOTAS)
def test_quotas_read_back_as_set(door: Bench, service: str) -> None:
    shown = {"compute": door.cloud.compute, "volume": door.cloud.volume, "network": door.cloud.network}[service]
    figures = shown.quota(door.project_id)
    assert {name: figures[name]["limit"] for name, _ in QUOTAS[service]} == dict(QUOTAS[service])


def test_group_opens_and_shuts_its_own_rules_only(door: Bench) -> None:
    door.make("group:web", GROUP, called=False)
    door.ensure("group:web", GROUP, lost=True)
    assert _open(door) == {22, 443}
    door.ensure("group:web", GroupWant((8080,)))
    assert _open(door) == {22, 8080}
    assert len(door.cloud.network.of("security-groups", door.project_id, name=_group(door)["name"])) == 1


def _group(bench: Bench) -> dict:
    return bench.cloud.network.one("security-groups", bench.facts["group:web"]["id"])


def _open(bench: Bench) -> set[int]:
    rules = _group(bench)["security_group_rules"]
    return {rule["port_range_min"] for rule in rules if rule["direction"] == "ingress" and rule["port_range_min"]}


def test_what_no_listing_shows_is_checked_one_by_one(door: Bench) -> None:
    door.make("group:web", GROUP, called=False)
    door.make("credential", door.credential(), called=False)
    unlisted = [key for key in door.made if key.partition(":")[0] in UNLISTED]
    assert len(unlisted) >= 9
    assert {key: door.check(key) for key in unlisted} == dict.fromkeys(unlisted)

    door.cloud.volume.set_quota(door.project_id, {"gigabytes": 999})
    assert "gigabytes" in _pending(door, "quota:volume").words
    group = door.cloud.network.one("security-groups", door.facts["group:web"]["id"])
    ours = [rule for rule in group["security_group_rules"] if rule["description"]]
    door.cloud.network.remove("security-group-rules", ours[0]["id"])
    assert "Rules" in _pending(door, "group:web").words
    for key in ("quota:volume", "group:web"):
        door.make(key, door.made[key])
        assert door.check(key) is None
    door.cloud.identity.delete_credential(door.facts["user"]["id"], door.facts["credential"]["id"])
    door.cloud.identity.revoke(door.project_id, door.facts["user"]["id"], "member")
    assert isinstance(door.check("credential"), Missing)
    assert isinstance(door.check("role"), Missing)


def _pending(bench: Bench, key: str) -> Pending:
    found = bench.check(key)
    assert isinstance(found, Pending)
    return found


def test_volume_is_made_once_grows_and_never_shrinks(door: Bench) -> None:
    first = door.ensure("volume:web-1", VOLUME, called=False)
    assert isinstance(first, Pending)
    door.ensure("volume:web-1", VOLUME, lost=True)
    assert door.facts["volume:web-1"]["id"] == first.id
    door.make("volume:web-1", VOLUME)
    assert door.watch("volume:web-1") is None
    door.make("volume:web-1", VolumeWant(2, "ceph"))
    assert door.cloud.volume.volume(first.id)["size"] == 2
    with pytest.raises(Rejected, match="cannot shrink"):
        door.ensure("volume:web-1", VOLUME)
    assert len(door.cloud.volume.of("volumes", door.project_id)) == 1


def test_volume_that_somebody_took_a_snapshot_of_is_named(door: Bench) -> None:
    volume = door.make("volume:web-1", VOLUME, called=False).id
    taken = door.cloud.volume.post("/snapshots", {"snapshot": {"volume_id": volume, "name": "before-the-move"}})
    snapshot = taken["snapshot"]["id"]
    status = f"/snapshots/{snapshot}"
    door.wire.until("snapshot", lambda: door.cloud.volume.get(status)["snapshot"]["status"] == "available")
    with pytest.raises(Rejected, match="before-the-move") as refused:
        door.undo("volume:web-1")
    assert refused.value.who == "lab"
    door.cloud.volume.remove("snapshots", snapshot)
    door.wire.until("snapshot", lambda: not door.cloud.volume.snapshots_of(volume))


def test_volume_over_quota_is_a_named_failure(door: Bench) -> None:
    with pytest.raises(Rejected) as refused:
        door.ensure("volume:web-1", VolumeWant(500, "ceph"), called=False)
    assert (refused.value.code, refused.value.who) == (Failure.QUOTA, "you")


def test_server_with_volume_address_and_credential(door: Bench) -> None:
    door.make("volume:web-1", VOLUME, called=False)
    door.make("group:web", GROUP, called=False)
    want = door.server(volume="volume:web-1")
    first = door.ensure("server:web-1", want, called=False)
    door.ensure("server:web-1", want, lost=True)
    assert door.facts["server:web-1"]["id"] == first.id
    ready = door.make("server:web-1", want)
    assert ready.facts["status"] == "ACTIVE"
    assert ready.facts["host"].startswith("power9")
    assert door.watch("server:web-1") is None

    attached = door.make("attachment:web-1", AttachmentWant("server:web-1", "volume:web-1"), called=False)
    assert attached.id == door.facts["volume:web-1"]["id"]
    address = AddressWant("server:web-1", door.wire.id_of("network", "public"))
    door.make("address:web-1", address, called=False)
    door.ensure("address:web-1", address, lost=True)
    assert len(door.cloud.network.of("floatingips", door.project_id)) == 1
    assert door.facts["address:web-1"]["address"]

    door.make("credential", door.credential(), called=False)
    door.ensure("credential", door.credential(), lost=True)
    signed_in = door.wire.sign_in_by_credential(door.facts["credential"]["id"], door.secrets["credential"])
    assert signed_in.project_id == door.project_id

    kinds = {kind for kind, _, _ in contents(door.cloud, door.home)}
    assert kinds == {"server", "port", "volume", "security group", "floating IP"}
    door.undo("attachment:web-1")
    door.undo("server:web-1")
    assert door.absent("volume:web-1") is False


def test_server_of_another_architecture_is_explained(door: Bench) -> None:
    door.make("group:web", GROUP, called=False)
    want = door.server(image="debian-12-x86_64")
    outcome = door.ensure("server:web-1", want, called=False)

    def look() -> Missing | None:
        answer = door.ensure("server:web-1", want)
        return answer if isinstance(answer, Missing) else None

    outcome = door.wire.until("the server to fail", look)
    assert outcome.errored
    assert (outcome.failure, outcome.who) == (Failure.MISMATCH, "you"), outcome.words
    assert "x86_64" in outcome.words
    assert "ppc64le" in outcome.words


def test_server_over_quota_is_a_named_failure(door: Bench) -> None:
    door.ensure("quota:compute", QuotaWant("compute", (("instances", 0), ("cores", 16), ("ram", 65536))))
    door.make("group:web", GROUP, called=False)
    with pytest.raises(Rejected) as refused:
        door.ensure("server:web-1", door.server(), called=False)
    assert (refused.value.code, refused.value.who) == (Failure.QUOTA, "you")


def test_server_changes_its_flavor_when_a_member_confirms(door: Bench) -> None:
    medium = FlavorAccessWant(door.wire.id_of("flavor", "p9.medium"), "p9.medium")
    door.make("flavor:p9.medium", medium, called=False)
    door.make("group:web", GROUP, called=False)
    door.make("server:web-1", door.server(), called=False)
    larger = replace(door.server(), flavor="p9.medium", flavor_id=medium.flavor_id)

    ready = door.make("server:web-1", larger)
    assert (ready.facts["status"], ready.facts["flavor"]) == ("VERIFY_RESIZE", "p9.medium")
    with pytest.raises(AssertionError, match="must first confirm"):
        _at_once(door).make("server:web-1", door.server())
    order = Order("confirm", ready.id, {})
    actions.perform(door.cloud, order)
    door.wire.until("the change to be confirmed", lambda: actions.done(order, {}, _server(door)))
    assert door.make("server:web-1", larger).facts["status"] == "ACTIVE"


def test_quota_below_what_our_own_servers_use_is_held_until_they_are_smaller(door: Bench) -> None:
    door.make("group:web", GROUP, called=False)
    door.make("server:web-1", door.server(), called=False)
    smaller = QuotaWant("compute", (("instances", 1), ("cores", 1), ("ram", 65536)))
    held = door.ensure("quota:compute", smaller)
    assert isinstance(held, Pending)
    assert "2 vCPUs are in use, 1 asked for" in held.words
    shown = door.cloud.compute.quota(door.project_id)
    assert (shown["cores"]["limit"], shown["instances"]["limit"]) == (2, 1)
    door.undo("server:web-1")
    assert isinstance(door.ensure("quota:compute", smaller), Ready)
    assert door.cloud.compute.quota(door.project_id)["cores"]["limit"] == 1


def _at_once(bench: Bench) -> Bench:
    """The same without any patience."""
    return replace(bench, wire=replace(bench.wire, patience=0))


def _server(bench: Bench) -> SeenServer:
    return rows.server(bench.cloud.compute.server(bench.facts["server:web-1"]["id"]))


@pytest.mark.parametrize("state", ["", "rescue", "pause"])
def test_suspension_stops_and_shuts_and_its_undo_opens(door: Bench, state: str) -> None:
    door.make("group:web", GROUP, called=False)
    door.make("server:web-1", door.server(), called=False)
    if state:
        door.cloud.compute.act(door.facts["server:web-1"]["id"], state)
        door.wire.until("the server to rest", lambda: not _server(door).task_state)
    door.make("suspension", SuspensionWant(("server:web-1",)), called=False)
    assert door.cloud.compute.server(door.facts["server:web-1"]["id"])["status"] == "SHUTOFF"
    assert door.cloud.identity.project(door.project_id)["enabled"] is False
    assert door.check("suspension") is None
    assert door.watch("suspension") is None
    door.cloud.compute.act(door.facts["server:web-1"]["id"], "os-start")
    door.wire.until("the server to run", lambda: isinstance(door.watch("suspension"), Pending))
    door.make("suspension", door.made["suspension"])
    assert _server(door).status == "SHUTOFF"
    door.cloud.identity.change_project(door.project_id, enabled=True)
    assert "enabled" in _pending(door, "suspension").words
    door.undo("suspension")
    assert door.cloud.identity.project(door.project_id)["enabled"] is True


def test_purge_takes_back_what_a_member_made(door: Bench) -> None:
    member = door.wire.sign_in(
        user_id=door.facts["user"]["id"], password=door.secrets["user"], project_id=door.project_id
    )
    network = member.network.post("/networks", {"network": {"name": "inside"}}).json()["network"]["id"]
    subnet = {"network_id": network, "ip_version": 4, "cidr": "10.99.0.0/24"}
    subnet_id = member.network.post("/subnets", {"subnet": subnet}).json()["subnet"]["id"]
    router = member.network.post("/routers", {"router": {"name": "out"}}).json()["router"]["id"]
    member.network.put(f"/routers/{router}/add_router_interface", {"subnet_id": subnet_id})
    member.network.post("/ports", {"port": {"network_id": network, "name": "spare"}})
    volume = member.volume.post("/volumes", {"volume": {"name": "own", "size": 1}}).json()["volume"]["id"]
    door.wire.until("volume", lambda: member.volume.get(f"/volumes/{volume}").json()["volume"]["status"] == "available")
    member.volume.post("/snapshots", {"snapshot": {"volume_id": volume, "name": "kept"}})
    member.compute.post("/os-server-groups", {"server_group": {"name": "apart", "policy": "anti-affinity"}})
    member.compute.post("/os-keypairs", {"keypair": {"name": "ada at home", "type": "ssh", "public_key": public_key()}})
    shown = contents(door.cloud, door.home)
    network_kinds = {"network", "subnet", "router", "router interface", "port"}
    assert {kind for kind, _, _ in shown} == {*network_kinds, "volume", "snapshot", "server group", "key pair"}
    assert {("server group", "apart"), ("key pair", "ada at home")} <= {(kind, name) for kind, name, _ in shown}
    door.made["purge"] = PurgeWant()
    door.undo("purge")
    assert contents(door.cloud, door.home) == []


def test_purge_leaves_the_server_groups_and_key_pairs_of_others(door: Bench, place: Place) -> None:
    name = unique()
    said(place.user.compute.post("/os-server-groups", {"server_group": {"name": name, "policy": "affinity"}}), 200)
    said(place.user.compute.post("/os-keypairs", {"keypair": {"name": name, "public_key": public_key()}}), 201)
    door.made["purge"] = PurgeWant()
    door.undo("purge")
    kept = said(place.user.compute.get("/os-server-groups"), 200)["server_groups"]
    (mine,) = [row["id"] for row in kept if row["name"] == name]
    said(place.user.compute.delete(f"/os-server-groups/{mine}"), 204)
    said(place.user.compute.delete(f"/os-keypairs/{name}"), 204)


def public_key() -> str:
    """A new one each time."""
    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def test_purge_sees_images_that_no_plain_listing_shows(door: Bench) -> None:
    member = door.wire.sign_in(
        user_id=door.facts["user"]["id"], password=door.secrets["user"], project_id=door.project_id
    )
    body = {"container_format": "bare", "disk_format": "raw"}
    hidden = member.image.post("/images", {**body, "name": "hidden", "os_hidden": True}).json()["id"]
    open_to_all = member.image.post("/images", {**body, "name": "open", "visibility": "community"}).json()["id"]
    assert {thing for _, _, thing in contents(door.cloud, door.home)} == {hidden, open_to_all}
    door.made["purge"] = PurgeWant()
    with pytest.raises(Rejected, match="open"):
        door.undo("purge")
    door.cloud.image.remove(open_to_all)
    door.undo("purge")
    assert contents(door.cloud, door.home) == []


def test_purge_stops_at_what_somebody_locked(door: Bench) -> None:
    door.make("group:web", GROUP, called=False)
    door.make("server:web-1", door.server(), called=False)
    server = door.facts["server:web-1"]["id"]
    door.cloud.compute.act(server, "lock")
    door.made["purge"] = PurgeWant()
    with pytest.raises(Rejected, match="locked"):
        door.undo("purge")
    with pytest.raises(Rejected, match="locked"):
        door.undo("server:web-1")
    door.cloud.compute.act(server, "unlock")


def test_project_without_an_owner_is_emptied_and_deleted(door: Bench) -> None:
    orphan = door.cloud.identity.create_project(f"orphan-{door.allocation.hex[:8]}", "Nobody’s", "portico.orphan")["id"]
    group = {"security_group": {"name": "left", "project_id": orphan}}
    door.cloud.network.post("/security-groups", group)
    it = replace(door.position("orphan", ProjectWant("Nobody’s")), external_id=orphan)
    for _ in range(8):
        outcome = KINDS["orphan"].undo(door.cloud, it)
        it = replace(it, own={**it.own, **outcome.facts})
    assert isinstance(outcome, Ready)
    assert KINDS["orphan"].prove_absent(door.cloud, it)
    left = door.cloud.network.of("security-groups", orphan)
    assert {row["name"] for row in left} <= {"default"}  # which neutron makes when it is asked for a project's groups


def test_port_that_its_server_left_behind_is_listed_and_deleted(door: Bench) -> None:
    network = next(row["id"] for row in door.cloud.network.networks() if not row["router:external"])
    body = {"network_id": network, "project_id": door.facts["project"]["id"], "device_id": "gone"}
    port = door.cloud.network.post("/ports", {"port": {**body, "device_owner": "compute:nova"}})["port"]["id"]
    (seen,) = [row for row in listing.everything(door.cloud).ports or () if row.id == port]
    assert (seen.project_id, seen.device_id, seen.device_owner) == (body["project_id"], "gone", "compute:nova")
    it = replace(door.position("port", ProjectWant("")), external_id=port)
    for _ in range(2):
        assert isinstance(KINDS["port"].undo(door.cloud, it), Ready)
    assert KINDS["port"].prove_absent(door.cloud, it)


def test_role_is_taken_away_once(bench: Bench) -> None:
    bench.door()
    bench.undo("role")
    bench.made["role"] = RoleWant()
    assert bench.absent("role")
