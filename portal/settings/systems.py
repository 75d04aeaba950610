"""Until when the makers of each system mend it, and the oldest generation that it runs on: facts, with their sources.

A key is an image's `os_distro` and `os_version`; `24.04` holds for `24.04.2` too. `end` is the last day with security
updates that cost nothing. `needs` names the oldest generation by architecture, where a system does not run on all.
An image's own property (CATALOG["end_of_life_property"]) goes before what stands here.
"""

from datetime import date
from typing import Any

# Built for POWER9 and later.
POWER9 = {"ppc64le": "power9"}

SYSTEMS: dict[str, dict[str, Any]] = {
    # https://wiki.almalinux.org/release-notes/ and, as RHEL, https://access.redhat.com/support/policy/updates/errata
    "almalinux 8": {"end": date(2029, 3, 1)},
    "almalinux 9": {"end": date(2032, 5, 31), "needs": POWER9},
    "almalinux 10": {"end": date(2035, 5, 31), "needs": POWER9},
    # https://www.centos.org/cl-vs-cs/#end-of-life
    "centos 7": {"end": date(2024, 6, 30)},
    "centos 8": {"end": date(2024, 5, 31)},
    "centos 9": {"end": date(2027, 5, 31), "needs": POWER9},
    "centos 10": {"end": date(2030, 1, 1), "needs": POWER9},
    # https://wiki.debian.org/LTS: 12 for ppc64el too; of 11, ppc64el was left when the LTS team took over
    "debian 10": {"end": date(2024, 6, 30)},
    "debian 11": {"end": date(2026, 8, 31)},
    "debian 12": {"end": date(2028, 6, 30)},
    "debian 13": {"end": date(2030, 6, 30)},
    # https://docs.fedoraproject.org/en-US/releases/eol/ and, planned, https://fedorapeople.org/groups/schedule/
    "fedora 40": {"end": date(2025, 5, 13)},
    "fedora 41": {"end": date(2025, 12, 15)},
    "fedora 42": {"end": date(2026, 5, 27)},
    "fedora 43": {"end": date(2026, 12, 9)},
    "fedora 44": {"end": date(2027, 6, 2)},
    # https://en.opensuse.org/Lifetime
    "opensuse 15.5": {"end": date(2024, 12, 31)},
    "opensuse 15.6": {"end": date(2026, 4, 30)},
    "opensuse 16.0": {"end": date(2027, 10, 31)},
    # https://wiki.rockylinux.org/rocky/version/
    "rocky 8": {"end": date(2029, 5, 31)},
    "rocky 9": {"end": date(2032, 5, 31), "needs": POWER9},
    "rocky 10": {"end": date(2035, 5, 31), "needs": POWER9},
    # https://ubuntu.com/about/release-cycle; since 22.04 ppc64el is built for POWER9
    "ubuntu 20.04": {"end": date(2025, 5, 31)},
    "ubuntu 22.04": {"end": date(2027, 4, 1), "needs": POWER9},
    "ubuntu 24.04": {"end": date(2029, 5, 31), "needs": POWER9},
    "ubuntu 26.04": {"end": date(2031, 4, 30), "needs": POWER9},
}
