"""Calls that are cut, slow or refused half-way, and how many calls one allocation costs; on the simulator alone."""

from collections.abc import Iterator

import pytest

from provisioning.adapters.openstack import OpenStackCloud
from provisioning.errors import Broken, Busy, Failure, Rejected
from provisioning.outcomes import Missing, Pending, Ready
from provisioning.ports import Order
from provisioning.spec import (
    AddressWant,
    AttachmentWant,
    FlavorAccessWant,
    GroupWant,
    ProjectWant,
    QuotaWant,
    UserWant,
    VolumeWant,
    Want,
)
from provisioning.steps import KINDS, actions
from tests.contract import clouds
from tests.contract.bench import GROUP, VOLUME, Bench
from tests.simulated import Simulated

FIRST = {"called": False, "look": False}


@pytest.fixture
def bench(openstack: Simulated) -> Iterator[Bench]:
    file = openstack.home / "clouds.yaml"
    wire = clouds.connect(file, "simulated", openstack.url)
    bench = Bench(OpenStackCloud("simulated", config_file=str(file), timeout=10, domain="Default"), wire)
    bench.door()
    bench.make("flavor:p9.small", FlavorAccessWant(wire.id_of("flavor", "p9.small"), "p9.small"), **FIRST)
    return bench


def wants(bench: Bench) -> dict[str, tuple[str, Want]]:
    """A step of each kind that creates something, and the call that does."""
    return {
        "project": ("/identity/v3/projects", ProjectWant("Ada’s port")),
        "user": ("/identity/v3/users", UserWant("Ada’s port")),
        "group:web": ("/network/v2.0/security-groups", GROUP),
        "volume:web-1": ("/volume/v3/.*/volumes", VOLUME),
        "server:web-1": ("/compute/v2.1/servers", bench.server()),
        "address:web-1": (
            "/network/v2.0/floatingips",
            AddressWant("server:web-1", bench.wire.id_of("network", "public")),
        ),
        "credential": ("/identity/v3/users/.*/application_credentials", bench.credential()),
    }


def standing(bench: Bench, key: str) -> int:
    """How many things there are that this step may have made."""
    cloud, project = bench.cloud, bench.facts.get("project", {}).get("id", "")
    name = bench.position(key, wants(bench)[key][1], look=False).tag.name
    return {
        "project": lambda: len(cloud.identity.listed("/projects", "projects", name=name)),
        "user": lambda: len(cloud.identity.listed("/users", "users", name=name)),
        "group:web": lambda: len(cloud.network.of("security-groups", project, name=name)),
        "volume:web-1": lambda: len(cloud.volume.of("volumes", project)),
        "server:web-1": lambda: len(cloud.compute.servers_of(project)),
        "address:web-1": lambda: len(cloud.network.of("floatingips", project)),
        "credential": lambda: bool(cloud.identity.find_credential(bench.facts["user"]["id"], name)),
    }[key]()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "key", ["project", "user", "group:web", "volume:web-1", "server:web-1", "address:web-1", "credential"]
)
def test_cut_call_makes_one_thing(bench: Bench, openstack: Simulated, key: str, when: str) -> None:
    path, want = wants(bench)[key]
    if key in {"server:web-1", "address:web-1"}:
        bench.make("group:web", GROUP, **FIRST)
    if key == "address:web-1":
        bench.make("server:web-1", bench.server(), **FIRST)
    if key in {"project", "user"}:
        bench.facts.pop(key, None)
        bench.allocation = type(bench.allocation)(int=1)  # another one, so that the name is new
    openstack.fault(method="POST", path=f"{path}$", cut=when)
    with pytest.raises(Busy) as cut:
        bench.ensure(key, want, called=False, lost=True)
    assert cut.value.unavailable
    assert standing(bench, key) == (when == "after")
    bench.ensure(key, want, lost=True)
    assert standing(bench, key) == 1
    bench.ensure(key, want)
    assert standing(bench, key) == 1


def test_server_that_fills_the_quota_by_an_earlier_call_is_taken_for_what_it_is(bench: Bench) -> None:
    bench.make("group:web", GROUP, **FIRST)
    bench.make("quota:compute", QuotaWant("compute", (("instances", 1),)), **FIRST)
    bench.make("server:web-1", bench.server(), **FIRST)
    made = bench.facts["server:web-1"]["id"]
    again = bench.ensure("server:web-1", bench.server(), called=False, look=False, lost=True)  # as if not listed yet
    assert (again.id, standing(bench, "server:web-1")) == (made, 1)


def test_rules_cut_off_are_made_later(bench: Bench, openstack: Simulated) -> None:
    openstack.fault(method="POST", path="/network/v2.0/security-group-rules", cut="before")
    with pytest.raises(Busy):
        bench.ensure("group:web", GroupWant((443,)), called=False)
    bench.ensure("group:web", GroupWant((443,)), lost=True)
    rules = bench.cloud.network.one("security-groups", bench.facts["group:web"]["id"])["security_group_rules"]
    assert sorted(r["port_range_min"] for r in rules if r["port_range_min"]) == [22, 22, 443, 443]


