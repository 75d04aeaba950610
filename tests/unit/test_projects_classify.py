"""Architecture and generation, from what clouds say."""

from datetime import date

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


@pytest.mark.parametrize(
    ("properties", "end", "oldest"),
    [
        ({"os_distro": "debian", "os_version": "12"}, date(2028, 6, 30), ""),
        ({"os_distro": "Debian", "os_version": "12.11"}, date(2028, 6, 30), ""),
        ({"os_distro": "ubuntu", "os_version": "24.04"}, date(2029, 5, 31), "power9"),
        ({"os_distro": "ubuntu", "os_version": "24.04", "architecture": "x86_64"}, date(2029, 5, 31), ""),
        ({"os_distro": "opensuse", "os_version": "15.6"}, date(2026, 4, 30), ""),
        ({"os_distro": "debian", "os_version": "12", "eol_date": "2027-01-31"}, date(2027, 1, 31), ""),
        ({"os_distro": "debian", "os_version": "12", "eol_date": "soon"}, date(2028, 6, 30), ""),
        ({"os_distro": "debian", "os_version": "99"}, None, ""),
        ({"eol_date": "2027-01-31"}, date(2027, 1, 31), ""),
        ({}, None, ""),
    ],
)
def test_until_when_a_system_is_mended_and_where_it_runs(properties, end, oldest):
    seen = ImageSeen("1", "i", properties={"architecture": "ppc64le"} | properties)
    assert (RULES.end_of_life(seen), RULES.image(seen).generation) == (end, oldest)


def test_a_system_for_a_generation_that_the_lab_does_not_list_is_not_offered():
    listed = [rule for rule in settings.CATALOG["generations"] if rule["slug"] != "power9"]
    rules = Rules({**settings.CATALOG, "generations": listed})
    properties = {"architecture": "ppc64le", "os_distro": "rocky", "os_version": "9"}
    found = rules.image(ImageSeen("1", "i", properties=properties))
    assert found == Class("ppc64le", why_not="It needs power9, which is no generation of the settings.")


def test_what_is_known_of_systems_names_generations_of_the_lab():
    known = {(rule["architecture"], rule["slug"]) for rule in settings.CATALOG["generations"]}
    needed = {pair for system in settings.CATALOG["systems"].values() for pair in system.get("needs", {}).items()}
    assert needed
    assert needed <= known


def test_an_image_of_two_minds():
    found = RULES.image(ImageSeen("1", "i", properties={"architecture": "x86_64", "hw_architecture": "ppc64le"}))
    assert "ppc64le, x86_64" in found.why_not


def test_logins_and_gpus():
    assert RULES.login(ImageSeen("1", "i", properties={"os_distro": "centos"})) == "cloud-user"
    assert RULES.login(ImageSeen("1", "i", properties={"os_distro": "centos", "os_admin_user": "me"})) == "me"
    assert RULES.login(ImageSeen("1", "i")) == ""
    assert RULES.gpus(flavor(**{"resources:CUSTOM_GPU": "2"})) == 2
    assert RULES.gpus(flavor(**{"resources:CUSTOM_GPU": "many"})) == 0
