"""What the lab lends, by the words that its clouds use: data to edit when a generation comes or goes, never code.

A flavor belongs to the generation whose trait it requires or whose extra spec it carries; a host to the one whose trait
it has or whose aggregate it is in, by the aggregate's name or by `key=value` of its metadata.
"""

from typing import Any

from portal.settings.systems import SYSTEMS

CATALOG: dict[str, Any] = {
    "generations": (
        {
            "slug": "power8",
            "title": "POWER8",
            "architecture": "ppc64le",
            "order": 1,
            "notice": "POWER8 is being retired; prefer POWER9 where you can.",
            "traits": ("HW_CPU_PPC64LE_POWER8",),
            "aggregates": ("power8", "generation=power8"),
            "flavor": {"aggregate_instance_extra_specs:generation": ("power8",)},
        },
        {
            "slug": "power9",
            "title": "POWER9",
            "architecture": "ppc64le",
            "order": 2,
            "traits": ("HW_CPU_PPC64LE_POWER9",),
            "aggregates": ("power9", "generation=power9"),
            "flavor": {"aggregate_instance_extra_specs:generation": ("power9",)},
        },
        {
            "slug": "power10",
            "title": "POWER10",
            "architecture": "ppc64le",
            "order": 3,
            "traits": ("HW_CPU_PPC64LE_POWER10", "CUSTOM_POWER10"),
            "aggregates": ("power10", "generation=power10"),
            "flavor": {"aggregate_instance_extra_specs:generation": ("power10",)},
        },
        {
            "slug": "power11",
            "title": "POWER11",
            "architecture": "ppc64le",
            "order": 4,
            "traits": ("HW_CPU_PPC64LE_POWER11", "CUSTOM_POWER11"),
            "aggregates": ("power11", "generation=power11"),
            "flavor": {"aggregate_instance_extra_specs:generation": ("power11",)},
        },
        {
            "slug": "x86-64-v3",
            "title": "x86-64-v3",
            "architecture": "x86_64",
            "order": 9,
            "traits": (),
            "aggregates": ("x86_64", "generation=x86-64-v3", "generation=x86_64"),
            "flavor": {"aggregate_instance_extra_specs:generation": ("x86-64-v3", "x86_64")},
        },
    ),
    # Other spellings of an architecture, as images and flavors carry them.
    "architectures": {"ppc64el": "ppc64le", "powerpc64le": "ppc64le", "amd64": "x86_64", "x86-64": "x86_64"},
    # Extra specs that say how many GPUs a server of a flavor gets.
    "gpu_specs": ("resources:CUSTOM_GPU", "resources:VGPU", "resources:PGPU"),
    # vCPUs that may be promised for each thread of a host; RAM is never promised twice.
    "vcpu_ratio": 4.0,
    "network": "shared",
    "external_network": "public",
    "volume_type": "ceph",
    "systems": SYSTEMS,
    # The property by which a lab says of an image itself until when it is mended: `2027-04-30`.
    "end_of_life_property": "eol_date",
    # The account that cloud-init makes, where the image does not say it by os_admin_user.
    "logins": {
        "almalinux": "almalinux",
        "centos": "cloud-user",
        "debian": "debian",
        "fedora": "fedora",
        "opensuse": "opensuse",
        "rocky": "rocky",
        "ubuntu": "ubuntu",
    },
}