def test_undo_of_a_cut_call_finds_what_it_made(bench: Bench, openstack: Simulated) -> None:
    openstack.fault(method="POST", path="/volume/v3/.*/volumes$", cut="after")
    with pytest.raises(Busy):
        bench.ensure("volume:web-1", VOLUME, called=False)
    bench.wire.pass_time(5)
    bench.made["volume:web-1"] = VOLUME
    bench.undo("volume:web-1")
    assert bench.cloud.volume.of("volumes", bench.project_id) == []


def test_post_is_sent_once_however_it_fails(bench: Bench, openstack: Simulated) -> None:
    bench.make("group:web", GROUP, **FIRST)
    openstack.control("DELETE", "calls")
    openstack.fault(method="POST", path="/compute/v2.1/servers$", status=503, times=5)
    with pytest.raises(Busy):
        bench.ensure("server:web-1", bench.server(), called=False, look=False)
    posts = [call for call in openstack.calls()["calls"] if call["path"].endswith("/servers")]
    assert len(posts) == 1


def test_service_that_hangs_is_busy_and_counts_for_the_breaker(bench: Bench, openstack: Simulated) -> None:
    slow = OpenStackCloud("simulated", config_file=str(openstack.home / "clouds.yaml"), timeout=0.3, domain="Default")
    openstack.fault(method="GET", path="/network/v2.0/networks", delay=2)
    with pytest.raises(Busy) as hung:
        slow.network.networks()
    assert hung.value.unavailable


def test_wrong_password_of_the_portal_is_a_broken_set_up(bench: Bench, openstack: Simulated, tmp_path) -> None:
    text = (openstack.home / "clouds.yaml").read_text()
    line = next(line for line in text.splitlines() if "password:" in line)
    file = tmp_path / "clouds.yaml"
    file.write_text(text.replace(line, f"{line.partition(':')[0]}: wrong"))
    cloud = OpenStackCloud("simulated", config_file=str(file), timeout=10, domain="Default")
    with pytest.raises(Broken) as broken:
        cloud.network.networks()
    assert broken.value.code == Failure.CREDENTIAL_BROKEN


def test_domain_that_is_not_there_is_a_broken_set_up(openstack: Simulated) -> None:
    cloud = OpenStackCloud("simulated", config_file=str(openstack.home / "clouds.yaml"), timeout=10, domain="nowhere")
    with pytest.raises(Broken, match="no domain nowhere"):
        cloud.identity.find_project("any")


def test_allocation_of_a_server_and_a_volume_costs_few_calls(bench: Bench, openstack: Simulated) -> None:
    bench.cloud.identity.role_id("member")
    other = Bench(bench.cloud, bench.wire)
    want, flavor = other.server(volume="volume:web-1"), bench.wire.id_of("flavor", "p9.small")
    openstack.control("DELETE", "calls")
    other.door()
    other.make("flavor:p9.small", FlavorAccessWant(flavor, "p9.small"), **FIRST)
    other.make("group:web", GROUP, **FIRST)
    other.ensure("volume:web-1", VOLUME, **FIRST)
    openstack.move(30)
    assert isinstance(other.ensure("volume:web-1", VOLUME), Ready)
    other.ensure("server:web-1", want, **FIRST)
    openstack.move(30)
    assert isinstance(other.ensure("server:web-1", want), Ready)
    attached = AttachmentWant("server:web-1", "volume:web-1")
    assert isinstance(other.ensure("attachment:web-1", attached, called=False), Ready)
    other.make("credential", other.credential(), **FIRST)
    shared = ("/detail", "/floatingips", "/ports")  # the listings, which all allocations share
    calls = [f"{one['method']} {one['path']}" for one in openstack.calls()["calls"]]
    own = [call for call in calls if not call.endswith(shared)]
    assert len(own) == 13, own


def test_orders_are_carried_out_and_refused(bench: Bench, openstack: Simulated) -> None:
    bench.make("group:web", GROUP, **FIRST)
    bench.make("server:web-1", bench.server(), **FIRST)
    server = bench.facts["server:web-1"]["id"]
    image = bench.wire.id_of("image", "fedora-40-ppc64le")
    orders = [("stop", {}), ("start", {}), ("reboot", {"type": "HARD"}), ("rescue", {}), ("unrescue", {})]
    for verb, args in [*orders, ("reinstall", {"image_id": image})]:
        order, before = Order(verb, server, args), _seen(bench, server)
        openstack.move(5)
        actions.perform(bench.cloud, order, before)
        kept = actions.before(before)
        bench.wire.until(verb, lambda order=order, kept=kept: actions.done(order, kept, _seen(bench, server)))
    with pytest.raises(Rejected):
        actions.perform(bench.cloud, Order("unrescue", server, {}))
    assert bench.cloud.console_log(server)
    assert bench.cloud.console_url(server).startswith("http")


