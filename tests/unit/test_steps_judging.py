"""What a status, a listing and an order come to, without any cloud."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from provisioning.errors import Rejected
from provisioning.outcomes import Missing, Pending, Ready
from provisioning.ports import Order, Position, SeenServer, SeenVolume, Snapshot
from provisioning.spec import AttachmentWant, GroupWant, ServerWant, Tag, VolumeWant
from provisioning.steps import KINDS, actions, group, purge, quota, server, volume
from provisioning.steps.credential import keystone_time
from provisioning.steps.explain import flavor_architecture
from provisioning.steps.project import keystone_tag

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TAG = Tag(UUID(int=1), UUID(int=2), "server:web-1", 1)
ACTIVE = SeenServer("s1", "web-1", "p1", "ACTIVE", flavor="p9.small", updated_at="1", volumes=("v1",))
STANDING = SeenVolume("v1", "web-1", "p1", "in-use", 10, servers=("s1",))
SERVER = ServerWant(
    "f1", "p9.small", "i1", "debian-12", "n1", "group:web", "volume:web-1", (), "ppc64le", "power9"
)  # fmt: skip


def snapshot(*rows: Any) -> Snapshot:
    servers = {row.id: row for row in rows if isinstance(row, SeenServer)}
    volumes = {row.id: row for row in rows if isinstance(row, SeenVolume)}
    return Snapshot("lab", NOW, NOW, servers, volumes, {})


def position(want: Any, *rows: Any, own: dict[str, Any] | None = None, external_id: str = "") -> Position:
    facts = {"project": {"id": "p1"}, "server:web-1": {"id": "s1"}, "volume:web-1": {"id": "v1"}}
    facts["group:web"] = {"id": "g1"}
    return Position(TAG, want, external_id, True, facts, own or {}, {}, snapshot(*rows))


@pytest.mark.parametrize(
    ("status", "task", "kind"),
    [
        ("ACTIVE", "", Ready),
        ("SHUTOFF", "", Ready),
        ("RESCUE", "", Ready),
        ("PAUSED", "", Ready),
        ("BUILD", "spawning", Pending),
        ("BUILD", "", Pending),
        ("RESIZE", "", Pending),
        ("VERIFY_RESIZE", "", Ready),
        ("ACTIVE", "deleting", Pending),
        ("DELETED", "", Missing),
    ],
)
def test_status_of_a_server(status: str, task: str, kind: type) -> None:
    assert type(server.judge(replace(ACTIVE, status=status, task_state=task))) is kind


def test_address_to_connect_to_is_the_floating_one() -> None:
    row = replace(ACTIVE, addresses=(("10.0.0.5", "fixed"), ("203.0.113.9", "floating")))
    assert server.facts(row)["address"] == "203.0.113.9"
    assert server.facts(replace(row, addresses=(("10.0.0.5", "fixed"),)))["address"] == "10.0.0.5"
    assert server.facts(ACTIVE)["address"] == ""


def test_watch_tells_only_what_is_new() -> None:
    kind, own = KINDS["server"], server.facts(ACTIVE)
    assert kind.watch(position(SERVER, ACTIVE, own=own, external_id="s1")) is None
    stopped = kind.watch(position(SERVER, replace(ACTIVE, status="SHUTOFF"), own=own, external_id="s1"))
    assert isinstance(stopped, Ready)
    assert stopped.facts["status"] == "SHUTOFF"
    broken = kind.watch(position(SERVER, replace(ACTIVE, status="ERROR"), own=own, external_id="s1"))
    assert isinstance(broken, Missing)
    assert broken.errored
    lost = kind.watch(position(SERVER, own=own, external_id="s1"))
    assert isinstance(lost, Missing)
    assert not lost.errored
    assert not lost.proven


def test_body_of_a_server_has_no_keypair_and_both_disks() -> None:
    body = server.body(position(SERVER))
    assert "key_name" not in body
    assert body["metadata"] == TAG.as_metadata()
    root, data = body["block_device_mapping_v2"]
    assert (root["uuid"], root["boot_index"], root["destination_type"]) == ("i1", 0, "local")
    assert (data["uuid"], data["boot_index"], data["delete_on_termination"]) == ("v1", -1, False)
    assert data["disk_bus"] == "virtio"
    assert body["security_groups"] == [{"name": "g1"}]


@pytest.mark.parametrize(("status", "kind"), [("available", Ready), ("in-use", Ready), ("creating", Pending)])
def test_status_of_a_volume(status: str, kind: type) -> None:
    assert type(volume.judge(replace(STANDING, status=status))) is kind


@pytest.mark.parametrize("status", ["error", "error_extending", "error_restoring"])
def test_volume_in_error_names_its_status(status: str) -> None:
    failed = volume.judge(replace(STANDING, status=status))
    assert isinstance(failed, Missing)
    assert failed.errored
    assert status in failed.words
    assert failed.who == "upstream"


def test_watch_of_a_volume() -> None:
    kind, want = KINDS["volume"], VolumeWant(10, "ceph")
    assert kind.watch(position(want, STANDING, own=volume.facts(STANDING), external_id="v1")) is None
    assert isinstance(kind.watch(position(want, STANDING, external_id="v1")), Ready)
    assert isinstance(kind.watch(position(want, external_id="v1")), Missing)


def test_attachment_is_seen_in_the_listing_without_a_call() -> None:
    want = AttachmentWant("server:web-1", "volume:web-1")
    assert KINDS["attachment"].ensure(None, position(want, ACTIVE)) == Ready(id="v1")
    assert KINDS["attachment"].watch(position(want, ACTIVE)) is None
    assert isinstance(KINDS["attachment"].watch(position(want, replace(ACTIVE, volumes=()))), Missing)


def test_group_opens_ssh_and_each_port_once_over_both_protocols() -> None:
    assert group.doors(GroupWant((443, 22, 443))) == [("IPv4", 22), ("IPv6", 22), ("IPv4", 443), ("IPv6", 443)]


def test_quota_below_use_names_the_figures() -> None:
    shown = {"ram": {"limit": 8192, "in_use": 4096, "reserved": 1024}, "port": {"used": 3, "reserved": 0}}
    over = quota.below_use({"ram": 4096, "port": 3, "cores": 1}, shown)
    assert over == "5120 MiB of RAM are in use, 4096 asked for"
    assert quota.below_use({"ram": -1, "port": 3}, shown) == ""


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"visibility": "private"}, ""),
        ({"visibility": "private", "protected": True}, "protected"),
        ({"visibility": "shared", "members": []}, ""),
        ({"visibility": "shared", "members": ["p2"]}, "shared"),
        ({"visibility": "public"}, "public"),
        ({"visibility": "community"}, "community"),
    ],
)
def test_image_that_others_see_stops_the_purge(row: dict[str, Any], why: str) -> None:
    shelf = next(one for one in purge.SHELVES if one.kind == "image")
    found = [{"id": "i1", "name": "own", **row}]
    if why:
        with pytest.raises(Rejected, match=f"own \\({why}\\)"):
            purge.refuse_held(shelf, found)
    else:
        purge.refuse_held(shelf, found)


def order(verb: str, **args: str) -> Order:
    return Order(verb, "s1", args)


@pytest.mark.parametrize(
    ("verb", "args", "after", "done"),
    [
        ("stop", {}, {"status": "ACTIVE"}, False),
        ("stop", {}, {"status": "SHUTOFF", "task_state": "powering-off"}, False),
        ("stop", {}, {"status": "SHUTOFF"}, True),
        ("start", {}, {"status": "ACTIVE"}, True),
        ("rescue", {}, {"status": "RESCUE"}, True),
        ("reboot", {}, {"status": "ACTIVE"}, False),
        ("reboot", {}, {"status": "ACTIVE", "updated_at": "2"}, True),
        ("reboot", {}, {"status": "REBOOT", "updated_at": "2"}, False),
        ("reinstall", {"image_id": "i2"}, {"status": "ACTIVE", "updated_at": "2"}, False),
        ("reinstall", {"image_id": "i2"}, {"status": "ACTIVE", "updated_at": "2", "image_id": "i2"}, True),
        ("confirm", {}, {"status": "VERIFY_RESIZE"}, False),
        ("confirm", {}, {"status": "ACTIVE"}, True),
    ],
)
def test_when_an_order_shows_as_done(verb: str, args: dict, after: dict, done: bool) -> None:
    shown = replace(ACTIVE, **after)
    assert actions.done(order(verb, **args), actions.before(ACTIVE), shown) is done


def test_order_that_asks_for_what_is_so_already_is_refused_without_a_call() -> None:
    with pytest.raises(Rejected, match="ACTIVE already"):
        actions.perform(None, order("start"), ACTIVE)


def test_architecture_that_a_flavor_asks_for() -> None:
    specs = {"trait:HW_ARCH_PPC64LE": "required", "trait:CUSTOM_GPU_P100": "forbidden"}
    assert flavor_architecture(specs) == "ppc64le"
    assert flavor_architecture({"trait:HW_CPU_PPC64LE_POWER9": "required"}) == ""


def test_keystone_reads_our_times_and_tags() -> None:
    assert keystone_time("2027-01-01T01:00:00+01:00") == "2027-01-01T00:00:00.000000Z"
    assert not set("/,") & set(keystone_tag(TAG))
