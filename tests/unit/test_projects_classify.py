"""Architecture and generation, from what clouds say."""

import pytest
from django.conf import settings

from projects.catalog import FlavorSeen, HostSeen, ImageSeen
from projects.classify import Class, Rules

RULES = Rules(settings.CATALOG)


def flavor(**specs):
    return FlavorSeen("1", "x", 1, 1, 1, extra_specs=specs)


P9 = {"trait:HW_CPU_PPC64LE_POWER9": "required"}
GENERATION = "aggregate_instance_extra_specs:generation"


@pytest.mark.parametrize(
    ("specs", "generation", "why_not"),
    [
        (P9, "power9", ""),
        ({GENERATION: "power8"}, "power8", ""),
        ({GENERATION: "x86_64", "trait:HW_ARCH_X86_64": "required"}, "x86-64-v3", ""),
        (P9 | {"trait:HW_ARCH_PPC64LE": "required", "aggregate_instance_extra_specs:arch": "ppc64el"}, "power9", ""),
        ({}, "", "no generation"),
        ({"aggregate_instance_extra_specs:arch": "ppc64le"}, "", "no generation"),
        ({"trait:HW_CPU_PPC64LE_POWER9": "forbidden"}, "", "no generation"),
        (P9 | {GENERATION: "power8"}, "", "several"),
        (P9 | {"trait:HW_ARCH_X86_64": "required"}, "", "x86_64"),
    ],
)
def test_flavors(specs, generation, why_not):
    found = RULES.flavor(flavor(**specs))
    assert found.generation == generation
    assert why_not in found.why_not
    assert bool(found.why_not) is not bool(generation)


@pytest.mark.parametrize(
    ("traits", "aggregates", "generation"),
    [
        ({"HW_CPU_PPC64LE_POWER8"}, (), "power8"),
        (set(), ("power9", "ppc64le"), "power9"),
        (set(), ("odd", "generation=power9"), "power9"),
        ({"HW_CPU_PPC64LE_POWER8"}, ("power9",), ""),
        ({"HW_ARCH_PPC64LE"}, ("ppc64le",), ""),
    ],
)
def test_hosts(traits, aggregates, generation):
    found = RULES.host(HostSeen("1", "h", traits=frozenset(traits), aggregates=aggregates))
    assert found.generation == generation
    assert bool(found.why_not) is not bool(generation)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"hw_architecture": "ppc64le", "architecture": "ppc64el"}, Class("ppc64le")),
        ({"architecture": "amd64"}, Class("x86_64")),
        ({}, Class(why_not="Its properties name no architecture.")),
        ({"architecture": "s390x"}, Class("s390x", why_not="The lab has no s390x.")),
    ],
)
def test_images(properties, expected):
    assert RULES.image(ImageSeen("1", "i", properties=properties)) == expected


def test_an_image_of_two_minds():
    found = RULES.image(ImageSeen("1", "i", properties={"architecture": "x86_64", "hw_architecture": "ppc64le"}))
    assert "ppc64le, x86_64" in found.why_not


def test_logins_and_gpus():
    assert RULES.login(ImageSeen("1", "i", properties={"os_distro": "centos"})) == "cloud-user"
    assert RULES.login(ImageSeen("1", "i", properties={"os_distro": "centos", "os_admin_user": "me"})) == "me"
    assert RULES.login(ImageSeen("1", "i")) == ""
    assert RULES.gpus(flavor(**{"resources:CUSTOM_GPU": "2"})) == 2
    assert RULES.gpus(flavor(**{"resources:CUSTOM_GPU": "many"})) == 0