def _seen(bench: Bench, server: str):
    return KINDS["server"].read(bench.cloud, bench.position("server:web-1", bench.server(), look=False))


def test_full_hosts_are_explained(bench: Bench, openstack: Simulated) -> None:
    for host in openstack.control("GET", "hosts")["hosts"]:
        if host["name"].startswith("power9"):
            openstack.control("POST", f"hosts/{host['name']}", {"ram_mib": 18432})
    bench.make("flavor:p9.xlarge", FlavorAccessWant(bench.wire.id_of("flavor", "p9.xlarge"), "p9.xlarge"), **FIRST)
    bench.make("group:web", GROUP, **FIRST)
    want = bench.server(flavor="p9.xlarge")
    bench.ensure("server:web-1", want, called=False)
    bench.wire.pass_time(30)
    outcome = bench.ensure("server:web-1", want)
    assert isinstance(outcome, Missing), outcome
    assert (outcome.errored, outcome.who) == (True, "lab")
    assert outcome.failure in {Failure.NO_CAPACITY, Failure.NO_VALID_HOST}


def failed(bench: Bench, key: str, want: Want) -> tuple[Failure | None, str]:
    """As what a step that goes into error is told, and who must act."""
    bench.ensure(key, want, called=False)
    bench.wire.pass_time(30)
    outcome = bench.ensure(key, want)
    assert isinstance(outcome, Missing), outcome
    assert outcome.errored
    return outcome.failure, outcome.who


def test_hosts_without_room_on_their_disks_are_explained(bench: Bench, openstack: Simulated) -> None:
    for host in openstack.control("GET", "hosts")["hosts"]:
        if host["name"].startswith("power9"):
            openstack.control("POST", f"hosts/{host['name']}", {"disk_gib": 10})
    bench.make("group:web", GROUP, **FIRST)
    assert failed(bench, "server:web-1", bench.server()) == (Failure.DISK_FULL, "lab")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Build of instance 1 aborted: [Errno 28] No space left on device", (Failure.DISK_FULL, "lab")),
        ("internal error: process exited while connecting to monitor", (Failure.UPSTREAM_BUG, "upstream")),
    ],
)
def test_what_the_driver_says_is_explained(bench: Bench, openstack: Simulated, message: str, told: object) -> None:
    openstack.control("POST", "builds", {"fail": 1, "message": message})
    bench.make("group:web", GROUP, **FIRST)
    assert failed(bench, "server:web-1", bench.server()) == told


def test_volumes_that_no_back_end_has_room_for_are_explained(bench: Bench) -> None:
    bench.ensure("quota:volume", QuotaWant("volume", (("volumes", 4), ("gigabytes", 100_000))))
    assert failed(bench, "volume:web-1", VolumeWant(90_000, "ceph")) == (Failure.DISK_FULL, "lab")


@pytest.mark.parametrize("status", ["error", "error_extending"])
def test_volumes_that_fail_without_a_reason_are_a_bug_upstream(bench: Bench, openstack: Simulated, status: str) -> None:
    made = bench.make("volume:web-1", VOLUME, **FIRST)
    openstack.control("POST", f"volumes/{made.id}", {"status": status})
    outcome = bench.ensure("volume:web-1", VOLUME)
    assert isinstance(outcome, Missing)
    assert (outcome.failure, outcome.who) == (Failure.UPSTREAM_BUG, "upstream")
    assert status in outcome.words


def test_server_that_vanished_is_told_and_proved(bench: Bench, openstack: Simulated) -> None:
    bench.make("group:web", GROUP, **FIRST)
    bench.make("server:web-1", bench.server(), **FIRST)
    assert not bench.absent("server:web-1")
    openstack.control("POST", f"servers/{bench.facts['server:web-1']['id']}", {"gone": True})
    bench.wire.pass_time(5)
    assert isinstance(bench.watch("server:web-1"), Missing)
    assert bench.absent("server:web-1")
    assert isinstance(bench.ensure("server:web-1", bench.server()), Missing)


def test_volume_grows_at_its_server_and_is_let_go(bench: Bench) -> None:
    bench.make("group:web", GROUP, **FIRST)
    bench.make("volume:web-1", VOLUME, **FIRST)
    bench.make("server:web-1", bench.server(), **FIRST)
    attachment = AttachmentWant("server:web-1", "volume:web-1")
    assert isinstance(bench.ensure("attachment:web-1", attachment, called=False), Pending)
    bench.make("attachment:web-1", attachment)
    grown = bench.make("volume:web-1", VolumeWant(2, "ceph"))
    assert (grown.facts["status"], grown.facts["size_gib"]) == ("in-use", 2)
    bench.undo("attachment:web-1")
    assert bench.cloud.volume.volume(bench.facts["volume:web-1"]["id"])["status"] == "available"
