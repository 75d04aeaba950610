"""What a cloud offers, read and stored: classified, or kept with the reason why it is not offered."""

import pytest

from projects.amounts import Amount
from projects.models import Cloud as CloudRow
from projects.models import Flavor, Host, Image, Pool, VolumeType
from provisioning import catalog, observe
from provisioning.adapters.openstack import OpenStackCloud
from provisioning.errors import Broken, Busy
from tests.contract.cloud import Cloud
from tests.simulated import Simulated

pytestmark = pytest.mark.django_db
NAME = "simulated"


@pytest.fixture
def lab(openstack: Simulated, settings) -> Simulated:
    settings.OS_CLIENT_CONFIG_FILE = openstack.home / "clouds.yaml"
    settings.ENGINE_LOOK = 0
    observe.forget()
    return openstack


def test_offer_is_read_from_either_cloud(cloud: Cloud) -> None:
    ours = OpenStackCloud(cloud.name, config_file=str(cloud.file), timeout=60, domain="Default")
    seen = catalog.read(ours)
    flavors = {one.name: one for one in seen.flavors}
    assert (flavors["p9.small"].vcpus, flavors["p9.small"].ram_mib, flavors["p9.small"].public) == (2, 4096, False)
    assert flavors["p9.small"].extra_specs["trait:HW_CPU_PPC64LE_POWER9"] == "required"
    images = {one.name: one for one in seen.images}
    assert images["debian-12-ppc64le"].properties["hw_architecture"] == "ppc64le"
    host = next(one for one in seen.hosts if one.name.startswith("power9"))
    assert host.up
    assert host.enabled
    assert (host.vcpus, host.ram_mib) == (160, 524288)
    assert "HW_CPU_PPC64LE_POWER9" in host.traits
    assert {"ppc64le", "arch=ppc64le"} <= set(host.aggregates)
    assert sum(one.gpus for one in seen.hosts) >= 2
    assert [one.name for one in seen.volume_types if one.default] == ["ceph"]
    assert seen.storage.total_gib >= seen.storage.free_gib > 0


def test_refresh_fills_the_tables(lab: Simulated) -> None:
    catalog.refresh(NAME)
    assert Flavor.objects.get(name="p9.small").generation.architecture == "ppc64le"
    assert Flavor.objects.get(name="legacy.unsorted").unclassified
    assert Image.objects.get(name="debian-12-x86_64").architecture == "x86_64"
    assert Host.objects.filter(name__startswith="power8", generation__isnull=False).exists()
    assert VolumeType.objects.get(default=True).name == "ceph"
    assert Pool.objects.count() >= 3
    row = CloudRow.objects.get(name=NAME)
    assert row.trouble == ""
    assert row.storage_total_gib > row.storage_free_gib > 0


def test_what_others_take_is_told_by_generation(lab: Simulated) -> None:
    lab.control("POST", "fill", {"servers": 13, "volumes": 2, "flavor": "p9.small"})
    catalog.refresh(NAME)
    small = Amount(vcpus=2, ram_mib=4096, instances=1)
    hosts = Host.objects.filter(generation__isnull=False)
    for pool in Pool.objects.all():
        # the simulator deals them out to its hosts one by one
        assert Amount.from_json(pool.foreign) == small * hosts.filter(generation=pool.generation).count()
    assert CloudRow.objects.get(name=NAME).storage_foreign_gib == 20


def test_servers_on_a_host_that_is_not_listed_are_trouble(lab: Simulated) -> None:
    lab.control("POST", "fill", {"servers": 13, "flavor": "p9.small"})
    lab.control("POST", "hosts/power8-2", {"gone": True})
    catalog.refresh(NAME)
    assert "power8-2 (1 server)" in CloudRow.objects.get(name=NAME).trouble


def test_host_that_went_down_is_seen(lab: Simulated) -> None:
    catalog.refresh(NAME)
    lab.control("POST", "hosts/power9-1", {"state": "down"})
    catalog.refresh(NAME)
    assert Host.objects.get(name="power9-1").up is False


def test_storage_of_one_machine_is_told_from_shared_storage(lab: Simulated) -> None:
    catalog.refresh(NAME)
    kinds = VolumeType.objects.values_list("name", "shared")
    assert dict(kinds) == {"ceph": True, "ceph-ssd": True, "local": False}


@pytest.mark.parametrize(
    ("wanted", "ends", "shared"),
    [
        ("fast", [("fast", "iSCSI", "LVMVolumeDriver:control:vg:thin:0"), ("ceph", "ceph", "")], False),
        ("san", [("san", "iSCSI", "")], True),
        (None, [("lvm", "iSCSI", "LVMVolumeDriver:control:vg:thin:0")], False),
        (None, [("lvm", "iSCSI", "LVMVolumeDriver:control:vg:thin:0"), ("ceph", "ceph", "")], True),
        ("gone", [], True),
    ],
)
def test_lvm_is_one_machines_storage_whatever_its_protocol(wanted, ends, shared: bool) -> None:
    names = ("volume_backend_name", "storage_protocol", "location_info")
    pools = [{"capabilities": dict(zip(names, end, strict=True))} for end in ends]
    kind = {"extra_specs": {"volume_backend_name": wanted} if wanted else {}}
    assert catalog.is_shared(kind, pools) is shared


def test_cloud_that_does_not_answer_says_so_on_its_row(lab: Simulated) -> None:
    catalog.refresh(NAME)
    lab.fault(method="GET", path="/compute/v2.1/flavors", status=503, times=1)
    with pytest.raises(Busy):
        catalog.refresh(NAME)
    assert "compute" in CloudRow.objects.get(name=NAME).trouble
    assert Flavor.objects.filter(present=True).exists()
    catalog.refresh(NAME)
    assert CloudRow.objects.get(name=NAME).trouble == ""


def test_cloud_that_nobody_configured_is_named(lab: Simulated) -> None:
    with pytest.raises(Broken, match="elsewhere"):
        catalog.refresh("elsewhere")
    assert "elsewhere" in CloudRow.objects.get(name="elsewhere").trouble
